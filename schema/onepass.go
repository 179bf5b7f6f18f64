package schema

import (
	"reflect"
	"strings"
)

// What plan and swift share: both read a message in one pass, straight into its Go type.
// They differ in what they hold a value against, and in what they let pass.

// reader reads one value into v; false means that it is not sure.
type reader func(s *scanner, v reflect.Value, depth int) bool

// open takes the first character of an object or a list.
func (s *scanner) open(c byte) bool {
	if s.pos < len(s.in) && s.in[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

// closed takes the end of an object or a list, or the comma before the next
// member. What it can't take ends the reading: the refusal is set.
func (s *scanner) closed(end byte, first bool) bool {
	s.space()
	if s.pos == len(s.in) {
		s.unsure()
		return true
	}
	switch c := s.in[s.pos]; {
	case c == end:
		s.pos++
		return true
	case first:
		return false
	case c == ',':
		s.pos++
		s.space()
		return false
	}
	s.unsure()
	return true
}

// errUnsure marks a message that goes the long way; nobody sees it.
var errUnsure = &Error{}

func (s *scanner) unsure() { s.refusal = errUnsure }

// name takes a member's name with its colon.
func (s *scanner) name() (string, bool) {
	name, ok := s.plain()
	if !ok {
		return "", false
	}
	s.space()
	if !s.open(':') {
		return "", false
	}
	s.space()
	return name, true
}

// plain takes a text; one with escapes is read as scan does. It is a slice of
// the message: whoever keeps it copies it.
func (s *scanner) plain() (string, bool) {
	if s.pos == len(s.in) || s.in[s.pos] != '"' {
		return "", false
	}
	text := s.text()
	return text, s.refusal == nil
}

func takeBool(s *scanner, v reflect.Value, _ int) bool {
	rest := s.in[s.pos:]
	switch {
	case strings.HasPrefix(rest, "true"):
		s.pos += len("true")
		v.SetBool(true)
	case strings.HasPrefix(rest, "false"):
		s.pos += len("false")
	default:
		return false
	}
	return true
}

// mostFields is how many fields a struct may have: which ones came is kept in as many bits.
const mostFields = 64

// field is a member of an object, and where it goes.
type field struct {
	name  string
	index []int
	read  reader
}

type fields []field

// alike tells whether encoding/json would take the name for one of theirs.
func (all fields) alike(name string) bool {
	for i := range all {
		if strings.EqualFold(all[i].name, name) {
			return true
		}
	}
	return false
}

// read reads an object, none of whose members may come twice, and tells which came. A
// member that is none of theirs is left to stranger; without one there may be none.
func (all fields) read(s *scanner, v reflect.Value, depth int, stranger func(s *scanner, name string, depth int) bool) (seen uint64, ok bool) {
	if depth++; depth > maxDepth || !s.open('{') {
		return 0, false
	}
	next := 0
	for first := true; !s.closed('}', first); first = false {
		name, ok := s.name()
		if !ok {
			return seen, false
		}
		at := -1
		for range all { // mostly in order, as our own programs write them
			if all[next].name == name {
				at = next
			}
			if next++; next == len(all) {
				next = 0
			}
			if at >= 0 {
				break
			}
		}
		if at < 0 {
			if stranger == nil || !stranger(s, name, depth) {
				return seen, false
			}
			continue
		}
		if seen&(1<<at) != 0 {
			return seen, false
		}
		seen |= 1 << at
		into := v
		for _, i := range all[at].index {
			into = into.Field(i)
		}
		if !all[at].read(s, into, depth) {
			return seen, false
		}
	}
	return seen, s.refusal == nil
}

// items reads a list of so many at most, and tells how many came. An empty one is not nil.
func items(s *scanner, v reflect.Value, depth, most int, read reader) (n int, ok bool) {
	if depth++; depth > maxDepth || !s.open('[') {
		return 0, false
	}
	for first := true; !s.closed(']', first); first = false {
		if n == most {
			return n, false
		}
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1)
		if !read(s, v.Index(n), depth) {
			return n, false
		}
		n++
	}
	if n == 0 {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	return n, s.refusal == nil
}

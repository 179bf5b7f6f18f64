package schema

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep objects and lists may nest.
const maxDepth = 64

// scan reads one JSON value into the shapes that the validator takes: map,
// list, string, json.Number, bool and nil. It refuses what encoding/json lets
// pass and other readers understand differently: a name given twice, half of a
// surrogate pair, a number beyond a float, nesting without bound.
//
// whole tells that every number without a fraction was written without one;
// where it is false, unmarshalling into Go's ints needs whole numbers first.
func scan(payload []byte) (tree any, whole bool, refusal *Error) {
	if !utf8.Valid(payload) {
		return nil, false, malformed("", "the message is not valid UTF-8 at %s: send JSON as UTF-8", place(payload, firstInvalid(payload)))
	}
	s := scanner{in: string(payload), whole: true}
	s.space()
	if s.pos == len(s.in) {
		return nil, false, malformed("", "the message is empty: send one JSON object")
	}
	if strings.HasPrefix(s.in, "\ufeff") {
		return nil, false, malformed("", "the message starts with a byte order mark: send UTF-8 without one")
	}
	tree = s.value(0)
	if s.refusal == nil {
		s.space()
		if s.pos < len(s.in) {
			s.fail("the message goes on after its end, at %s: send one JSON object at a time", place(payload, s.pos))
		}
	}
	if s.refusal != nil {
		return nil, false, s.refusal
	}
	return tree, s.whole, nil
}

type scanner struct {
	in      string
	pos     int
	path    []string
	whole   bool
	refusal *Error
	// visit, where set, hears of every value read: where it began; it ends at pos.
	visit func(start int)
}

// fail keeps the first refusal; the reading stops with it.
func (s *scanner) fail(format string, args ...any) any {
	if s.refusal == nil {
		s.refusal = malformed("", format, args...)
	}
	return nil
}

func (s *scanner) failAt(format string, args ...any) any {
	if s.refusal == nil {
		s.refusal = malformed(fieldPath(s.path), format, args...)
	}
	return nil
}

// syntax refuses what stands at the position: something else was expected.
func (s *scanner) syntax(expected string) any {
	found := "the message ends"
	if s.pos < len(s.in) {
		r, _ := utf8.DecodeRuneInString(s.in[s.pos:])
		found = fmt.Sprintf("%q stands", r)
	}
	return s.fail("the message is no valid JSON: at %s %s where %s is expected; correct it there", place([]byte(s.in), s.pos), found, expected)
}

func (s *scanner) space() {
	for s.pos < len(s.in) {
		switch s.in[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) value(depth int) any {
	if s.visit != nil {
		start := s.pos
		v := s.sort(depth)
		s.visit(start)
		return v
	}
	return s.sort(depth)
}

// sort reads the value that its first character announces.
func (s *scanner) sort(depth int) any {
	if s.pos == len(s.in) {
		return s.syntax("a value")
	}
	switch c := s.in[s.pos]; c {
	case '{':
		return s.object(depth + 1)
	case '[':
		return s.list(depth + 1)
	case '"':
		return s.text()
	case 't':
		return s.word("true", true)
	case 'f':
		return s.word("false", false)
	case 'n':
		return s.word("null", nil)
	default:
		if c == '-' || c >= '0' && c <= '9' {
			return s.number()
		}
		return s.syntax("a value")
	}
}

func (s *scanner) word(word string, v any) any {
	if !strings.HasPrefix(s.in[s.pos:], word) {
		return s.syntax("a value")
	}
	s.pos += len(word)
	return v
}

func (s *scanner) object(depth int) any {
	if depth > maxDepth {
		return s.failAt("nests deeper than %d objects and lists: make it flatter", maxDepth)
	}
	s.pos++
	out := make(map[string]any, 8)
	s.space()
	if s.pos < len(s.in) && s.in[s.pos] == '}' {
		s.pos++
		return out
	}
	for {
		s.space()
		if s.pos == len(s.in) || s.in[s.pos] != '"' {
			return s.syntax("a name in double quotes")
		}
		name := s.text()
		if s.refusal != nil {
			return nil
		}
		s.path = append(s.path, name)
		s.space()
		if s.pos == len(s.in) || s.in[s.pos] != ':' {
			return s.syntax(`":"`)
		}
		s.pos++
		if _, twice := out[name]; twice {
			return s.failAt("is given twice: give it once")
		}
		s.space()
		v := s.value(depth)
		if s.refusal != nil {
			return nil
		}
		out[name] = v
		s.path = s.path[:len(s.path)-1]
		s.space()
		if s.pos < len(s.in) {
			switch s.in[s.pos] {
			case ',':
				s.pos++
				continue
			case '}':
				s.pos++
				return out
			}
		}
		return s.syntax(`"," or "}"`)
	}
}

func (s *scanner) list(depth int) any {
	if depth > maxDepth {
		return s.failAt("nests deeper than %d objects and lists: make it flatter", maxDepth)
	}
	s.pos++
	out := []any{}
	s.space()
	if s.pos < len(s.in) && s.in[s.pos] == ']' {
		s.pos++
		return out
	}
	for {
		s.space()
		s.path = append(s.path, index(len(out)))
		v := s.value(depth)
		if s.refusal != nil {
			return nil
		}
		out = append(out, v)
		s.path = s.path[:len(s.path)-1]
		s.space()
		if s.pos < len(s.in) {
			switch s.in[s.pos] {
			case ',':
				s.pos++
				continue
			case ']':
				s.pos++
				return out
			}
		}
		return s.syntax(`"," or "]"`)
	}
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// place says where an offset is, as people and editors count.
func place(b []byte, offset int) string {
	line, column := 1, 1
	for _, c := range string(b[:offset]) {
		column++
		if c == '\n' {
			line, column = line+1, 1
		}
	}
	if line == 1 {
		return fmt.Sprintf("character %d", column)
	}
	return fmt.Sprintf("line %d, character %d", line, column)
}

var indexes = [...]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"}

func index(i int) string {
	if i < len(indexes) {
		return indexes[i]
	}
	return strconv.Itoa(i)
}

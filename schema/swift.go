package schema

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// swift reads outputs, and above all entries, in one pass: encoding/json looks at each
// byte two or three times, and a log of millions of entries is read at once. As a plan
// does, it only ever says yes: on whatever it is not sure about encoding/json decides,
// and where it says yes, both give the same value; the tests hold that.
func swift(payload []byte, v any) bool {
	if !utf8.Valid(payload) {
		return false
	}
	into := reflect.ValueOf(v).Elem()
	s := scanner{in: string(payload)}
	s.space()
	if !takerOf(into.Type())(&s, into, 0) {
		into.SetZero()
		return false
	}
	s.space()
	if s.pos != len(s.in) {
		into.SetZero()
		return false
	}
	return true
}

// takers are made at a type's first use.
var takers sync.Map // reflect.Type -> reader

func takerOf(t reflect.Type) reader {
	if known, ok := takers.Load(t); ok {
		return known.(reader)
	}
	made, _ := takers.LoadOrStore(t, makeTaker(t))
	return made.(reader)
}

func makeTaker(t reflect.Type) reader {
	switch t {
	case reflect.TypeFor[time.Time]():
		return takeTime
	case reflect.TypeFor[json.RawMessage]():
		return takeRaw
	}
	own := reflect.PointerTo(t)
	if own.Implements(reflect.TypeFor[json.Unmarshaler]()) || own.Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()) {
		return takeOther
	}
	switch t.Kind() {
	case reflect.Pointer:
		return takePointer(t)
	case reflect.String:
		return takeText
	case reflect.Bool:
		return takeBool
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return takeInteger(t.Kind())
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 { // bytes are written in base64
			return takeList(t)
		}
	case reflect.Struct:
		return takeStruct(t)
	}
	return takeOther
}

// takeOther leaves a value to encoding/json.
func takeOther(s *scanner, v reflect.Value, depth int) bool {
	start := s.pos
	return s.pass(depth) && json.Unmarshal([]byte(s.in[start:s.pos]), v.Addr().Interface()) == nil
}

func takeRaw(s *scanner, v reflect.Value, depth int) bool {
	start := s.pos
	if !s.pass(depth) {
		return false
	}
	v.SetBytes([]byte(s.in[start:s.pos]))
	return true
}

func takeText(s *scanner, v reflect.Value, _ int) bool {
	text, ok := s.plain()
	if ok {
		v.SetString(strings.Clone(text))
	}
	return ok
}

func takeTime(s *scanner, v reflect.Value, _ int) bool {
	text, ok := s.plain()
	return ok && v.Addr().Interface().(*time.Time).UnmarshalText([]byte(text)) == nil
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

func takeInteger(kind reflect.Kind) reader {
	return func(s *scanner, v reflect.Value, _ int) bool {
		start := s.pos
		if !s.passNumber() {
			return false
		}
		if kind == reflect.Uint64 {
			n, err := strconv.ParseUint(s.in[start:s.pos], 10, 64)
			v.SetUint(n)
			return err == nil
		}
		n, err := strconv.ParseInt(s.in[start:s.pos], 10, v.Type().Bits())
		v.SetInt(n)
		return err == nil
	}
}

// null takes a null, which leaves a pointer or a list empty.
func (s *scanner) null() bool {
	if strings.HasPrefix(s.in[s.pos:], "null") {
		s.pos += len("null")
		return true
	}
	return false
}

func takePointer(t reflect.Type) reader {
	return func(s *scanner, v reflect.Value, depth int) bool {
		if s.null() {
			return true
		}
		p := reflect.New(t.Elem())
		if !takerOf(t.Elem())(s, p.Elem(), depth) {
			return false
		}
		v.Set(p)
		return true
	}
}

func takeList(t reflect.Type) reader {
	return func(s *scanner, v reflect.Value, depth int) bool {
		if s.null() {
			return true
		}
		if depth++; depth > maxDepth || !s.open('[') {
			return false
		}
		take, n := takerOf(t.Elem()), 0
		for first := true; !s.closed(']', first); first = false {
			if n == v.Cap() {
				v.Grow(1)
			}
			v.SetLen(n + 1)
			if !take(s, v.Index(n), depth) {
				return false
			}
			n++
		}
		if n == 0 {
			v.Set(reflect.MakeSlice(t, 0, 0))
		}
		return s.refusal == nil
	}
}

func takeStruct(t reflect.Type) reader {
	var fields []field
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			continue // its fields are listed themselves
		case !f.IsExported() || name == "-":
			continue
		case name == "" || options == "string" || len(fields) == 64:
			return takeOther
		}
		for _, other := range fields {
			if strings.EqualFold(other.name, name) {
				return takeOther
			}
		}
		fields = append(fields, field{name, f.Index, takerOf(f.Type)})
	}
	return func(s *scanner, v reflect.Value, depth int) bool {
		if depth++; depth > maxDepth || !s.open('{') {
			return false
		}
		var seen uint64
		next := 0
		for first := true; !s.closed('}', first); first = false {
			name, ok := s.name()
			if !ok {
				return false
			}
			at := -1
			for range fields { // mostly in order, as our own programs write them
				if fields[next].name == name {
					at = next
				}
				if next++; next == len(fields) {
					next = 0
				}
				if at >= 0 {
					break
				}
			}
			switch {
			case at < 0:
				for i := range fields {
					if strings.EqualFold(fields[i].name, name) {
						return false // encoding/json takes it for that one
					}
				}
				if !s.pass(depth) {
					return false
				}
				continue
			case seen&(1<<at) != 0:
				return false
			}
			seen |= 1 << at
			into := v
			for _, i := range fields[at].index {
				into = into.Field(i)
			}
			if !fields[at].read(s, into, depth) {
				return false
			}
		}
		return s.refusal == nil
	}
}

// pass goes behind a value, whatever it is, if it is valid JSON.
func (s *scanner) pass(depth int) bool {
	if s.pos == len(s.in) {
		return false
	}
	switch c := s.in[s.pos]; c {
	case '{', '[':
		if depth++; depth > maxDepth {
			return false
		}
		s.pos++
		for first := true; !s.closed(c+2, first); first = false { // in ASCII both ends stand two behind their beginnings
			if c == '{' {
				if _, ok := s.name(); !ok {
					return false
				}
			}
			if !s.pass(depth) {
				return false
			}
		}
		return s.refusal == nil
	case '"':
		s.text()
		return s.refusal == nil
	case 't', 'f', 'n':
		for _, word := range [...]string{"true", "false", "null"} {
			if strings.HasPrefix(s.in[s.pos:], word) {
				s.pos += len(word)
				return true
			}
		}
		return false
	}
	return s.passNumber()
}

// passNumber goes behind a number.
func (s *scanner) passNumber() bool {
	if s.pos < len(s.in) && s.in[s.pos] == '-' {
		s.pos++
	}
	zero := s.pos < len(s.in) && s.in[s.pos] == '0'
	if n := s.digits(); n == 0 || zero && n > 1 {
		return false
	}
	if s.pos < len(s.in) && s.in[s.pos] == '.' {
		s.pos++
		if s.digits() == 0 {
			return false
		}
	}
	if s.pos < len(s.in) && (s.in[s.pos] == 'e' || s.in[s.pos] == 'E') {
		s.pos++
		if s.pos < len(s.in) && (s.in[s.pos] == '+' || s.in[s.pos] == '-') {
			s.pos++
		}
		return s.digits() > 0
	}
	return true
}

package schema

import (
	"encoding/json"
	"math"
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
		_, ok := items(s, v, depth, math.MaxInt, takerOf(t.Elem()))
		return ok
	}
}

func takeStruct(t reflect.Type) reader {
	var all fields
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			continue // its fields are listed themselves
		case !f.IsExported() || name == "-":
			continue
		case name == "" || options == "string" || len(all) == mostFields:
			return takeOther
		}
		if all.alike(name) {
			return takeOther
		}
		all = append(all, field{name, f.Index, takerOf(f.Type)})
	}
	stranger := func(s *scanner, name string, depth int) bool {
		return !all.alike(name) && s.pass(depth) // encoding/json takes one that is alike for that one
	}
	return func(s *scanner, v reflect.Value, depth int) bool {
		_, ok := all.read(s, v, depth, stranger)
		return ok
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

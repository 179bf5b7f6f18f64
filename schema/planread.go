package schema

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

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

func planText(sch *jsonschema.Schema) reader {
	var values []string
	switch {
	case sch.Const != nil:
		text, ok := (*sch.Const).(string)
		if !ok {
			return nil
		}
		values = []string{text}
	case !onlyType(sch, "string") || sch.Format != nil:
		return nil
	case sch.Enum != nil:
		for _, v := range sch.Enum.Values {
			text, ok := v.(string)
			if !ok {
				return nil
			}
			values = append(values, text)
		}
	}
	low, high := bounded(sch.MinLength, sch.MaxLength, math.MaxInt)
	pattern := sch.Pattern
	return func(s *scanner, v reflect.Value, _ int) bool {
		text, ok := s.plain()
		if !ok || pattern != nil && !pattern.MatchString(text) {
			return false
		}
		if len(text) > high || len(text) < 4*low {
			if n := utf8.RuneCountInString(text); n < low || n > high {
				return false
			}
		}
		if values == nil {
			v.SetString(strings.Clone(text))
			return true
		}
		i := slices.Index(values, text)
		if i < 0 {
			return false
		}
		v.SetString(values[i])
		return true
	}
}

func planBool(sch *jsonschema.Schema) reader {
	if !onlyType(sch, "boolean") {
		return nil
	}
	return func(s *scanner, v reflect.Value, _ int) bool {
		switch rest := s.in[s.pos:]; {
		case strings.HasPrefix(rest, "true"):
			s.pos += len("true")
			v.SetBool(true)
			return true
		case strings.HasPrefix(rest, "false"):
			s.pos += len("false")
			return true
		}
		return false
	}
}

func planInteger(kind reflect.Kind, sch *jsonschema.Schema) reader {
	low, lowOK := whole(sch.Minimum)
	high, highOK := whole(sch.Maximum)
	if !onlyType(sch, "integer") || !lowOK || !highOK || kind == reflect.Uint64 && low < 0 {
		return nil
	}
	return func(s *scanner, v reflect.Value, _ int) bool {
		start := s.pos
		if s.pos < len(s.in) && s.in[s.pos] == '-' {
			s.pos++
		}
		first := s.pos
		if n := s.digits(); n == 0 || n > 1 && s.in[first] == '0' {
			return false
		}
		if s.pos < len(s.in) && strings.IndexByte(".eE", s.in[s.pos]) >= 0 {
			return false
		}
		n, err := strconv.ParseInt(s.in[start:s.pos], 10, 64)
		if err != nil || n < low || n > high {
			return false
		}
		if kind == reflect.Uint64 {
			v.SetUint(uint64(n))
		} else {
			v.SetInt(n)
		}
		return true
	}
}

func planTime(sch *jsonschema.Schema) reader {
	if !onlyType(sch, "string") || sch.Pattern == nil || sch.Pattern.String() != PatternTime {
		return nil
	}
	return func(s *scanner, v reflect.Value, _ int) bool {
		text, ok := s.plain()
		if !ok || !validTime(text) {
			return false
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return false
		}
		*v.Addr().Interface().(*time.Time) = at
		return true
	}
}

func planDuration(sch *jsonschema.Schema) reader {
	if !onlyType(sch, "string") || sch.Pattern == nil || sch.Pattern.String() != PatternDuration {
		return nil
	}
	return func(s *scanner, v reflect.Value, _ int) bool {
		text, ok := s.plain()
		if !ok || !validDuration(text) {
			return false
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return false
		}
		v.SetInt(int64(d))
		return true
	}
}

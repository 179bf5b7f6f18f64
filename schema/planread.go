package schema

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxPlain is how many names a free object may have for a plan to compare them
// one by one.
const maxPlain = 24

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

// planRaw takes a value as it stands.
func planRaw(sch *jsonschema.Schema) reader {
	if sch.Properties != nil || sch.AdditionalProperties != nil || sch.Required != nil || sch.MaxProperties != nil || !onlyType(sch, "object") {
		return nil
	}
	return func(s *scanner, v reflect.Value, depth int) bool {
		start := s.pos
		if s.pos == len(s.in) || s.in[s.pos] != '{' || !s.skip(depth) {
			return false
		}
		v.Set(reflect.ValueOf(json.RawMessage(s.in[start:s.pos])))
		return true
	}
}

// skip passes over a free value, with the same eyes as scan.
func (s *scanner) skip(depth int) bool {
	if s.pos == len(s.in) {
		return false
	}
	switch s.in[s.pos] {
	case '{':
		if depth++; depth > maxDepth {
			return false
		}
		s.pos++
		var space [maxPlain]string
		names := space[:0]
		for first := true; !s.closed('}', first); first = false {
			name, ok := s.name()
			if !ok || len(names) == maxPlain || slices.Contains(names, name) || !s.skip(depth) {
				return false
			}
			names = append(names, name)
		}
	case '[':
		if depth++; depth > maxDepth {
			return false
		}
		s.pos++
		for first := true; !s.closed(']', first); first = false {
			if !s.skip(depth) {
				return false
			}
		}
	case '"':
		s.text()
	default:
		s.value(depth)
	}
	return s.refusal == nil
}

func planTexts(sch *jsonschema.Schema) reader {
	items, ok := sch.AdditionalProperties.(*jsonschema.Schema)
	if !ok || sch.Properties != nil || sch.Required != nil || !onlyType(sch, "object") || !plannable(items) {
		return nil
	}
	read := planText(items)
	if read == nil {
		return nil
	}
	low, high := bounded(sch.MinProperties, sch.MaxProperties, math.MaxInt)
	return func(s *scanner, v reflect.Value, depth int) bool {
		if depth++; depth > maxDepth || !s.open('{') {
			return false
		}
		out := map[string]string{}
		var text string
		into := reflect.ValueOf(&text).Elem()
		for first := true; !s.closed('}', first); first = false {
			name, ok := s.name()
			if !ok || !read(s, into, depth) {
				return false
			}
			if _, twice := out[name]; twice || len(out) == high {
				return false
			}
			out[strings.Clone(name)] = text
		}
		if s.refusal != nil || len(out) < low {
			return false
		}
		*v.Addr().Interface().(*map[string]string) = out
		return true
	}
}

func planList(t reflect.Type, sch *jsonschema.Schema) reader {
	if !onlyType(sch, "array") || sch.Items2020 == nil {
		return nil
	}
	read := planValue(t.Elem(), sch.Items2020)
	if read == nil {
		return nil
	}
	low, high := bounded(sch.MinItems, sch.MaxItems, math.MaxInt)
	return func(s *scanner, v reflect.Value, depth int) bool {
		if depth++; depth > maxDepth || !s.open('[') {
			return false
		}
		n := 0
		for first := true; !s.closed(']', first); first = false {
			if n == high {
				return false
			}
			v.Grow(1)
			v.SetLen(n + 1)
			if !read(s, v.Index(n), depth) {
				return false
			}
			n++
		}
		if s.refusal != nil || n < low {
			return false
		}
		if n == 0 {
			v.Set(reflect.MakeSlice(t, 0, 0))
		}
		return true
	}
}

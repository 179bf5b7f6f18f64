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
	return takeBool
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

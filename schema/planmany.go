package schema

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxPlain is how many names a free object may have for a plan to compare them
// one by one.
const maxPlain = 24

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
		n, ok := items(s, v, depth, high, read)
		return ok && n >= low
	}
}

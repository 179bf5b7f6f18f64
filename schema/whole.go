package schema

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// wholeNumbers rewrites 2.0 and 2e0 as 2 where a whole number stands. JSON and
// its schemas hold them for the same number, and some languages write every
// number with a point; encoding/json doesn't take them. What is handed on as it
// came, such as parameters, is left alone.
func wholeNumbers(sch *jsonschema.Schema, tree any, payload []byte) []byte {
	var paths [][]string
	findWhole(sch, tree, nil, &paths)
	if len(paths) == 0 {
		return payload
	}
	spans := positions(payload)
	slices.SortFunc(paths, func(a, b []string) int { return spans[spanKey(a)].start - spans[spanKey(b)].start })
	var out []byte
	end := 0
	for _, path := range paths {
		at := spans[spanKey(path)]
		out = append(out, payload[end:at.start]...)
		out = append(out, canonicalNumber(string(payload[at.start:at.end]))...)
		end = at.end
	}
	return append(out, payload[end:]...)
}

func findWhole(sch *jsonschema.Schema, v any, path []string, found *[][]string) {
	if sch == nil {
		return
	}
	switch v := v.(type) {
	case json.Number:
		if sch.Types != nil && strings.ContainsAny(string(v), ".eE-") {
			*found = append(*found, slices.Clone(path))
		}
	case map[string]any:
		for name, member := range v {
			findWhole(child(sch, name), member, append(path, name), found)
		}
	case []any:
		for i, item := range v {
			name := index(i)
			findWhole(child(sch, name), item, append(path, name), found)
		}
	}
}

// withoutShadows takes away what an open message holds beside a known name and
// differs from it in case only: encoding/json takes the one for the other. It
// tells whether there was any.
func withoutShadows(sch *jsonschema.Schema, v any) bool {
	found := false
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			next := child(sch, name)
			if next == nil && shadows(sch, name) {
				delete(v, name)
				found = true
				continue
			}
			found = withoutShadows(next, member) || found
		}
	case []any:
		for i, item := range v {
			found = withoutShadows(child(sch, index(i)), item) || found
		}
	}
	return found
}

func shadows(sch *jsonschema.Schema, name string) bool {
	if sch == nil {
		return false
	}
	for known := range sch.Properties {
		if strings.EqualFold(known, name) {
			return true
		}
	}
	for _, branch := range sch.AnyOf {
		if shadows(branch, name) {
			return true
		}
	}
	return false
}

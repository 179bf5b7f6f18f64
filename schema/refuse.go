package schema

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// refuse makes one sentence of what the validator found: the first complaint in
// the order of the message; of several about one value, the most specific.
func refuse(sch *jsonschema.Schema, tree any, payload []byte, err error) *Error {
	var found *jsonschema.ValidationError
	if !errors.As(err, &found) {
		return malformed("", "cannot be checked: %s; correct it", Clean(err.Error()))
	}
	spans := positions(payload)
	var first complaint
	for _, c := range complaints(found, spans) {
		if first.kind == nil || c.at < first.at || c.at == first.at && len(c.path) > len(first.path) {
			first = c
		}
	}
	if first.kind == nil {
		return malformed("", "does not fit %s: `expertcontroller schema show` prints what does", sch.Location)
	}
	return first.sentence(sch, tree)
}

// complaint is one thing that the validator found.
type complaint struct {
	kind jsonschema.ErrorKind
	path []string
	at   int
}

// complaints lists what was found, without the branches that lead there.
func complaints(e *jsonschema.ValidationError, spans map[string]span) []complaint {
	if len(e.Causes) > 0 {
		var out []complaint
		for _, cause := range e.Causes {
			out = append(out, complaints(cause, spans)...)
		}
		return out
	}
	path := e.InstanceLocation
	own := spans[spanKey(path)]
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		// What is missing is missed at the end, so that a misspelt name comes first.
		return []complaint{{k, append(slices.Clone(path), k.Missing[0]), own.end}}
	case *kind.AdditionalProperties:
		var out []complaint
		for _, name := range k.Properties {
			at := append(slices.Clone(path), name)
			out = append(out, complaint{k, at, spans[spanKey(at)].start})
		}
		return out
	case *kind.Type:
		if len(k.Want) == 1 && k.Want[0] == "null" {
			return nil // the other branch of "this or null" says more
		}
	}
	return []complaint{{e.ErrorKind, path, own.start}}
}

func (c complaint) sentence(root *jsonschema.Schema, tree any) *Error {
	field := fieldPath(c.path)
	parent, sch := root, root
	for _, name := range c.path {
		parent, sch = sch, child(sch, name)
	}
	switch c.kind.(type) {
	case *kind.Required:
		return malformed(field, "is missing: give %s", want(sch))
	case *kind.AdditionalProperties:
		return malformed(field, "is not known here: %s", remedyForName(c.path[len(c.path)-1], parent))
	}
	got := valueAt(tree, c.path)
	optional := len(c.path) > 0 && parent != nil && parent.Properties != nil && !slices.Contains(parent.Required, c.path[len(c.path)-1])
	remedy := "give " + want(sch) + inQuotes(c.kind, got, sch)
	if k, ok := c.kind.(*kind.Maximum); ok {
		remedy = "give one of at most " + k.Want.RatString()
	}
	if optional && (got == nil || got == "") {
		remedy = "leave it out, or " + remedy
	}
	if f, ok := c.kind.(*kind.Format); ok && errors.Is(f.Err, errNoSuchDay) {
		return malformed(field, "is %s, and the calendar has no such day: %s", describe(got), remedy)
	}
	return malformed(field, "%s: %s", complain(c.kind, got), remedy)
}

// inQuotes says what makes text of a number, and the other way round.
func inQuotes(k jsonschema.ErrorKind, got any, sch *jsonschema.Schema) string {
	if _, ok := k.(*kind.Type); !ok || sch == nil || sch.Types == nil || sch.Pattern != nil || sch.Enum != nil {
		return ""
	}
	wanted := sch.Types.ToStrings()
	switch got.(type) {
	case json.Number, bool:
		if slices.Contains(wanted, "string") {
			return ", in quotes"
		}
	case string:
		if slices.Contains(wanted, "integer") || slices.Contains(wanted, "boolean") {
			return ", without quotes"
		}
	}
	return ""
}

// complain says what a value is that it should not be.
func complain(k jsonschema.ErrorKind, got any) string {
	switch k := k.(type) {
	case *kind.MaxLength:
		return "has " + plural(k.Got, "character")
	case *kind.MinItems:
		return "has " + plural(k.Got, "item")
	case *kind.MaxItems:
		return "has " + plural(k.Got, "item")
	case *kind.MinProperties:
		return "has " + plural(k.Got, "member")
	case *kind.MaxProperties:
		return "has " + plural(k.Got, "member")
	case *kind.Type:
		return "is " + nameOf(got)
	}
	return "is " + describe(got)
}

// describe repeats a short value, and names the sort of another.
func describe(v any) string {
	switch v := v.(type) {
	case string:
		if v == "" {
			return "empty"
		}
		return quote(v)
	case json.Number:
		return Shorten(string(v), maxQuoted)
	}
	return nameOf(v)
}

// nameOf names the sort of a value.
func nameOf(v any) string {
	switch v := v.(type) {
	case string:
		return "the text " + quote(v)
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") || len(string(v)) < 18 {
			return "the number " + Shorten(string(v), maxQuoted)
		}
		return "a number"
	case bool:
		if v {
			return "true"
		}
		return "false"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "null"
}

// child gives the schema of a member or an item.
func child(sch *jsonschema.Schema, name string) *jsonschema.Schema {
	if sch == nil {
		return nil
	}
	if p := sch.Properties[name]; p != nil {
		return p
	}
	if sch.Items2020 != nil && count(name) == len(name) {
		return sch.Items2020
	}
	if p, ok := sch.AdditionalProperties.(*jsonschema.Schema); ok {
		return p
	}
	for _, branch := range sch.AnyOf { // this or null
		if p := child(branch, name); p != nil {
			return p
		}
	}
	return nil
}

func valueAt(tree any, path []string) any {
	for _, name := range path {
		switch v := tree.(type) {
		case map[string]any:
			tree = v[name]
		case []any:
			i := 0
			for _, c := range name {
				i = i*10 + int(c-'0')
			}
			if i < 0 || i >= len(v) {
				return nil
			}
			tree = v[i]
		}
	}
	return tree
}

// span is where a value stands in a message.
type span struct{ start, end int }

// positions finds every value of a message that scan has accepted.
func positions(payload []byte) map[string]span {
	out := map[string]span{}
	s := scanner{in: string(payload)}
	s.visit = func(start int) { out[spanKey(s.path)] = span{start, s.pos} }
	s.space()
	s.value(0)
	return out
}

func spanKey(path []string) string { return strings.Join(path, "\x00") }

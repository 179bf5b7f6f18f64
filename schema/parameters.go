package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Parameters is the JSON Schema of an action's parameters, ready to check some. The
// agent checks before it begins anything, and whoever asks may check before sending.
type Parameters struct {
	sch *jsonschema.Schema
	doc any
	// secrets tells that somewhere in the schema a secret is asked for.
	secrets bool
}

// noLoader refuses what a schema points to outside itself: an agent's schema must
// not make anybody read a file or call somebody.
type noLoader struct{}

// Load says no.
func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("$ref leads outside: %s; write what it means in its place", Clean(Shorten(url, maxQuoted)))
}

// CompileParameters reads the JSON Schema of an action's parameters (draft 2020-12
// unless it names another). It holds nothing from outside.
func CompileParameters(raw json.RawMessage) (*Parameters, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("reading the schema of the parameters: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	const url = "recovery:///parameters"
	if err := c.AddResource(url, doc); err != nil {
		return nil, fmt.Errorf("reading the schema of the parameters: %w", err)
	}
	sch, err := c.Compile(url)
	if err != nil {
		var wrong *jsonschema.SchemaValidationError
		if errors.As(err, &wrong) {
			err = wrong.Err
		}
		return nil, fmt.Errorf("the schema of the parameters is none: %s; write JSON Schema", Clean(err.Error()))
	}
	return &Parameters{sch: sch, doc: doc, secrets: asksForSecret(doc, 0)}, nil
}

// Check refuses parameters that the schema doesn't take, naming the first wrong one
// and the remedy. What stands where a secret belongs is never repeated.
func (p *Parameters) Check(values json.RawMessage) *Error {
	if len(bytes.TrimSpace(values)) == 0 {
		values = json.RawMessage("{}")
	}
	tree, _, refusal := scan(values)
	if refusal != nil {
		return within(refusal, "parameters")
	}
	err := p.sch.Validate(tree)
	if err == nil {
		return nil
	}
	var found *jsonschema.ValidationError
	if p.secrets && errors.As(err, &found) {
		spans := positions(values)
		for _, c := range complaints(found, spans) {
			if field, secret := p.secretAt(c.path); secret {
				return malformed(fieldPath(append([]string{"parameters"}, field...)), `doesn't name a secret: give {"secret": "NAME"} with the name of one of the agent's secrets, never the secret itself`)
			}
		}
		// Where it can't be told which part of the schema complains, nothing is repeated.
		if !plainSchema(p.doc, 0) {
			return malformed("parameters", "don't fit what the action takes: `expertcontroller actions --json` shows it")
		}
	}
	return within(refuse(p.sch, tree, values, err), "parameters")
}

// within puts a refusal's field below another.
func within(refusal *Error, parent string) *Error {
	out := *refusal
	switch {
	case out.Field == "":
		out.Field = parent
	case out.Field[0] == '[':
		out.Field = parent + out.Field
	default:
		out.Field = parent + "." + out.Field
	}
	out.Field = Shorten(out.Field, maxField)
	return &out
}

// secretAt tells whether a path leads to a place for a secret, or into one, and
// gives the place.
func (p *Parameters) secretAt(path []string) ([]string, bool) {
	at := p.doc
	for i := 0; ; i++ {
		here, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		if here["secret"] == true {
			return path[:i], true
		}
		if i == len(path) {
			return nil, false
		}
		at = nil
		if members, ok := here["properties"].(map[string]any); ok {
			at = members[path[i]]
		}
		if at == nil && count(path[i]) == len(path[i]) {
			at = here["items"]
		}
		if at == nil {
			at = here["additionalProperties"]
		}
	}
}

// asksForSecret tells whether a schema says secret: true anywhere.
func asksForSecret(v any, depth int) bool {
	if depth > maxDepth {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		if v["secret"] == true {
			return true
		}
		for _, member := range v {
			if asksForSecret(member, depth+1) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return asksForSecret(item, depth+1) })
	}
	return false
}

// branching are the words by which a schema says the same place's rules elsewhere.
var branching = []string{"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "patternProperties", "dependentSchemas", "prefixItems", "contains", "unevaluatedProperties", "unevaluatedItems", "propertyNames"}

// plainSchema tells whether secretAt sees every rule of a schema.
func plainSchema(v any, depth int) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if slices.Contains(branching, name) || depth > maxDepth || !plainSchema(member, depth+1) {
				return false
			}
		}
	case []any:
		for _, item := range v {
			if !plainSchema(item, depth+1) {
				return false
			}
		}
	}
	return true
}

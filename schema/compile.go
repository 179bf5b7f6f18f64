package schema

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:generate go -C ../tools run ./schemagen -root ..

// Files holds the JSON Schemas: one file a kind, recovery.v1.<kind>.json.
//
//go:embed recovery.v1.*.json
var Files embed.FS

// Schema gives the JSON Schema of a kind, as published.
func Schema(kind string) ([]byte, error) {
	if New(kind) == nil {
		return nil, fmt.Errorf("finding a schema: there is no kind %s", quote(kind))
	}
	b, err := Files.ReadFile(Type(kind) + ".json")
	if err != nil {
		return nil, fmt.Errorf("finding the schema of %s: %w; run go generate ./schema and build again", kind, err)
	}
	return b, nil
}

// compiled are the schemas as the validator wants them, made at a kind's first use.
var compiled = func() map[string]func() (*jsonschema.Schema, error) {
	out := make(map[string]func() (*jsonschema.Schema, error), len(kinds))
	for kind := range kinds {
		out[kind] = sync.OnceValues(func() (*jsonschema.Schema, error) {
			text, err := Schema(kind)
			if err != nil {
				return nil, err
			}
			return compile(kind, text)
		})
	}
	return out
}()

// compile makes a kind's validator. The rules between fields are left to Check,
// which says them better, and references are put in place: both cost time for
// each message. What stays refuses the same as the file does.
func compile(kind string, text []byte) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("reading the schema of %s: %w", kind, err)
	}
	defs := map[string]any{}
	if root, ok := doc.(map[string]any); ok {
		if d, ok := root["$defs"].(map[string]any); ok {
			defs = d
			delete(root, "$defs")
		}
	}
	c := jsonschema.NewCompiler()
	c.RegisterFormat(dateTime)
	c.AssertFormat()
	c.UseRegexpEngine(patternEngine)
	url := "recovery:///" + Type(kind)
	if err := c.AddResource(url, flatten(doc, defs)); err != nil {
		return nil, fmt.Errorf("reading the schema of %s: %w", kind, err)
	}
	sch, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("compiling the schema of %s: %w", kind, err)
	}
	return sch, nil
}

// flatten copies a schema without its rules and with its references in place.
// The types of the messages hold none of their own kind, so that it ends.
func flatten(v any, defs map[string]any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		if ref, ok := v["$ref"].(string); ok {
			if target, ok := defs[path.Base(ref)].(map[string]any); ok {
				for name, value := range target {
					out[name] = value
				}
			}
		}
		for name, value := range v {
			out[name] = value
		}
		delete(out, "$ref")
		delete(out, "allOf")
		for name, value := range out {
			out[name] = flatten(value, defs)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = flatten(item, defs)
		}
		return out
	}
	return v
}

package bridge

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"expertcontroller/schema"
)

// The bridge's own shapes, beside the kinds of messages.
const (
	shapeAnything = "anything"
	shapeMe       = "me"
	shapeLogin    = "login"
	shapeSystems  = "systems"
	shapeEvents   = "events"
	shapeHandover = "handover"
	shapeMode     = "mode_in_force"
	shapeTold     = "told"
	shapeVanish   = "vanish"
)

// object writes the schema of one: "name: shape" each, required unless it ends with ?.
func object(closed bool, fields ...string) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range fields {
		name, of, _ := strings.Cut(f, ": ")
		optional := strings.HasSuffix(name, "?")
		name = strings.TrimSuffix(name, "?")
		if !optional {
			required = append(required, name)
		}
		list := strings.HasPrefix(of, "[]")
		of = strings.TrimPrefix(of, "[]")
		one := map[string]any{"type": of}
		switch of {
		case "any":
			one = map[string]any{}
		case "time":
			one = map[string]any{"type": "string", "format": "date-time"}
		}
		if list {
			one = map[string]any{"type": "array", "items": one}
		}
		properties[name] = one
	}
	out := map[string]any{"type": "object", "properties": properties, "required": required}
	if closed {
		out["additionalProperties"] = false
	}
	return out
}

// shapes are the schemas of what is no message.
var shapes = map[string]map[string]any{
	shapeAnything: {"type": "object"},
	shapeMe:       object(false, "user: string", "role: string", "auth: string", "systems: []string", "build: string", "simulated: []string", "login: string", "demo: boolean", "vanished: boolean"),
	shapeLogin:    object(true, "name?: string", "key?: string"),
	shapeSystems:  object(false, "systems: []object"),
	shapeEvents:   object(false, "system: string", "token: string", "entry: integer", "events: []object"),
	shapeHandover: object(false, "system: string", "since: time", "until: time", "mode: object", "policy?: object", "holds: []object", "open: []object", "ended: []object", "states: object", "to_do: []object", "events: []object", "untold: integer", "entry: integer"),
	shapeMode:     object(false, "mode: string", "by: object", "at: time", "note?: string"),
	shapeTold:     object(false, "text: string"),
	shapeVanish:   object(true, "vanish: boolean"),
}

// openapi gives the document that describes the API.
func (c *call) openapi() (any, *schema.Error) {
	document, err := c.bridge.document()
	if err != nil {
		return nil, refusal(503, schema.CodeInternal, "%v", err)
	}
	return document, nil
}

// describe makes it from the table of routes, so that it says what is served.
func (b *Bridge) describe() (json.RawMessage, error) {
	schemas := map[string]any{}
	paths := map[string]map[string]any{}
	for _, r := range b.table() {
		for _, name := range []string{r.request, r.response, schema.KindError} {
			if err := addSchema(schemas, name); err != nil {
				return nil, err
			}
		}
		if paths[r.path] == nil {
			paths[r.path] = map[string]any{}
		}
		paths[r.path][strings.ToLower(r.method)] = r.operation()
	}
	return schema.Encode(map[string]any{
		"openapi":    "3.1.0",
		"info":       map[string]any{"title": "expertcontroller", "version": b.o.Build, "description": "Recoveries for a system under control. Messages are those of the subjects; docs/bridge.md says more."},
		"servers":    []any{map[string]any{"url": apiRoot}},
		"paths":      paths,
		"components": map[string]any{"schemas": schemas},
	})
}

var pathParameter = regexp.MustCompile(`\{([a-z]+)\}`)

// operation describes a route.
func (r route) operation() map[string]any {
	parameters := []any{}
	for _, m := range pathParameter.FindAllStringSubmatch(r.path, -1) {
		parameters = append(parameters, map[string]any{"name": m[1], "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
	}
	for _, q := range r.query {
		of := map[string]any{"type": "string"}
		if q.whole {
			of = map[string]any{"type": "integer", "minimum": 0}
		}
		if q.repeated {
			of = map[string]any{"type": "array", "items": of}
		}
		parameters = append(parameters, map[string]any{"name": q.name, "in": "query", "description": q.about, "schema": of})
	}
	content := map[string]any{"application/json": map[string]any{"schema": refTo(r.response)}}
	if r.csv {
		content["text/csv"] = map[string]any{"schema": map[string]any{"type": "string"}}
	}
	responses := map[string]any{
		"200":     map[string]any{"description": "The answer; what was refused by the rules is one, too.", "content": content},
		"default": map[string]any{"description": "Why there is no answer, and what to do.", "content": map[string]any{"application/json": map[string]any{"schema": refTo(schema.KindError)}}},
	}
	out := map[string]any{"summary": r.about, "responses": responses, "x-access": [...]string{"everybody", "viewers", "operators", "operators and experts"}[r.access]}
	if r.request != "" {
		if schema.New(r.request) != nil {
			parameters = append(parameters, map[string]any{"name": "Idempotency-Key", "in": "header", "description": "The message's id: the same key of the same sender gets the same answer.", "schema": map[string]any{"type": "string", "maxLength": 128}})
			out["x-filled-in"] = append([]string{"type", "id"}, r.fills...)
		}
		out["requestBody"] = map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{"schema": refTo(r.request)}}}
	}
	out["parameters"] = parameters
	return out
}

func refTo(name string) map[string]any {
	return map[string]any{"$ref": "#/components/schemas/" + schemaName(name)}
}

func schemaName(name string) string {
	if shapes[name] != nil {
		return name
	}
	return schema.Type(name)
}

// addSchema puts a schema where the document refers to it. Its own definitions stay
// beneath it, so references to them are made to lead there.
func addSchema(schemas map[string]any, name string) error {
	if name == "" || schemas[schemaName(name)] != nil {
		return nil
	}
	if shape := shapes[name]; shape != nil {
		schemas[name] = shape
		return nil
	}
	text, err := schema.Schema(name)
	if err != nil {
		return fmt.Errorf("describing %s: %w", name, err)
	}
	text = []byte(strings.ReplaceAll(string(text), `"#/$defs/`, `"#/components/schemas/`+schema.Type(name)+`/$defs/`))
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("describing %s: %w", name, err)
	}
	delete(doc, "$schema")
	schemas[schema.Type(name)] = doc
	return nil
}

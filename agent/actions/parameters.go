package actions

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"expertcontroller/schema"
)

// parameters reads the schema of an action's parameters, and makes of it what is
// offered: closed unless it says otherwise, with the names of secrets where it says
// secret: true.
func (c *checker) parameters(field string, a *Action) {
	a.members, a.required, a.hidden = map[string]bool{}, map[string]bool{}, map[string]bool{}
	a.defaults = map[string]json.RawMessage{}
	doc := map[string]any{}
	if len(a.Parameters) > 0 {
		dec := json.NewDecoder(bytes.NewReader(a.Parameters))
		dec.UseNumber()
		if err := dec.Decode(&doc); err != nil {
			c.complain(field, "can't be read: %v; write a JSON Schema", err)
			return
		}
	}
	if typ, there := doc["type"]; !there {
		doc["type"] = "object"
	} else if typ != "object" {
		c.complain(field+".type", "parameters are an object: write type: object, and describe each under properties")
		return
	}
	if _, there := doc["additionalProperties"]; !there {
		doc["additionalProperties"] = false
	}
	properties, ok := doc["properties"].(map[string]any)
	if !ok {
		properties = map[string]any{}
		if _, there := doc["properties"]; there {
			c.complain(field+".properties", "is no list of names: write name: {type: ...} for each parameter")
			return
		}
	}
	for name := range properties {
		a.members[name] = true
	}
	if list, ok := doc["required"].([]any); ok {
		for _, name := range list {
			if s, ok := name.(string); ok {
				a.required[s] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		c.property(field+".properties."+name, name, properties, a)
	}
	if misplaced := c.secretBelow(doc, properties, a); misplaced {
		c.complain(field, "secret: true stands deeper than a parameter of its own: move it to the first level of properties")
	}
	raw, err := json.Marshal(doc)
	if err == nil {
		a.takes, err = schema.CompileParameters(raw)
	}
	if err != nil {
		c.complain(field, "%v", err)
		return
	}
	a.offer = compact(raw)
	c.defaultsFit(field, a)
}

// property takes note of a parameter; one that asks for a secret is rewritten to take a secret's name.
func (c *checker) property(field, name string, properties map[string]any, a *Action) {
	p, ok := properties[name].(map[string]any)
	if !ok {
		return
	}
	if value, there := p["default"]; there {
		if raw, err := json.Marshal(value); err == nil {
			a.defaults[name] = raw
		}
	}
	if p["secret"] == nil {
		return
	}
	if p["secret"] != true {
		if p["secret"] != false {
			c.complain(field+".secret", "is neither true nor false: write secret: true where the parameter names a secret")
		}
		return
	}
	a.hidden[name] = true
	if a.defaults[name] != nil {
		c.complain(field+".default", "a secret has no default: require it, or use {{secret.NAME}} where it belongs")
		delete(a.defaults, name)
	}
	allowed := []any{}
	if named, ok := p["enum"].([]any); ok {
		for _, one := range named {
			if s, ok := one.(string); !ok || !c.known[s] {
				c.complain(field+".enum", "%v is no secret of this file: list it under secrets, or correct the name", one)
			}
		}
		allowed = named
	} else {
		for _, s := range slices.Sorted(maps.Keys(c.known)) {
			allowed = append(allowed, s)
		}
	}
	if len(allowed) == 0 {
		c.complain(field, "asks for a secret, and the file has none: list some under secrets")
		allowed = []any{"none"}
	}
	offered := map[string]any{
		"secret": true, "type": "object", "required": []any{"secret"}, "additionalProperties": false,
		"properties": map[string]any{"secret": map[string]any{"enum": allowed}},
	}
	if text, ok := p["description"]; ok {
		offered["description"] = text
	}
	properties[name] = offered
}

// secretBelow tells whether secret: true stands where it isn't understood.
func (c *checker) secretBelow(doc, properties map[string]any, a *Action) bool {
	var found func(v any) bool
	found = func(v any) bool {
		switch v := v.(type) {
		case map[string]any:
			if v["secret"] == true {
				return true
			}
			for _, member := range v {
				if found(member) {
					return true
				}
			}
		case []any:
			return slices.ContainsFunc(v, found)
		}
		return false
	}
	for name, v := range doc {
		if name != "properties" && found(v) {
			return true
		}
	}
	for name, v := range properties {
		if !a.hidden[name] && found(v) {
			return true
		}
	}
	return false
}

// defaultsFit complains about a default that the schema itself refuses.
func (c *checker) defaultsFit(field string, a *Action) {
	if len(a.defaults) == 0 {
		return
	}
	values, err := json.Marshal(a.defaults)
	if err != nil {
		return
	}
	if refusal := a.takes.Check(values); refusal != nil {
		name, _, _ := strings.Cut(strings.TrimPrefix(refusal.Field, "parameters."), ".")
		name, _, _ = strings.Cut(name, "[")
		if a.defaults[name] != nil {
			c.complain(field+".properties."+name+".default", "the default doesn't fit: it %s", refusal.Text)
		}
	}
}

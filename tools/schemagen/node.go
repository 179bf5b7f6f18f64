package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"expertcontroller/schema"
)

// node is what the documentation reads of a schema.
type node struct {
	Title                string           `json:"title"`
	Description          string           `json:"description"`
	Type                 any              `json:"type"`
	Const                any              `json:"const"`
	Enum                 []string         `json:"enum"`
	Pattern              string           `json:"pattern"`
	Default              any              `json:"default"`
	Ref                  string           `json:"$ref"`
	AnyOf                []*node          `json:"anyOf"`
	Minimum              *json.Number     `json:"minimum"`
	Maximum              *json.Number     `json:"maximum"`
	MinLength            *int             `json:"minLength"`
	MaxLength            *int             `json:"maxLength"`
	MinItems             *int             `json:"minItems"`
	MaxItems             *int             `json:"maxItems"`
	MaxProperties        *int             `json:"maxProperties"`
	Required             []string         `json:"required"`
	Items                *node            `json:"items"`
	Properties           members          `json:"properties"`
	AdditionalProperties json.RawMessage  `json:"additionalProperties"`
	Defs                 map[string]*node `json:"$defs"`
}

// members keep the order of the file.
type members struct {
	names []string
	nodes map[string]*node
}

// UnmarshalJSON reads the members in their order.
func (m *members) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if _, err := dec.Token(); err != nil {
		return err
	}
	m.nodes = map[string]*node{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var n node
		if err := dec.Decode(&n); err != nil {
			return err
		}
		m.names = append(m.names, name.(string))
		m.nodes[name.(string)] = &n
	}
	return nil
}

// values gives the schema of a map's values, nil for any other object.
func (n *node) values() *node {
	var out node
	if len(n.AdditionalProperties) == 0 || json.Unmarshal(n.AdditionalProperties, &out) != nil {
		return nil
	}
	return &out
}

// form says what a value looks like, with its limits.
func (n *node) form() string {
	switch {
	case n.Const != nil:
		return fmt.Sprintf("`%v`", n.Const)
	case n.Ref != "":
		return "*" + strings.TrimPrefix(n.Ref, "#/$defs/") + "*"
	case len(n.AnyOf) > 0:
		return n.AnyOf[0].form() + " or null"
	case len(n.Enum) > 0:
		return "`" + strings.Join(n.Enum, "`, `") + "`"
	}
	typ, null := n.Type, ""
	if list, ok := typ.([]any); ok {
		typ, null = list[0], " or null"
	}
	switch typ {
	case "string":
		return n.text() + null
	case "boolean":
		return "true or false" + null
	case "integer":
		return "number" + n.limits() + null
	case "array":
		return "list" + count(n.MinItems, n.MaxItems) + " of " + n.Items.form() + null
	case "object":
		if values := n.values(); values != nil {
			return "names" + count(nil, n.MaxProperties) + " with " + values.form() + null
		}
		return "object" + null
	}
	return "any JSON"
}

func (n *node) text() string {
	switch n.Pattern {
	case schema.PatternTime:
		return "time"
	case schema.PatternDuration:
		return "duration"
	case schema.PatternName:
		return "name"
	case schema.PatternOwner:
		return "name, or operator:name"
	case schema.PatternToken:
		return "token"
	case schema.PatternPrompt:
		return "prompt"
	}
	return "text" + count(n.MinLength, n.MaxLength)
}

func (n *node) limits() string {
	if n.Minimum == nil || n.Maximum == nil {
		return ""
	}
	low, high := n.Minimum.String(), n.Maximum.String()
	switch {
	case high != fmt.Sprint(maxSafe):
		return ", " + low + " to " + high
	case low != fmt.Sprint(-maxSafe):
		return ", at least " + low
	}
	return ""
}

func count(low, high *int) string {
	switch {
	case high != nil && low != nil:
		return fmt.Sprintf(" (%d to %d)", *low, *high)
	case high != nil:
		return fmt.Sprintf(" (at most %d)", *high)
	case low != nil:
		return fmt.Sprintf(" (at least %d)", *low)
	}
	return ""
}

package cmd

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"expertcontroller/schema"
)

// parsePolicy reads a policy file, strictly: what is no field of a policy, or out of
// bounds, is refused with its line.
func parsePolicy(name string, text []byte) (schema.Policy, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return schema.Policy{}, fmt.Errorf("reading the policy %s: %w; it has to be lines of name: value, indented alike with spaces, as `expertcontroller policy show` prints them", name, err)
	}
	if len(node.Content) == 0 {
		return schema.Policy{}, nil
	}
	root := node.Content[0]
	doc, err := plainValue(root, "", 0)
	if err != nil {
		return schema.Policy{}, fmt.Errorf("reading the policy %s: %w", name, err)
	}
	payload, err := json.Marshal(map[string]any{"type": schema.Type(schema.KindPolicy), "policy": doc})
	if err != nil {
		return schema.Policy{}, fmt.Errorf("reading the policy %s: %w", name, err)
	}
	message, wrong := schema.Decode(schema.KindPolicy, payload)
	if wrong == nil {
		wrong = message.(*schema.ApplyPolicy).Policy.InTime()
	}
	if wrong != nil {
		field := strings.TrimPrefix(wrong.Field, "policy.")
		where := name
		if line := lineOf(root, field); line > 0 {
			where += ":" + strconv.Itoa(line)
		}
		if field != "" {
			return schema.Policy{}, fmt.Errorf("reading the policy %s: %s: %s", where, field, wrong.Text)
		}
		return schema.Policy{}, fmt.Errorf("reading the policy %s: %s", where, wrong.Text)
	}
	return message.(*schema.ApplyPolicy).Policy, nil
}

// plainValue gives a node as JSON knows it. Durations are text, as everywhere, so that a
// number where a duration belongs is refused later with the remedy.
func plainValue(n *yaml.Node, path string, depth int) (any, error) {
	if depth > 8 {
		return nil, fmt.Errorf("line %d: too deeply nested", n.Line)
	}
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if _, twice := out[key.Value]; twice {
				return nil, fmt.Errorf("line %d: %s%s is there twice; keep one", key.Line, path, key.Value)
			}
			v, err := plainValue(n.Content[i+1], path+key.Value+".", depth+1)
			if err != nil {
				return nil, err
			}
			out[key.Value] = v
		}
		return out, nil
	case yaml.SequenceNode, yaml.AliasNode:
		return nil, fmt.Errorf("line %d: %s: a policy holds no lists and no references; write the value itself", n.Line, strings.TrimSuffix(path, "."))
	}
	// Zero is the one duration that needs no unit.
	if n.Tag == "!!int" && n.Value == "0" && durationFields[strings.TrimSuffix(path, ".")] {
		return "0s", nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, fmt.Errorf("line %d: %w", n.Line, err)
	}
	return v, nil
}

var durationFields = map[string]bool{
	"observe": true, "approval_timeout": true, "step_timeout": true, "offer_timeout": true, "abort_timeout": true,
	"agent_silence": true, "expert_silence": true, "request_max_age": true, "hold": true, "breaker.window": true, "queue.expire": true,
}

// lineOf finds the line on which a field stands; 0 if it isn't there.
func lineOf(n *yaml.Node, field string) int {
	if n.Kind != yaml.MappingNode || field == "" {
		return n.Line
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if field == key {
			return n.Content[i].Line
		}
		if rest, ok := strings.CutPrefix(field, key+"."); ok {
			return lineOf(n.Content[i+1], rest)
		}
	}
	return 0
}

// emptyYAML tells whether a file holds nothing but comments, or nothing at all.
func emptyYAML(text []byte) bool {
	var node yaml.Node
	return yaml.Unmarshal(text, &node) == nil && len(node.Content) == 0
}

// differences lists the fields in which two policies differ, in the order of their names.
func differences(before, after schema.Policy) ([]string, error) {
	was, err := fieldsOf(before)
	if err != nil {
		return nil, err
	}
	is, err := fieldsOf(after)
	if err != nil {
		return nil, err
	}
	names := maps.Clone(was)
	maps.Copy(names, is)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was[name] != is[name] {
			out = append(out, fmt.Sprintf("%s: %s -> %s", name, cmp.Or(was[name], "none"), cmp.Or(is[name], "none")))
		}
	}
	return out, nil
}

// fieldsOf gives a policy's fields as text, those within others by path.
func fieldsOf(p schema.Policy) (map[string]string, error) {
	node, err := yamlNode(p)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	var visit func(n *yaml.Node, path string)
	visit = func(n *yaml.Node, path string) {
		if n.Kind != yaml.MappingNode {
			out[path] = n.Value
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			visit(n.Content[i+1], strings.TrimPrefix(path+"."+n.Content[i].Value, "."))
		}
	}
	visit(node, "")
	return out, nil
}

// policyYAML writes a policy with every field, those not given marked as defaults.
func policyYAML(given schema.Policy) ([]byte, error) {
	full, err := yamlNode(given.WithDefaults())
	if err != nil {
		return nil, err
	}
	own, err := yamlNode(given)
	if err != nil {
		return nil, err
	}
	markDefaults(full, own)
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(full), enc.Close()); err != nil {
		return nil, fmt.Errorf("writing the policy: %w", err)
	}
	return out.Bytes(), nil
}

// yamlNode takes the way through JSON, so that both notations have the same names and
// durations, in the order in which schema.Policy lists them.
func yamlNode(p schema.Policy) (*yaml.Node, error) {
	b, err := schema.Encode(p)
	if err != nil {
		return nil, err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(b, &node); err != nil {
		return nil, fmt.Errorf("writing the policy: %w", err)
	}
	unquote(node.Content[0])
	return node.Content[0], nil
}

// unquote drops JSON's notation: YAML needs none of it.
func unquote(n *yaml.Node) {
	n.Style = 0
	for _, child := range n.Content {
		unquote(child)
	}
}

func markDefaults(full, own *yaml.Node) {
	for i := 0; i+1 < len(full.Content); i += 2 {
		key, value := full.Content[i], full.Content[i+1]
		given := valueOf(own, key.Value)
		switch {
		case given == nil && value.Kind == yaml.MappingNode && len(value.Content) > 0:
			markDefaults(value, &yaml.Node{Kind: yaml.MappingNode})
		case given == nil:
			value.LineComment = "default"
		case value.Kind == yaml.MappingNode && key.Value != "routes":
			markDefaults(value, given)
		}
	}
}

func valueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

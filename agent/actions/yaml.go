package actions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNesting is how deep a file may nest; a schema of parameters needs some.
const maxNesting = 32

// document is a file as written, so that a complaint can say the line.
type document struct{ root *yaml.Node }

var yamlLine = regexp.MustCompile(`line (\d+): `)

// parseYAML reads the one document of a file, as JSON would hold it.
func parseYAML(text []byte) (document, any, *Complaint) {
	var node yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&node); err != nil {
		if errors.Is(err, io.EOF) {
			return document{}, nil, &Complaint{Line: 1, Text: "the file is empty: list at least one action under actions"}
		}
		return document{}, nil, notYAML(err)
	}
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case err == nil:
		return document{}, nil, &Complaint{Line: second.Line, Text: "a second document begins here: keep everything in one, without ---"}
	case !errors.Is(err, io.EOF):
		return document{}, nil, notYAML(err)
	}
	root := node.Content[0]
	value, wrong := plain(root, 0)
	if wrong != nil {
		return document{}, nil, wrong
	}
	return document{root}, value, nil
}

func notYAML(err error) *Complaint {
	said := strings.TrimPrefix(err.Error(), "yaml: ")
	c := &Complaint{Line: 1, Text: said + "; write lines of name: value, indented alike with spaces"}
	if m := yamlLine.FindStringSubmatchIndex(said); m != nil {
		if line, err := strconv.Atoi(said[m[2]:m[3]]); err == nil {
			c.Line = line
			c.Text = said[:m[0]] + said[m[1]:] + "; write lines of name: value, indented alike with spaces"
		}
	}
	return c
}

// plain gives a node as JSON knows it.
func plain(n *yaml.Node, depth int) (any, *Complaint) {
	fault := func(at *yaml.Node, format string, args ...any) (any, *Complaint) {
		return nil, &Complaint{Line: at.Line, Text: fmt.Sprintf(format, args...)}
	}
	if depth > maxNesting {
		return fault(n, "is nested too deeply: at most %d levels", maxNesting)
	}
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
				return fault(key, "is no name: write name: value, without references")
			}
			if _, twice := out[key.Value]; twice {
				return fault(key, "%s is there twice: keep one", strconv.Quote(key.Value))
			}
			v, wrong := plain(n.Content[i+1], depth+1)
			if wrong != nil {
				return nil, wrong
			}
			out[key.Value] = v
		}
		return out, nil
	case yaml.SequenceNode:
		out := []any{}
		for _, item := range n.Content {
			v, wrong := plain(item, depth+1)
			if wrong != nil {
				return nil, wrong
			}
			out = append(out, v)
		}
		return out, nil
	case yaml.ScalarNode:
		return scalar(n, fault)
	}
	return fault(n, "is a reference: write the value itself")
}

func scalar(n *yaml.Node, fault func(*yaml.Node, string, ...any) (any, *Complaint)) (any, *Complaint) {
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return n.Value, nil
	case "!!null":
		return nil, nil
	case "!!bool":
		var v bool
		if err := n.Decode(&v); err != nil {
			return fault(n, "is neither true nor false: write one of them")
		}
		return v, nil
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value), nil
		}
		return fault(n, "%s is a number that JSON doesn't hold: write it in digits, or in quotes if it is text", n.Value)
	}
	return fault(n, "has the tag %s: leave the tag out", n.Tag)
}

// line finds the line on which a field stands, or the nearest one around it.
func (d document) line(field string) int {
	n, line := d.root, 1
	if n == nil {
		return line
	}
	for _, name := range steps(field) {
		var next *yaml.Node
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == name {
					line, next = n.Content[i].Line, n.Content[i+1]
				}
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.Content) {
				next = n.Content[i]
				line = next.Line
			}
		}
		if next == nil {
			return line
		}
		n = next
	}
	return line
}

var fieldStep = regexp.MustCompile(`\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)`)

// steps splits actions[0].exec.command[1] into its names and numbers.
func steps(field string) []string {
	var out []string
	for _, m := range fieldStep.FindAllStringSubmatch(field, -1) {
		switch {
		case m[1] != "":
			name, err := strconv.Unquote(`"` + m[1] + `"`)
			if err != nil {
				return out
			}
			out = append(out, name)
		case m[2] != "":
			out = append(out, m[2])
		default:
			out = append(out, m[3])
		}
	}
	return out
}

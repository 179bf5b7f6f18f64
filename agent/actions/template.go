package actions

import (
	"fmt"
	"regexp"
	"strings"
)

// Kinds of what a template may name.
const (
	ofParameter = ""
	ofSecret    = "secret"
	ofAttempt   = "attempt"
	ofAnswer    = "answer"
)

// reference is what stands between {{ and }}.
type reference struct {
	// of is where the value comes from.
	of, name string
	// optional: the text is left out where there is no value.
	optional bool
	// spread: each item of a list is an argument of its own.
	spread bool
}

func (r reference) String() string {
	if r.of == ofParameter {
		return r.name
	}
	return r.of + "." + r.name
}

// part is a piece of a template: text as it is, or a reference.
type part struct {
	text string
	ref  *reference
}

// template is a text with references.
type template []part

var referenceForm = regexp.MustCompile(`^(?:(secret|attempt|answer)\.)?([A-Za-z_][A-Za-z0-9_-]*)(\?|\.\.\.)?$`)

// parse reads a template: {{name}}, {{name?}}, {{name...}}, {{secret.name}},
// {{attempt.name}}, {{answer.name}}.
func parse(text string) (template, error) {
	var out template
	for text != "" {
		before, rest, found := strings.Cut(text, "{{")
		if before != "" {
			out = append(out, part{text: before})
		}
		if !found {
			break
		}
		inner, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return nil, fmt.Errorf("{{ is not closed: write {{name}}")
		}
		m := referenceForm.FindStringSubmatch(strings.TrimSpace(inner))
		if m == nil {
			return nil, fmt.Errorf("{{%s}} names nothing: write {{name}} for a parameter, {{name?}} for one that may be missing, {{name...}} for a list's items, {{secret.NAME}}, {{attempt.id}} or {{answer.NAME}}", inner)
		}
		out = append(out, part{ref: &reference{of: m[1], name: m[2], optional: m[3] == "?", spread: m[3] == "..."}})
		text = after
	}
	return out, nil
}

// alone gives the reference of a template that is nothing else.
func (t template) alone() *reference {
	if len(t) == 1 {
		return t[0].ref
	}
	return nil
}

func (t template) references() []*reference {
	var out []*reference
	for _, p := range t {
		if p.ref != nil {
			out = append(out, p.ref)
		}
	}
	return out
}

// attemptNames are what {{attempt.NAME}} may say.
var attemptNames = []string{"id", "token", "step", "number", "action"}

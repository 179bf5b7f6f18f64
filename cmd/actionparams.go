package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// offersWithin is how long a request waits to hear what agents offer; without an
// answer it is sent as it is, and the agent checks.
const offersWithin = 2 * time.Second

// taken is what a schema says of an action's parameters, as far as a terminal needs it.
type taken struct {
	Required   []string                   `json:"required"`
	Properties map[string]json.RawMessage `json:"properties"`
}

func readTakes(raw []byte) (taken, error) {
	var t taken
	if len(raw) == 0 {
		return t, nil
	}
	return t, json.Unmarshal(raw, &t)
}

// names lists the parameters, required ones first.
func (t taken) names() []string {
	out := slices.Sorted(maps.Keys(t.Properties))
	slices.SortStableFunc(out, func(a, b string) int {
		x, y := slices.Contains(t.Required, a), slices.Contains(t.Required, b)
		switch {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	return out
}

// takes describes an action's parameters in a line: the required ones as they are,
// the others in brackets.
func takes(raw []byte) string {
	t, err := readTakes(raw)
	if err != nil {
		return "?"
	}
	var out []string
	for _, name := range t.names() {
		text := clean(name)
		if !slices.Contains(t.Required, name) {
			text = "[" + text + "]"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// fit gives --param values the types that the action's agent expects, and refuses
// what it would refuse, before anything is sent.
func (r *requestCmd) fit(ctx context.Context, cl *client.Client, req *schema.Request) error {
	if r.Action == "" {
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, offersWithin)
	defer cancel()
	offered, err := cl.Actions(asking)
	if err != nil {
		return nil // whoever can't be asked now may still decide the request; its agent checks
	}
	offer := r.offerOf(offered)
	if offer == nil || len(offer.Parameters) == 0 {
		return nil
	}
	t, err := readTakes(offer.Parameters)
	if err != nil {
		return nil // the agent knows its own schema better
	}
	values := map[string]json.RawMessage{}
	for _, p := range r.Param {
		name, text, _ := strings.Cut(p, "=")
		if plain, isJSON := strings.CutSuffix(name, ":"); isJSON {
			values[plain] = json.RawMessage(text)
			continue
		}
		put(values, name, typed(t.Properties[name], text))
	}
	step := &req.Steps[0]
	if len(values) > 0 {
		if step.Parameters, err = json.Marshal(values); err != nil {
			return fmt.Errorf("making the request: %w", err)
		}
	}
	compiled, err := schema.CompileParameters(offer.Parameters)
	if err != nil {
		return nil // as above
	}
	if refusal := compiled.Check(step.Parameters); refusal != nil {
		return fmt.Errorf("asking for %s: %w; nothing was sent", clean(r.Action), refusal)
	}
	return nil
}

// offerOf finds who would carry the action out; nil where that can't be told.
func (r *requestCmd) offerOf(offered schema.Actions) *schema.Action {
	var found *schema.Action
	for _, agent := range offered.Agents {
		if r.Agent != "" && agent.Name != r.Agent {
			continue
		}
		for i, action := range agent.Actions {
			if action.Name != r.Action {
				continue
			}
			if found != nil && string(found.Parameters) != string(action.Parameters) {
				return nil
			}
			found = &agent.Actions[i]
		}
	}
	return found
}

// typed reads a text as what a schema expects there; what doesn't fit stays text,
// which the check refuses with the remedy.
func typed(property json.RawMessage, text string) any {
	var p struct {
		Type   any  `json:"type"`
		Secret bool `json:"secret"`
	}
	if len(property) == 0 || json.Unmarshal(property, &p) != nil {
		return text
	}
	if p.Secret && !strings.HasPrefix(text, "{") {
		return map[string]string{"secret": text}
	}
	switch p.Type {
	case "integer", "number":
		if _, err := strconv.ParseFloat(text, 64); err == nil && json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
	case "boolean":
		if text == "true" || text == "false" {
			return text == "true"
		}
	case "array":
		if json.Valid([]byte(text)) && strings.HasPrefix(text, "[") {
			return json.RawMessage(text)
		}
		var of struct {
			Items json.RawMessage `json:"items"`
		}
		_ = json.Unmarshal(property, &of) // it was read above
		items := []any{}
		for item := range strings.SplitSeq(text, ",") {
			if text != "" {
				items = append(items, typed(of.Items, item))
			}
		}
		return items
	case "object":
		if json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
	}
	return text
}

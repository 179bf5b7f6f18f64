package controller

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"expertcontroller/schema"
)

// Secrets never enter the log: where an agent's schema says secret: true, a parameter
// names one, as {"secret": "NAME"}, and the agent puts it in.

// secretsOf gives the parameters of an action that name secrets, by its JSON Schema.
func secretsOf(a *schema.Action) []string {
	var described struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if len(a.Parameters) == 0 || json.Unmarshal(a.Parameters, &described) != nil {
		return nil
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(described.Properties)) {
		var p struct {
			Secret bool `json:"secret"`
		}
		if json.Unmarshal(described.Properties[name], &p) == nil && p.Secret {
			out = append(out, name)
		}
	}
	return out
}

// Secrets gives, by action, the parameters that name secrets, as far as any agent's
// schema says so.
func (s *State) Secrets() map[string][]string { return s.secrets }

func (s *State) findSecrets() (out map[string][]string) {
	for _, agent := range s.agents {
		for i := range agent.Actions {
			a := &agent.Actions[i]
			names := secretsOf(a)
			if len(names) == 0 {
				continue
			}
			if out == nil {
				out = map[string][]string{}
			}
			for _, name := range names {
				if !slices.Contains(out[a.Name], name) {
					out[a.Name] = append(out[a.Name], name)
				}
			}
		}
	}
	return out
}

// NamesSecret tells whether a value names a secret instead of being one.
func NamesSecret(value json.RawMessage) bool {
	var named map[string]json.RawMessage
	var name string
	return json.Unmarshal(value, &named) == nil && len(named) == 1 && json.Unmarshal(named["secret"], &name) == nil && name != ""
}

// literal refuses a request in which a secret stands as it is. Neither the refusal nor
// anything else repeats it.
func (a *Actor) literal(message any) (bad *schema.Error) {
	m, ok := message.(*schema.Request)
	if !ok {
		return nil
	}
	var secrets map[string][]string
	a.View(func(s *State) { secrets = s.Secrets() })
	if len(secrets) == 0 {
		return nil
	}
	check := func(field, action string, parameters json.RawMessage) {
		var given map[string]json.RawMessage
		if bad != nil || len(parameters) == 0 || json.Unmarshal(parameters, &given) != nil {
			return
		}
		for _, name := range secrets[action] {
			if value, there := given[name]; there && !NamesSecret(value) {
				bad = &schema.Error{
					Type: schema.Type(schema.KindError), Code: 400, Reason: schema.CodeMalformed, Field: field + ".parameters." + name,
					Text: `is a secret as it is: name it instead, as in {"secret": "NAME"}, with a name that the agent's file lists; the one that was sent should be changed`,
				}
				return
			}
		}
	}
	for i := range m.Steps {
		check(fmt.Sprintf("steps[%d]", i), m.Steps[i].Action, m.Steps[i].Parameters)
		if n := m.Steps[i].Needed; n != nil {
			check(fmt.Sprintf("steps[%d].needed", i), n.Action, n.Parameters)
		}
	}
	if m.Probe != nil {
		check("probe", m.Probe.Action, m.Probe.Parameters)
	}
	return bad
}

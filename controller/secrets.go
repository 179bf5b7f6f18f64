package controller

import (
	"encoding/json"
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

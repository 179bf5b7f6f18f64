package controller

import (
	"encoding/json"
	"fmt"

	"expertcontroller/schema"
)

// NamesSecret tells whether a value names a secret instead of being one.
func NamesSecret(value json.RawMessage) bool {
	var named map[string]json.RawMessage
	var name string
	return json.Unmarshal(value, &named) == nil && len(named) == 1 && json.Unmarshal(named["secret"], &name) == nil && name != ""
}

// unfit refuses a request which says, within its schema, what nobody can mean.
func (a *Actor) unfit(message any) *schema.Error {
	if m, ok := message.(*schema.Request); ok {
		if bad := m.InTime(); bad != nil {
			return bad
		}
	}
	return a.literal(message)
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

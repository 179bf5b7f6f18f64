package cmd

import (
	"fmt"
	"strings"
	"testing"

	"expertcontroller/schema"
)

// What forty agents offer does not fit one message: schemas and descriptions go, the
// names of all actions stay. What fits is left as it is.
func TestAnswersWithManyAgentsFit(t *testing.T) {
	offers := func(agents int) []schema.AgentDocument {
		var out []schema.AgentDocument
		for i := range agents {
			doc := schema.AgentDocument{Name: fmt.Sprint("agent", i)}
			for j := range 100 {
				doc.Actions = append(doc.Actions, schema.Action{
					Name: fmt.Sprint("action", j), Description: strings.Repeat("d", 400),
					Parameters: []byte(`{"description":"` + strings.Repeat("p", 200) + `"}`),
				})
			}
			out = append(out, doc)
		}
		return out
	}
	for _, agents := range []int{3, 40} {
		a := schema.Actions{Agents: offers(agents)}
		if err := fitAgents(a.Agents, func() any { return a }); err != nil {
			t.Fatal(err)
		}
		out, err := schema.Encode(a)
		if err != nil || len(out) > answerMost {
			t.Errorf("%d agents take %d bytes: %v", agents, len(out), err)
		}
		whole := 0
		for _, doc := range a.Agents {
			for _, action := range doc.Actions {
				if action.Name != "" && len(action.Parameters) > 0 {
					whole++
				}
			}
		}
		if few := agents == 3; few != (whole == 100*agents) {
			t.Errorf("%d agents: %d actions have their schema", agents, whole)
		}
	}
}

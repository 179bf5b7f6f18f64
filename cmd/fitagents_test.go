package cmd

import (
	"fmt"
	"strings"
	"testing"
	"time"

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

// Thousands of holds and a long queue don't fit one message: those that matter last are
// left out. What fits is left as it is.
func TestAnOverviewFits(t *testing.T) {
	for _, holds := range []int{10, 8000} {
		o := schema.Overview{}
		for i := range holds {
			o.Holds = append(o.Holds, schema.HoldDocument{Expert: "e", Key: strings.Repeat("k", 200), Note: fmt.Sprint(i), Until: time.Unix(int64(holds-i), 0)})
		}
		for i := range holds / 10 {
			o.Postponed = append(o.Postponed, schema.Summary{Token: fmt.Sprint("t-", i), Title: strings.Repeat("\x01", 200), Key: strings.Repeat("\x01", 200)})
		}
		if err := fitOverview(&o); err != nil {
			t.Fatal(err)
		}
		out, err := schema.Encode(&o)
		if err != nil || len(out) > answerMost || holds > 10 && len(out) < answerMost/2 {
			t.Errorf("%d holds take %d bytes: %v", holds, len(out), err)
		}
		if few := holds == 10; few != (len(o.Holds) == holds) || !few && o.Holds[0].Note != fmt.Sprint(holds-1) || len(o.Postponed) == 0 || o.Postponed[0].Token != "t-0" {
			t.Errorf("of %d holds %d are left, of those that wait %d", holds, len(o.Holds), len(o.Postponed))
		}
	}
}

package webhook

import (
	"encoding/json"
	"testing"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// A prompt's notice holds the question, an outcome's the reason; each has an id of its own,
// and what has nothing to tell, or is not to be told, is left out.
func TestNotices(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 2, 10, 0, time.UTC)
	status := func(token, state string) schema.Status {
		return schema.Status{
			Token: token, State: state, Reason: schema.Reason{Code: "cured"}, Step: 1, AskedBy: schema.By{Role: schema.RoleExpert, Name: "daq"},
			Problems: []schema.ProblemStatus{{ID: "101", Title: "FED stuck", Description: "of HCAL"}, {ID: "102", Title: "another"}},
			Steps:    []schema.StepStatus{{Title: "first"}, {Title: "second"}},
			Prompt:   &schema.Prompt{ID: token + ".p2", Why: "because"},
		}
	}
	u := client.Update{
		Entry:    schema.Entry{System: "cms", Entry: 7, Lineage: "one"},
		Statuses: []schema.Status{status("cms-1", schema.AwaitingApproval), status("cms-2", schema.Completed)},
		Events: []schema.Event{
			{Kind: schema.EventPrompted, Token: "cms-1", Prompt: "cms-1.p2", At: at, Text: "asks"},
			{Kind: schema.EventPrompted, Token: "cms-1", Prompt: "cms-1.p1", At: at, Text: "asked before, withdrawn in the same entry"},
			{Kind: schema.EventNote, Token: "cms-1", At: at},
			{Kind: schema.EventCompleted, Token: "cms-2", At: at, Text: "cured"},
			{Kind: schema.EventCompleted, Token: "cms-3", At: at, Text: "of which nothing is known"},
		},
	}
	c := Config{Tell: []string{KindPrompt, KindOutcome}, Link: "https://desk.example/r/{token}"}
	got := c.notices(u)
	if len(got) != 3 {
		t.Fatalf("%d notices: %+v", len(got), got)
	}
	asks, before, ended := got[0], got[1], got[2]
	if asks.ID != "one/cms-1.p2" || asks.Kind != KindPrompt || asks.Prompt == nil || asks.Prompt.Why != "because" || asks.Reason.Code != "" {
		t.Errorf("the prompt: %+v", asks)
	}
	if before.ID != "one/cms-1.p1" || before.Prompt != nil {
		t.Errorf("one that is not open any more is told with another one's question: %+v", before)
	}
	if ended.ID != "one/cms-2.end" || ended.Kind != KindOutcome || ended.Prompt != nil || ended.Reason.Code != "cured" || ended.Link != "https://desk.example/r/cms-2" {
		t.Errorf("the outcome: %+v", ended)
	}
	if problems, err := json.Marshal(ended.Problems); err != nil || string(problems) != `["101","102"]` || ended.Title != "FED stuck" || ended.Description != "of HCAL" || ended.Step != "second" || !ended.At.Equal(at) || ended.Entry != 7 {
		t.Errorf("the outcome: %s %+v %v", problems, ended, err)
	}
	u.Statuses[1].Step = len(u.Statuses[1].Steps) // behind the last one
	if got := c.notices(u); len(got) != 3 || got[2].Step != "" {
		t.Errorf("behind the last step: %+v", got)
	}
	c.Tell = []string{KindOutcome}
	if got := c.notices(u); len(got) != 1 || got[0].Kind != KindOutcome {
		t.Errorf("only outcomes: %+v", got)
	}
}

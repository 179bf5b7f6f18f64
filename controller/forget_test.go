package controller

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

// A state read from a database, which gives recoveries by name, forgets those that ended
// first, as the one that saw them end.
func TestTheOldestAreForgottenAfterARestart(t *testing.T) {
	const many = keepEnded + 5
	s := NewState("cms")
	if err := s.foldAll(func(fold func(schema.Document) error) error {
		for i := 1; i <= many; i++ {
			ended := epoch.Add(-time.Duration(i) * time.Second) // the last one ended first
			token := fmt.Sprint("cms-", i)
			raw, err := schema.Encode(&schema.Status{Type: schema.Type(schema.KindStatus), Token: token, System: "cms", State: schema.Completed, Terminal: true, Ended: &ended})
			if err != nil {
				return err
			}
			if err := fold(schema.Document{Key: schema.KeyRecovery + token, Value: raw}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, "cms")
	w.state = s
	d := Step(s, []Input{w.input(schema.By{Role: schema.RoleOperator, Name: "anna"}, schema.KindMode, "", &schema.Mode{Type: schema.Type(schema.KindMode), Mode: schema.ModeManual})}, epoch)
	gone := map[string]bool{}
	for _, c := range d.Changes {
		if c.Kind == schema.KeyRecovery && c.Value == nil {
			gone[c.Name] = true
		}
	}
	for i := keepEnded + 1; i <= many; i++ {
		if !gone[fmt.Sprint("cms-", i)] {
			t.Errorf("cms-%d ended before a hundred others, and is not forgotten: %v are", i, gone)
		}
	}
	if len(gone) != many-keepEnded {
		t.Errorf("%d are forgotten: %v", len(gone), gone)
	}
}

// A time of another day is written with its day: a hold of three days ends not today.
func TestATimeOfAnotherDayHasItsDay(t *testing.T) {
	w := newWorld(t, "cms")
	anna := schema.By{Role: schema.RoleOperator, Name: "anna"}
	request := func(problem string) schema.Answer {
		m := byHandRequest(problem)
		return w.step(w.input(schema.By{Role: schema.RoleExpert, Name: "daq"}, schema.KindRequest, "", m)).Answers[0]
	}
	for problem, span := range map[string]time.Duration{"1": time.Hour, "2": 72 * time.Hour} {
		w.step(w.input(anna, schema.KindHold, "", &schema.Hold{Type: schema.Type(schema.KindHold), Expert: "daq", Problem: problem, For: schema.Duration(span)}))
	}
	for problem, until := range map[string]string{"1": "until 13:00:00Z", "2": "until 2026-11-24 12:00:00Z"} {
		if a := request(problem); a.Verdict != schema.Rejected || !strings.Contains(a.Reason.Text, until) {
			t.Errorf("%s, want %s", a.Reason.Text, until)
		}
	}
}

func byHandRequest(problem string) *schema.Request {
	return &schema.Request{Type: schema.Type(schema.KindRequest), Problem: schema.Problem{ID: problem, Title: "t"}, Steps: []schema.Step{{Title: "by hand", ByHand: true}}}
}

package controller

import (
	"fmt"
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

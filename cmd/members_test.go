package cmd

import (
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

// What comes next is said for a group, a pause and a question, too.
func TestNextSaysHowAGroupStands(t *testing.T) {
	c := newConsole(strings.NewReader(""), &lockedBuffer{}, &lockedBuffer{})
	s := recovery("default-1", schema.Running)
	at, end := born, born.Add(time.Hour)
	s.Deadline = &end
	step := &s.Steps[0]
	step.Order, step.Halted = schema.Parallel, schema.CodeStepFailed
	step.Members = []schema.Member{{Agent: "a", State: schema.MemberDone}, {Agent: "b", State: schema.MemberFailed}, {Agent: "c", State: schema.MemberOpen}}
	step.Attempts = []schema.Attempt{{Number: 3, Agent: "c", State: schema.AttemptGranted, Granted: &at}, {Number: 4, Agent: "d", State: schema.AttemptWithdrawn}}
	if got := c.next(s); got != "1 of 3 done, now c, halted: step_failed" {
		t.Errorf("a group: %q", got)
	}
	if got := c.stepLine(s, *step); !strings.Contains(got, "parallel group: a done, b failed, c open") {
		t.Errorf("its step: %q", got)
	}
	if got := consequence(s, &schema.Decide{Decision: schema.Approve}, 0); !strings.Contains(got, "with the agents b, c, all at once, now") {
		t.Errorf("a yes: %q", got)
	}
	step.Attempts = []schema.Attempt{{Number: 1, Agent: "c", State: schema.AttemptEnded}}
	if got := c.next(s); !strings.HasPrefix(got, "next attempt at 2026-11-21 13:02:10") {
		t.Errorf("a pause: %q", got)
	}
	s.Probes = []schema.Attempt{{Agent: "l0", State: schema.AttemptOffered}}
	if got := c.next(s); got != "l0 is asked whether step 0 is still needed" {
		t.Errorf("a question: %q", got)
	}
}

// What to do afterwards depends on how it ended, and is said only then.
func TestAftercareIsSaidAtTheEnd(t *testing.T) {
	s := recovery("default-1", schema.Running)
	s.Request = &schema.Request{Aftercare: &schema.Aftercare{Completed: []string{"log it"}, Failed: []string{"call", "write"}}}
	if got := aftercare(s); got != nil {
		t.Errorf("while it is open: %q", got)
	}
	s.Terminal, s.State = true, schema.Failed
	if got := strings.Join(aftercare(s), ""); got != "default-1 to do: call\ndefault-1 to do: write\n" {
		t.Errorf("failed: %q", got)
	}
	s.State = schema.Completed
	if got := strings.Join(aftercare(s), ""); got != "default-1 to do: log it\n" {
		t.Errorf("completed: %q", got)
	}
}

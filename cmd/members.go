package cmd

import (
	"fmt"
	"strings"

	"expertcontroller/schema"
)

// group gives the step that a recovery is at when a group carries it out, or nil.
func group(s *schema.Status) *schema.StepStatus {
	if s.Step >= len(s.Steps) || len(s.Steps[s.Step].Members) == 0 {
		return nil
	}
	return &s.Steps[s.Step]
}

// members says what became of each member of a group, in the group's order.
func members(step *schema.StepStatus) string {
	words := make([]string, len(step.Members))
	for i, m := range step.Members {
		words[i] = clean(m.Agent) + " " + clean(m.State)
	}
	return strings.Join(words, ", ")
}

// progressOf says how far a group has got, and who is at it.
func progressOf(step *schema.StepStatus) string {
	done := 0
	var open []string
	for _, m := range step.Members {
		switch m.State {
		case schema.MemberDone:
			done++
		case schema.MemberOpen:
			open = append(open, clean(m.Agent))
		}
	}
	out := fmt.Sprintf("%d of %d done", done, len(step.Members))
	if len(open) > 0 {
		out += ", now " + strings.Join(open, ", ")
	}
	if step.Halted != "" {
		out += ", halted: " + clean(step.Halted)
	}
	return out
}

// waitsAgain tells whether a recovery pauses before the next attempt of its step.
func waitsAgain(s *schema.Status) bool {
	if s.State != schema.Running || s.Deadline == nil || s.Step >= len(s.Steps) {
		return false
	}
	for _, a := range s.Steps[s.Step].Attempts {
		if a.State != schema.AttemptEnded && a.State != schema.AttemptWithdrawn {
			return false
		}
	}
	return question(s) == nil
}

// question gives the open probe that asks whether the step is still needed, or nil.
func question(s *schema.Status) *schema.Attempt {
	if n := len(s.Probes); n > 0 && s.State == schema.Running {
		if a := &s.Probes[n-1]; a.State == schema.AttemptOffered || a.State == schema.AttemptGranted {
			return a
		}
	}
	return nil
}

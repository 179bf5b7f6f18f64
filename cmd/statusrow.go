package cmd

import (
	"fmt"

	"expertcontroller/schema"
)

// statusGrid is the table of recoveries as they stand now.
func statusGrid() *grid {
	return newGrid("", "Token", "State", "Why", "Problem", "Step", "Next")
}

func (c *console) statusRow(g *grid, s *schema.Status) {
	g.row(s.Token, c.state(s.State), why(s.Reason), cell(problemOf(s)), stepOf(s), c.next(s))
}

// problemOf gives the problem's title, and how many more there are.
func problemOf(s *schema.Status) string {
	switch n := len(s.Problems); n {
	case 0:
		return ""
	case 1:
		return s.Problems[0].Title
	default:
		return fmt.Sprintf("%s (and %d more)", s.Problems[0].Title, n-1)
	}
}

// next says what happens next to a recovery.
func (c *console) next(s *schema.Status) string {
	switch {
	case s.Joined != "":
		return "follow " + clean(s.Joined)
	case s.Terminal:
		return "ended " + momentOf(s.Ended)
	case s.Prompt != nil && s.Prompt.Expires != nil:
		return fmt.Sprintf("%s %s, expires %s", s.Prompt.Kind, clean(s.Prompt.ID), c.left(*s.Prompt.Expires))
	case s.Prompt != nil:
		return fmt.Sprintf("%s %s", s.Prompt.Kind, clean(s.Prompt.ID))
	case question(s) != nil:
		return fmt.Sprintf("%s is asked whether step %d is still needed", clean(question(s).Agent), s.Step)
	case waitsAgain(s):
		return "next attempt at " + moment(*s.Deadline) + ", " + c.left(*s.Deadline)
	case group(s) != nil && s.State != schema.Observing:
		return progressOf(group(s))
	case s.Deadline != nil:
		return deadlineOf(s) + " " + moment(*s.Deadline) + ", " + c.left(*s.Deadline)
	}
	return acting(s)
}

// deadlineOf says what a recovery's deadline means: each state has another.
func deadlineOf(s *schema.Status) string {
	switch {
	case s.State == schema.Observing:
		return "watched until"
	case s.State == schema.Stopping:
		return "to have stopped by"
	case s.State == schema.Postponed && s.Reason.Code == schema.CodeScheduled:
		return "not before"
	case s.State == schema.Postponed:
		return "waits at most until"
	}
	return "at most until"
}

// acting says whom an attempt waits for, or who carries it out.
func acting(s *schema.Status) string {
	if s.Step >= len(s.Steps) || len(s.Steps[s.Step].Attempts) == 0 {
		return ""
	}
	attempts := s.Steps[s.Step].Attempts
	a := attempts[len(attempts)-1]
	switch {
	case a.State == schema.AttemptOffered && a.Offered != nil:
		return fmt.Sprintf("offered to %s since %s", clean(a.Agent), moment(*a.Offered))
	case a.State == schema.AttemptGranted && a.Stopped != nil:
		return fmt.Sprintf("%s was told to stop at %s", clean(a.Agent), moment(*a.Stopped))
	case a.State == schema.AttemptGranted && a.Granted != nil:
		return fmt.Sprintf("%s acts since %s", clean(a.Agent), moment(*a.Granted))
	}
	return ""
}

// line says in a line how a recovery stands, for stderr and for what is followed.
func (c *console) line(s *schema.Status, colour bool) string {
	out := s.Token + " " + paint(colour, stateColours[s.State], clean(s.State))
	if s.Reason.Code != "" {
		out += " (" + clean(s.Reason.Code) + ")"
	}
	if s.Event.Text != "" {
		out += ": " + clean(s.Event.Text)
	} else if s.Reason.Text != "" {
		out += ": " + clean(s.Reason.Text)
	}
	return out
}

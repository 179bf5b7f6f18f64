package cmd

import (
	"fmt"
	"strings"

	"expertcontroller/schema"
)

// consequence says what a yes to a decision will do, at the step that it is about.
func consequence(s *schema.Status, m *schema.Decide, at int) string {
	step := fmt.Sprintf("step %d", at)
	start := "start " + step
	if at < len(s.Steps) {
		st := s.Steps[at]
		if st.Title != "" {
			step += fmt.Sprintf(" \"%s\"", cell(st.Title))
		}
		start = "start " + step
		switch {
		case st.ByHand:
			start = "have " + step + " carried out by hand"
		case len(st.Members) > 0:
			var left []string
			for _, m := range st.Members {
				if m.State != schema.MemberDone {
					left = append(left, clean(m.Agent))
				}
			}
			start += " with the agents " + strings.Join(left, ", ") + together[st.Order]
		case st.Agent != "":
			start += " with agent " + clean(st.Agent)
		}
	}
	if end := instead(s, m, step); end != "" {
		return end
	}
	switch m.Decision {
	case schema.ApproveAll:
		return start + " now, and all later ones without asking"
	case schema.Approve, schema.Choose:
		return start + " now"
	case schema.Retry:
		return start + " once more"
	case schema.Done:
		return "say that " + step + " was done"
	case schema.GiveUp:
		return "end " + clean(s.Token) + " as failed"
	case schema.Decline:
		if s.Prompt.Kind == schema.PromptConfirm {
			return "say that " + step + " can't be done"
		}
		return "end " + clean(s.Token) + " without " + step + held(m.Hold)
	}
	return m.Decision + " " + clean(m.Prompt)
}

// instead says what an answer about an unclear outcome leads to when the recovery was
// interrupted meanwhile, or has to give way; "" where the answer itself decides.
func instead(s *schema.Status, m *schema.Decide, step string) string {
	if s.State != schema.Unclear || s.Stop == nil {
		return ""
	}
	answers := map[string]string{
		schema.Done:   "say that " + step + " was done",
		schema.Retry:  "say that " + step + " has to be tried again",
		schema.GiveUp: "say that nobody will know about " + step,
	}
	switch {
	case s.Stop.Reason == schema.StopInterrupted:
		return answers[m.Decision] + ", and end " + clean(s.Token) + " as cancelled, since it was interrupted"
	case s.Stop.Reason == schema.StopPreempted && m.Decision != schema.GiveUp:
		return answers[m.Decision] + ", and have " + clean(s.Token) + " give way to " + clean(s.Stop.For) + " and wait for its turn"
	}
	return ""
}

// together says how a group works.
var together = map[string]string{schema.Serial: ", one after another,", schema.Parallel: ", all at once,"}

// held says for how long a declined problem stays away.
func held(hold *schema.Duration) string {
	switch {
	case hold == nil:
		return ", and hold its problem for as long as the policy says"
	case *hold == 0:
		return ""
	}
	return ", and hold its problem for " + hold.String()
}

package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// patience is how long a message of an operator is repeated without an answer.
const patience = 30 * time.Second

// decision is what approve, decline and clarify have in common.
type decision struct {
	Prompt string `arg:"" name:"token|prompt" help:"A recovery, whose open prompt is shown and asked about; or the prompt itself, as in cms-37.p3; @last is the last one asked for here."`
	Note   string `placeholder:"TEXT" help:"Why; it stays with the recovery."`
	Yes    bool   `short:"y" help:"Do not ask, even with a token."`
}

// answer finds the prompt that is meant, has the operator confirm what a yes will do,
// sends the decision, and shows what became of it.
func (d *decision) answer(ctx context.Context, c *console, f *connection, cl *client.Client, m *schema.Decide) error {
	if d.Prompt == lastToken {
		token, err := c.last(f)
		if err != nil {
			return err
		}
		d.Prompt = token
	}
	m.Prompt, m.Note = d.Prompt, d.Note
	token, _, err := schema.ParsePromptID(d.Prompt)
	named := err == nil
	if !named {
		if _, _, err := schema.ParseToken(d.Prompt); err != nil {
			return usagef("%q is neither a recovery (cms-37) nor a prompt (cms-37.p3); `%s status` lists what is open", d.Prompt, c.self)
		}
		token = d.Prompt
	}
	// Whoever names the prompt has seen it; which step another index means, only the
	// recovery can tell.
	if !named || m.Step != nil {
		s, err := follow(ctx, cl, token)
		if err != nil {
			return err
		}
		if m.Step != nil && (*m.Step < 0 || *m.Step >= len(s.Steps)) {
			return usagef("--step %d: %s has the steps 0 to %d", *m.Step, clean(s.Token), len(s.Steps)-1)
		}
		if m.Step != nil && m.Decision == schema.Approve && (s.Prompt == nil || s.Prompt.Step != *m.Step) {
			m.Decision = schema.Choose
		}
		if !named {
			if err := d.confirm(ctx, c, cl, s, m); err != nil {
				return err
			}
		}
	}
	return d.send(ctx, c, cl, m)
}

// confirm binds the decision to the recovery's open prompt, once the operator has seen
// it and said yes.
func (d *decision) confirm(ctx context.Context, c *console, cl *client.Client, s *schema.Status, m *schema.Decide) error {
	if s.Prompt == nil {
		return refusedf("%s", c.closed(s))
	}
	m.Prompt = s.Prompt.ID
	if err := c.fits(s, m); err != nil {
		return err
	}
	if d.Yes {
		return nil
	}
	at := s.Prompt.Step
	if m.Step != nil {
		at = *m.Step
	}
	if comes(s) {
		c.asksTime(ctx, cl.In(s.System))
	}
	c.loud().showPrompt(s, at)
	question := consequence(s, m, at)
	yes, err := c.ask(ctx, question+"?")
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("reading the answer: %w; nothing was sent, say --yes where nobody can be asked", err)
	}
	if !yes {
		return fmt.Errorf("not confirmed: nothing was sent, %s is still open; say yes, or --yes", clean(m.Prompt))
	}
	return nil
}

// closed says that a recovery has no open prompt, who answered the last one, and where
// to look.
func (c *console) closed(s *schema.Status) string {
	out := fmt.Sprintf("%s has no open prompt: it is %s%s", clean(s.Token), clean(s.State), paren(s.Reason.Code))
	if n := len(s.ClosedPrompts); n > 0 {
		last := s.ClosedPrompts[n-1]
		at := moment(last.At)
		switch last.How {
		case schema.ClosedExpired:
			out += fmt.Sprintf("; %s expired at %s UTC", clean(last.ID), at)
		case schema.ClosedWithdrawn:
			out += fmt.Sprintf("; %s was withdrawn at %s UTC%s", clean(last.ID), at, colon(last.Why))
		default:
			out += fmt.Sprintf("; %s was answered (%s) by %s at %s UTC", clean(last.ID), clean(last.How), clean(last.By.String()), at)
		}
	}
	look := "watch"
	if s.Terminal {
		look = "show"
	}
	return out + fmt.Sprintf("; look with `%s %s %s`", c.self, look, clean(s.Token))
}

// fits refuses what the open prompt does not take, with what to type instead. The
// controller would refuse it, too; but nobody should be asked first.
func (c *console) fits(s *schema.Status, m *schema.Decide) error {
	takes := map[string][]string{
		schema.PromptApprove: {schema.Approve, schema.ApproveAll, schema.Choose, schema.Decline},
		schema.PromptConfirm: {schema.Done, schema.Decline},
		schema.PromptClarify: {schema.Done, schema.Retry, schema.GiveUp},
	}[s.Prompt.Kind]
	asks := map[string]string{
		schema.PromptApprove: "asks whether a step may start",
		schema.PromptConfirm: "asks for a step by hand",
		schema.PromptClarify: "asks what became of a step",
	}[s.Prompt.Kind]
	if takes != nil && !slices.Contains(takes, m.Decision) {
		return refusedf("%s %s, %s is no answer to it; nothing was sent\n%s", clean(s.Prompt.ID), asks, m.Decision, c.hint(s.Token, s.Prompt))
	}
	if s.Prompt.Kind == schema.PromptClarify && strings.TrimSpace(m.Note) == "" {
		return usagef("%s asks what became of a step: say with --note how you know", clean(s.Prompt.ID))
	}
	return nil
}

func paren(s string) string {
	if s == "" {
		return ""
	}
	return " (" + clean(s) + ")"
}

// showPrompt shows what an answer would be bound to, and marks the step that it is about.
func (c *console) showPrompt(s *schema.Status, at int) {
	p := s.Prompt
	c.say("%s %s: %s", clean(p.ID), paint(c.colourErr, call, clean(p.Kind)), clean(p.Why))
	for _, problem := range s.Problems {
		line := fmt.Sprintf("  problem %s of %s: %s", clean(problem.ID), clean(problem.Expert), clean(problem.Title))
		if problem.Cleared != nil {
			line += " (cleared)"
		}
		c.say("%s", line)
		if problem.Description != "" {
			c.say("    %s", schema.Shorten(clean(problem.Description), 300))
		}
	}
	for _, step := range s.Steps {
		mark := "  "
		if step.Index == at {
			mark = "> "
		}
		c.say("%s%s", mark, c.stepLine(s, step))
	}
	if p.Expires != nil {
		c.say("  expires %s UTC, %s", moment(*p.Expires), c.left(*p.Expires))
	}
	if p.OverrideUntil != nil && p.OverrideUntil.After(c.now()) {
		c.say("  %s until %s UTC: an answer before needs --override", paint(c.colourErr, alarm, "the agent may still be acting"), moment(*p.OverrideUntil))
	}
}

// stepLine writes a step: its index, title, action, agent, parameters and state.
func (c *console) stepLine(s *schema.Status, step schema.StepStatus) string {
	out := fmt.Sprintf("step %d: %s", step.Index, clean(step.Title))
	if step.ByHand {
		out += " [by hand]"
	}
	if step.Action != "" {
		out += " [" + clean(step.Action)
		if len(step.Members) > 0 {
			out += " by " + clean(step.Order) + " group: " + members(&step)
		} else if step.Agent != "" {
			out += " by " + clean(step.Agent)
		}
		if s.Request != nil && step.Index < len(s.Request.Steps) {
			if p := s.Request.Steps[step.Index].Parameters; len(p) > 0 {
				out += " " + schema.Shorten(clean(string(p)), 200)
			}
		}
		out += "]"
	}
	if step.State != "" {
		out += " " + clean(step.State)
	}
	if n := len(step.Attempts); n > 0 {
		out += fmt.Sprintf(", %d tried", n)
	}
	return out
}

// send sends the decision and shows the answer.
func (d *decision) send(ctx context.Context, c *console, cl *client.Client, m *schema.Decide) error {
	asking, done := c.patiently(ctx)
	answer, err := cl.Decide(asking, *m)
	done()
	if err != nil {
		return unanswered(err, "say it again, which does no harm: a prompt is answered once")
	}
	return c.settled(ctx, cl, answer)
}

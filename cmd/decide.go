package cmd

import (
	"context"
	"fmt"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// patience is how long a message of an operator is repeated without an answer.
const patience = 30 * time.Second

// decision is what approve, decline and clarify have in common.
type decision struct {
	Prompt string `arg:"" name:"token|prompt" help:"A recovery, whose open prompt is shown and asked about; or the prompt itself, as in cms-37.p3."`
	Note   string `placeholder:"TEXT" help:"Why; it stays with the recovery."`
	Yes    bool   `short:"y" help:"Do not ask, even with a token."`
}

// prompt gives the prompt that is meant: the one named, or the recovery's open one,
// once the operator has seen it. The status is nil where nobody had to look.
func (d *decision) prompt(ctx context.Context, c *console, cl *client.Client, doing string, look bool) (string, *schema.Status, error) {
	token, _, err := schema.ParsePromptID(d.Prompt)
	named := err == nil
	if !named {
		if _, _, err := schema.ParseToken(d.Prompt); err != nil {
			return "", nil, usagef("%q is neither a recovery (cms-37) nor a prompt (cms-37.p3)", d.Prompt)
		}
		token = d.Prompt
	}
	if named && !look {
		return d.Prompt, nil, nil
	}
	s, err := follow(ctx, cl, token)
	if err != nil {
		return "", nil, err
	}
	if named {
		return d.Prompt, s, nil
	}
	if s.Prompt == nil {
		return "", nil, fmt.Errorf("%s: %s has no open prompt: it is %s%s; follow it with `%s watch %s`",
			doing, clean(s.Token), clean(s.State), paren(s.Reason.Code), c.self, clean(s.Token))
	}
	if d.Yes {
		return s.Prompt.ID, s, nil
	}
	c.showPrompt(s)
	yes, err := c.ask(ctx, doing+"?")
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w; nothing was sent", doing, err)
	}
	if !yes {
		return "", nil, fmt.Errorf("%s: not confirmed, nothing was sent; say yes, or --yes", doing)
	}
	return s.Prompt.ID, s, nil
}

func paren(s string) string {
	if s == "" {
		return ""
	}
	return " (" + clean(s) + ")"
}

// showPrompt shows what an answer would be bound to.
func (c *console) showPrompt(s *schema.Status) {
	p := s.Prompt
	c.say("%s %s: %s", clean(p.ID), paint(c.colourErr, call, clean(p.Kind)), clean(p.Why))
	for _, problem := range s.Problems {
		line := fmt.Sprintf("  problem %s of %s: %s", clean(problem.ID), clean(problem.Expert), clean(problem.Title))
		if problem.Cleared != nil {
			line += " (cleared)"
		}
		c.say("%s", line)
		if problem.Description != "" {
			c.say("    %s", clip(clean(problem.Description), 300))
		}
	}
	for _, step := range s.Steps {
		mark := "  "
		if step.Index == p.Step {
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
		if step.Agent != "" {
			out += " by " + clean(step.Agent)
		}
		if s.Request != nil && step.Index < len(s.Request.Steps) {
			if p := s.Request.Steps[step.Index].Parameters; len(p) > 0 {
				out += " " + clip(clean(string(p)), 200)
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
	m.Note = d.Note
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := cl.Decide(ctx, *m)
	if err != nil {
		return err
	}
	return c.verdict(answer)
}

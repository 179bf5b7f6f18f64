package cmd

import (
	"context"
	"fmt"

	"expertcontroller/schema"
)

type showCmd struct {
	Token string `arg:"" help:"The recovery."`
}

// Help shows how it is used.
func (*showCmd) Help() string {
	return `Everything that happened, the oldest first, with who did it and the log's entry that holds it. Times are UTC.

` + examples(`expertcontroller show cms-37`, `expertcontroller show cms-37 --json`)
}

// Run tells the story.
func (s *showCmd) Run(ctx context.Context, c *console, f *connection) error {
	token, err := c.token(f, s.Token)
	if err != nil {
		return err
	}
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	status, err := cl.Record(ctx, token)
	if err != nil {
		return err
	}
	events, err := cl.In(status.System).Trail(ctx, token)
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(struct {
			Status *schema.Status `json:"status"`
			Events []schema.Event `json:"events"`
		}{status, events})
	}
	c.story(status, events)
	return nil
}

func (c *console) story(s *schema.Status, events []schema.Event) {
	head := fmt.Sprintf("%s %s", clean(s.Token), c.state(s.State))
	if s.Reason.Code != "" {
		head += " (" + clean(s.Reason.Code) + ")"
	}
	c.print("%s\n", head)
	if s.Reason.Text != "" {
		c.print("  %s\n", clean(s.Reason.Text))
	}
	if s.Simulated {
		c.print("  simulated: an agent that plays its actions took part\n")
	}
	if s.Joined != "" {
		c.print("  joined %s\n", clean(s.Joined))
	}
	c.print("asked by %s at %s UTC\n", clean(s.AskedBy.String()), moment(s.Created))
	for _, p := range s.Problems {
		c.print("problem %s of %s: %s", clean(p.ID), clean(p.Expert), clean(p.Title))
		if p.Cleared != nil {
			c.print(" (cleared %s UTC)", moment(*p.Cleared))
		}
		c.print("\n")
	}
	for _, step := range s.Steps {
		c.print("%s\n", c.stepLine(s, step))
		if n := step.Needed; n != nil {
			c.print("  still needed: %s%s\n", clean(n.Answer), paren(n.Text))
		}
		for _, a := range step.Attempts {
			c.attempt(a, len(step.Members) > 0)
		}
	}
	c.print("\n")
	for _, e := range events {
		c.print("%s  %-18s %s%s\n", moment(e.At), clean(e.Kind), clean(e.Text), byline(e))
	}
	if p := s.Prompt; p != nil {
		c.print("\nopen: %s %s: %s\n", clean(p.Kind), clean(p.ID), clean(p.Why))
	}
	c.printAftercare(s)
}

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + clean(s)
}

func byline(e schema.Event) string {
	out := ""
	if e.By.Name != "" || e.By.Role == schema.RoleController {
		out = "  by " + clean(e.By.String())
		if e.By.Via != "" && e.By.Via != schema.ViaController {
			out += " via " + clean(e.By.Via)
		}
	}
	if e.Entry > 0 {
		out += fmt.Sprintf("  [entry %d]", e.Entry)
	}
	return out
}

package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

type handoverCmd struct {
	Since *when `default:"8h" placeholder:"TIME" help:"Since when: a time, a day, or how long ago (default 8h)."`
}

// Help shows how it is used.
func (*handoverCmd) Help() string {
	return `What the next shift must know: how the system is run now, what is open and what it waits for, what is held, what did not end well, what is left to do by hand, what was noted, refused or unclear. What counts is when it happened: a recovery belongs to the shift in which it ended. Times are UTC.

` + examples(`expertcontroller handover`, `expertcontroller --system cms handover --since 12h`, `expertcontroller handover --since 2026-11-21 --json`)
}

// Run tells the next shift.
func (h *handoverCmd) Run(ctx context.Context, c *console, f *connection) error {
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	c.since(ctx, cl, h.Since)
	out, err := cl.Handover(ctx, h.Since.Time)
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(out)
	}
	c.hears(out.Until)
	c.handover(&out)
	return nil
}

func (c *console) handover(h *client.Handover) {
	c.print("system %s, %s to %s UTC\n", clean(h.System), moment(h.Since), moment(h.Until))
	c.print("mode %s%s%s\n", clean(h.Mode.Mode), sinceWhen(h.Mode.At, h.Mode.By), paren(h.Mode.Note))
	if p := h.Policy; p != nil {
		c.print("the policy was changed at %s UTC, by %s%s\n", moment(p.At), clean(p.By.String()), paren(p.Note))
	}
	g := newGrid("Open", "Token", "State", "Why", "Problem", "Next")
	for _, s := range h.Open {
		status := schema.Status{Token: s.Token, State: s.State, Reason: s.Reason, Prompt: s.Prompt, Deadline: s.Deadline}
		g.row(clean(s.Token), c.state(s.State), why(s.Reason), cell(s.Title), c.next(&status))
	}
	c.grid(g, "nothing is open")
	for _, s := range h.Open {
		if s.Prompt != nil {
			c.print("%s\n", c.hint(s.Token, s.Prompt))
		}
	}
	for _, hold := range h.Holds {
		c.held(hold)
	}
	troubled := newGrid("Did not end well", "Token", "Ended", "State", "Problem", "Why")
	for _, s := range h.Ended {
		if s.State != schema.Completed {
			troubled.row(clean(s.Token), momentOf(s.Ended), c.state(s.State)+paren(s.Reason.Code), cell(s.Title), clean(s.Reason.Text))
		}
	}
	if troubled.n > 0 {
		c.grid(troubled, "")
	}
	for _, d := range h.ToDo {
		c.print("to do after %s %s: %s\n", clean(d.Token), c.state(d.State), clean(d.Text))
	}
	for _, e := range h.Events {
		about := ""
		if e.Token != "" {
			about = " on " + clean(e.Token)
		}
		c.print("%s%s by %s at %s UTC: %s\n", strings.ReplaceAll(clean(e.Kind), "_", " "), about, clean(e.By.String()), moment(e.At), clean(e.Text))
	}
	if len(h.States) == 0 {
		c.print("nothing ended in this time\n")
	} else {
		c.print("ended in this time: %s\n", c.counts(h.States))
	}
	if h.Untold > 0 {
		c.print("%d more are not told here: `%s audit --since ...` lists them\n", h.Untold, c.self)
	}
}

// sinceWhen says since when something holds, and who made it so, if anybody did.
func sinceWhen(at time.Time, by schema.By) string {
	if by.Name == "" {
		return ""
	}
	return fmt.Sprintf(" since %s UTC, by %s", moment(at), clean(by.String()))
}

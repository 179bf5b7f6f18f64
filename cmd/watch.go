package cmd

import (
	"context"
	"errors"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

type watchCmd struct {
	Token string `arg:"" optional:"" help:"One recovery, until it has ended (default: the system, until interrupted)."`
}

// Help shows how it is used.
func (*watchCmd) Help() string {
	return `Shows how things stand, then what happens, without a gap, across every absence of the controller or the broker. Times are UTC.

` + examples(`expertcontroller watch`, `expertcontroller watch cms-37`, `expertcontroller --system cms watch --json | jq .events`)
}

// Run follows.
func (w *watchCmd) Run(ctx context.Context, c *console, f *connection) error {
	if w.Token != "" {
		token, err := c.token(f, w.Token)
		if err != nil {
			return err
		}
		w.Token = token
	}
	o, err := f.options(schema.RoleOperator)
	if err != nil {
		return err
	}
	o.Logger = c.logger()
	cl, err := client.Connect(ctx, o)
	if err != nil {
		return err
	}
	defer cl.Close()
	if w.Token == "" {
		return c.watchSystem(ctx, cl)
	}
	return c.watchRecovery(ctx, cl, w.Token)
}

// watchSystem shows a system at a glance, then follows it until the context ends.
func (c *console) watchSystem(ctx context.Context, cl *client.Client) error {
	o, err := cl.Overview(ctx)
	if err != nil {
		return err
	}
	if c.json {
		if err := c.printJSON(o); err != nil {
			return err
		}
	} else {
		c.overview(o)
		if o.UnderWay != nil && o.UnderWay.Prompt != nil {
			c.print("%s\n", c.hint(o.UnderWay.Token, o.UnderWay.Prompt))
		}
	}
	err = cl.Watch(ctx, "", o.Entry, c.update)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// errOver ends a watch whose recovery has ended.
var errOver = errors.New("the recovery has ended")

// watchRecovery shows a recovery, then follows it, and what it joined, to the end.
func (c *console) watchRecovery(ctx context.Context, cl *client.Client, token string) error {
	s, err := cl.Status(ctx, token)
	if err != nil {
		return err
	}
	if s, err = cl.Resolve(ctx, s); err != nil {
		return err
	}
	if c.json {
		if err := c.printJSON(s); err != nil {
			return err
		}
	} else {
		c.print("%s %s\n", moment(s.Updated), c.line(s, c.colourOut))
		if s.Prompt != nil {
			c.print("%s\n", c.hint(s.Token, s.Prompt))
		}
	}
	if s.Terminal {
		return nil
	}
	err = cl.Watch(ctx, s.Token, s.Entry, func(u client.Update) error {
		if err := c.update(u); err != nil {
			return err
		}
		for _, s := range u.Statuses {
			if s.Terminal && s.State != schema.Joined {
				return errOver
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, errOver):
		return nil
	case ctx.Err() != nil:
		c.say("%s goes on; look with `%s status %s`", clean(s.Token), c.self, clean(s.Token))
		return nil
	}
	return err
}

// update prints what one entry changed.
func (c *console) update(u client.Update) error {
	if c.json {
		return c.printJSON(struct {
			Entry    uint64          `json:"entry"`
			At       time.Time       `json:"at"`
			Events   []schema.Event  `json:"events"`
			Statuses []schema.Status `json:"statuses"`
		}{u.Entry.Entry, u.Entry.At, u.Events, u.Statuses})
	}
	if u.Missed > 0 {
		c.print("(%d entries before are no longer kept)\n", u.Missed)
	}
	states := map[string]schema.Status{}
	for _, s := range u.Statuses {
		states[s.Token] = s
	}
	for _, e := range u.Events {
		c.print("%s  %s%s\n", e.At.UTC().Format(time.TimeOnly), c.subject(e, states), clean(e.Text)+byWhom(e))
		if s, ok := states[e.Token]; ok && s.Prompt != nil && e.Kind == schema.EventPrompted {
			c.print("%s\n", c.hint(s.Token, s.Prompt))
		}
	}
	return nil
}

// subject says what an event is about: the recovery and its state, or the system.
func (c *console) subject(e schema.Event, states map[string]schema.Status) string {
	if e.Token == "" {
		return ""
	}
	if s, ok := states[e.Token]; ok {
		pad := strings.Repeat(" ", max(0, len(schema.AwaitingApproval)-len(s.State)))
		return clean(e.Token) + "  " + c.state(s.State) + pad + "  "
	}
	return clean(e.Token) + "  "
}

// byWhom names a person or program, where the text doesn't.
func byWhom(e schema.Event) string {
	if e.By.Name == "" || e.By.Role == schema.RoleController || strings.Contains(e.Text, e.By.Name) {
		return ""
	}
	return " (" + clean(e.By.String()) + ")"
}

// hint says what to type to answer a prompt.
func (c *console) hint(token string, p *schema.Prompt) string {
	token = clean(token)
	cmd := "  -> " + c.self + " "
	switch p.Kind {
	case schema.PromptConfirm:
		return cmd + "clarify " + token + " done" + "    or    decline " + token
	case schema.PromptClarify:
		return cmd + "clarify " + token + " done|retry|give_up --note ..."
	}
	return cmd + "approve " + token + "    or    decline " + token
}

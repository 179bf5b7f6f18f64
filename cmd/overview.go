package cmd

import (
	"context"
	"fmt"
	"strings"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// overview prints a system at a glance.
func overview(ctx context.Context, c *console, cl *client.Client) error {
	o, err := cl.Overview(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(o)
	}
	c.overview(o)
	return nil
}

func (c *console) overview(o schema.Overview) {
	c.hears(o.At)
	c.print("system %s, mode %s, entry %d\n", clean(o.System), clean(o.Mode.Mode), o.Entry)
	g := newGrid("", "Token", "State", "Why", "Problem", "Step", "Next")
	add := func(s schema.Summary) {
		status := schema.Status{Token: s.Token, State: s.State, Reason: s.Reason, Terminal: s.Terminal, Joined: s.Joined, Prompt: s.Prompt, Deadline: s.Deadline, Ended: s.Ended}
		title := s.Title
		if len(s.Problems) > 1 {
			title = fmt.Sprintf("%s (and %d more)", title, len(s.Problems)-1)
		}
		step := "none left"
		switch rest := s.Steps - s.Step - 1; {
		case rest == 0:
			step = fmt.Sprintf("%d, the last", s.Step)
		case rest > 0:
			step = fmt.Sprintf("%d, %d more", s.Step, rest)
		}
		g.row(clean(s.Token), c.state(s.State), why(s.Reason), cell(title), step, c.next(&status))
	}
	if o.UnderWay != nil {
		add(*o.UnderWay)
	}
	for _, s := range o.Postponed {
		add(s)
	}
	c.grid(g, "no recovery is under way, none waits")
	for _, h := range o.Holds {
		c.held(h)
	}
	if len(o.Agents) == 0 {
		c.print("no agent has offered anything yet\n")
		return
	}
	names := make([]string, len(o.Agents))
	for i, a := range o.Agents {
		names[i] = clean(a.Name) + " " + c.presence(a)
		if a.Simulated {
			names[i] += " (simulated)"
		}
	}
	c.print("agents: %s\n", strings.Join(names, ", "))
}

// whose says in words whose requests are held.
func whose(owner string) string {
	if name, operators := strings.CutPrefix(owner, schema.RoleOperator+":"); operators {
		return schema.RoleOperator + " " + name
	}
	return schema.RoleExpert + " " + owner
}

// held prints a hold in a line.
func (c *console) held(h schema.HoldDocument) {
	what := "key " + h.Key
	if h.Key == "" {
		what = "problem " + h.Problem
	}
	c.print("held: %s of %s until %s UTC, by %s (%s)\n", cell(what), clean(whose(h.Expert)), moment(h.Until), clean(h.By.String()), clean(h.Why))
}

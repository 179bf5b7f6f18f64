package cmd

import (
	"context"
)

type actionsCmd struct{}

// Help shows how it is used.
func (*actionsCmd) Help() string {
	return examples(`expertcontroller actions`, `expertcontroller actions --json`)
}

// Run lists what agents offer.
func (*actionsCmd) Run(ctx context.Context, c *console, f *connection) error {
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	actions, err := cl.Actions(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(actions)
	}
	g := newGrid("", "Agent", "There", "Action", "What it does", "Harmless", "Usually takes", "Cut off")
	for _, a := range actions.Agents {
		name := clean(a.Name)
		if a.Simulated {
			name += " (simulated)"
		}
		there := c.presence(a)
		if len(a.Actions) == 0 {
			g.row(name, there, "none", "", "", "", "")
		}
		for _, action := range a.Actions {
			harmless, usual, cutOff := "no", "", "goes on"
			if action.CutOff != nil {
				cutOff = "stops after " + action.CutOff.String()
			}
			if action.Harmless {
				harmless = "yes"
			}
			if action.Usual != nil {
				usual = action.Usual.String()
			}
			what := clean(action.Name)
			if action.Name == "*" {
				what = "* (every action)"
			}
			g.row(name, there, what, cell(action.Description), harmless, usual, cutOff)
		}
	}
	c.grid(g, "no agent has offered anything yet; start one with `expertcontroller agent`")
	return nil
}

package cmd

import (
	"context"
)

type actionsCmd struct{}

// Help shows how it is used.
func (*actionsCmd) Help() string {
	return `Takes: the parameters, those in brackets may be left out; --json shows their schemas. Stops: whether it ends when it is told to. At most: how long its agent lets it take. Cut off: what becomes of it while its agent reaches no controller.

` + examples(`expertcontroller actions`, `expertcontroller actions --json`)
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
	g := newGrid("", "Agent", "There", "Action", "What it does", "Takes", "Harmless", "Stops", "Usually", "At most", "Cut off")
	for _, a := range actions.Agents {
		name := clean(a.Name)
		if a.Simulated {
			name += " (simulated)"
		}
		there := c.presence(a)
		if len(a.Actions) == 0 {
			g.row(name, there, "none", "", "", "", "", "", "", "")
		}
		for _, action := range a.Actions {
			harmless, usual, most, stops, cutOff := "no", "", "", "", "goes on"
			if action.CutOff != nil {
				cutOff = "stops after " + action.CutOff.String()
			}
			if action.Harmless {
				harmless = "yes"
			}
			if action.Usual != nil {
				usual = action.Usual.String()
			}
			if action.Timeout != nil {
				most = action.Timeout.String()
			}
			if action.Abortable != nil {
				stops = "no"
				if *action.Abortable {
					stops = "yes"
				}
			}
			what := clean(action.Name)
			if action.Name == "*" {
				what = "* (every action)"
			}
			g.row(name, there, what, cell(action.Description), cell(takes(action.Parameters)), harmless, stops, usual, most, cutOff)
		}
	}
	c.grid(g, "no agent has offered anything yet; start one with `expertcontroller agent`")
	return nil
}

package cmd

import (
	"context"

	"expertcontroller/schema"
)

type declineCmd struct {
	decision
	Hold *schema.Duration `placeholder:"D" help:"How long the problem is held then (default: the policy's; 0s: not at all)."`
}

// Help shows how it is used.
func (*declineCmd) Help() string {
	return `Ends the recovery; of a step by hand it says that the step can't be done.

` + examples(`expertcontroller decline cms-37`, `expertcontroller decline cms-37.p3 --note "beam dump in 2 minutes" --hold 30m`)
}

// Run declines.
func (d *declineCmd) Run(ctx context.Context, c *console, f *connection) error {
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	return d.answer(ctx, c, f, cl, &schema.Decide{Decision: schema.Decline, Hold: d.Hold})
}

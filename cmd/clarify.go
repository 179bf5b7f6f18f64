package cmd

import (
	"context"

	"expertcontroller/schema"
)

type clarifyCmd struct {
	decision
	Decision string `arg:"" enum:"done,retry,give_up" help:"done: it was done; retry: try it again; give_up: end the recovery."`
	Override bool   `help:"Answer although an agent that can't be reached may still be acting."`
}

// Help shows how it is used.
func (*clarifyCmd) Help() string {
	return `An attempt whose outcome nobody knows blocks the system until its agent tells, or an operator does, with a reason. A step by hand is confirmed with done.

` + examples(`expertcontroller clarify cms-37 done --note "looked at the partition: recycled"`,
		`expertcontroller clarify cms-37.p4 retry --note "agent's host is down" --override`)
}

// Run clarifies.
func (d *clarifyCmd) Run(ctx context.Context, c *console, f *connection) error {
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	return d.answer(ctx, c, f, cl, &schema.Decide{Decision: d.Decision, Override: d.Override})
}

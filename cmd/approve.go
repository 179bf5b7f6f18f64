package cmd

import (
	"context"

	"expertcontroller/schema"
)

type approveCmd struct {
	decision
	Step *int `placeholder:"N" xor:"which" help:"Start this step instead; steps count from 0."`
	All  bool `xor:"which" help:"Let all steps that remain follow without asking."`
}

// Help shows how it is used.
func (*approveCmd) Help() string {
	return `With a token it shows the open prompt and asks. The answer is bound to what was shown: if another operator was faster, or the prompt has changed, it is refused and says who won (exit code 5).

` + examples(`expertcontroller approve cms-37`, `expertcontroller approve cms-37.p3`, `expertcontroller approve cms-37 --step 1 --yes`, `expertcontroller approve cms-37 --all`)
}

// Run approves.
func (a *approveCmd) Run(ctx context.Context, c *console, f *connection) error {
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	m := &schema.Decide{Decision: schema.Approve, Step: a.Step}
	if a.All {
		m.Decision = schema.ApproveAll
	}
	return a.answer(ctx, c, f, cl, m)
}

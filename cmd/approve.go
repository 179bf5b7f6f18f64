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
	id, s, err := a.prompt(ctx, c, cl, "approving "+a.what(), a.Step != nil)
	if err != nil {
		return err
	}
	m := &schema.Decide{Prompt: id, Decision: schema.Approve, Step: a.Step}
	switch {
	case a.All:
		m.Decision = schema.ApproveAll
	case a.Step != nil && (s.Prompt == nil || s.Prompt.Step != *a.Step):
		m.Decision = schema.Choose
	}
	return a.send(ctx, c, cl, m)
}

func (a *approveCmd) what() string {
	if a.All {
		return "all remaining steps of " + clean(a.Prompt)
	}
	return clean(a.Prompt)
}

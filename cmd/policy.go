package cmd

import (
	"context"
	"fmt"

	"expertcontroller/client"
	"expertcontroller/schema"
)

type policyCmd struct {
	Show  policyShowCmd  `cmd:"" help:"Print the policy in force as YAML, defaults marked."`
	Apply policyApplyCmd `cmd:"" help:"Put the policy of a file in force, whole."`
	Test  policyTestCmd  `cmd:"" help:"Which recorded decisions a policy would have decided otherwise."`
}

type policyShowCmd struct{}

// Help shows how it is used.
func (*policyShowCmd) Help() string {
	return `What it prints can be edited and applied.

` + examples(`expertcontroller policy show > policy.yaml`, `expertcontroller policy show --json`)
}

// Run prints the policy in force.
func (*policyShowCmd) Run(ctx context.Context, c *console, f *connection) error {
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	p, err := cl.PolicyInForce(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(p)
	}
	if p.Given.By.Name == "" {
		c.print("# system %s: no policy was applied, these are the defaults\n", clean(p.System))
	} else {
		c.print("# system %s: in force since %s UTC by %s, entry %d\n", clean(p.System), moment(p.Given.At), clean(p.Given.By.String()), p.Given.Entry)
	}
	b, err := policyYAML(p.Given.Policy)
	if err != nil {
		return err
	}
	c.print("%s", cleanLines(string(b)))
	return nil
}

type policyApplyCmd struct {
	File string `arg:"" help:"The policy as YAML; - reads it from stdin."`
	Note string `placeholder:"TEXT" help:"Why."`
}

// Help shows how it is used.
func (*policyApplyCmd) Help() string {
	return `What the file leaves out is back to its default; what that changes is listed. The mode in a file is the one that a new log begins in: "expertcontroller mode" changes the present one.

` + examples(`expertcontroller policy apply policy.yaml --note "longer observe period for HCAL"`)
}

// Run applies the policy.
func (p *policyApplyCmd) Run(ctx context.Context, c *console, f *connection) error {
	text, err := readFile(c.in, p.File)
	if err != nil {
		return fmt.Errorf("reading the policy: %w", err)
	}
	policy, err := parsePolicy(p.File, text)
	if err != nil {
		return err
	}
	if emptyYAML(text) {
		return fmt.Errorf("reading the policy %s: it is empty, and everything would be back to its default; write {} if that is meant", p.File)
	}
	return operate(ctx, c, f, func(ctx context.Context, cl *client.Client) (schema.Answer, error) {
		before, err := cl.PolicyInForce(ctx)
		if err != nil {
			return schema.Answer{}, err
		}
		answer, err := cl.Policy(ctx, schema.ApplyPolicy{Policy: policy, Note: p.Note})
		if err != nil || answer.Verdict != schema.Recorded {
			return answer, err
		}
		return answer, c.policyChanges(ctx, cl, before, policy)
	})
}

// policyChanges says what a policy that was applied changed, and what it did not.
func (c *console) policyChanges(ctx context.Context, cl *client.Client, before schema.PolicyAnswer, policy schema.Policy) error {
	lines, err := differences(before.Effective, policy.WithDefaults())
	if err != nil {
		return err
	}
	for _, line := range lines {
		c.say("  %s", clean(line))
	}
	if len(lines) == 0 {
		c.say("  nothing differs from what was in force")
	}
	if policy.Mode == "" {
		return nil
	}
	o, err := cl.Overview(ctx)
	if err != nil {
		return fmt.Errorf("the policy is in force; looking at the mode: %w", err)
	}
	if o.Mode.Mode != policy.Mode {
		c.say("the mode stays %s: the file's is that of a new log; change it with `%s mode %s`", clean(o.Mode.Mode), c.self, policy.Mode)
	}
	return nil
}

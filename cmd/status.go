package cmd

import (
	"context"

	"expertcontroller/client"
	"expertcontroller/schema"
)

type statusCmd struct {
	seeing `embed:""`
	Tokens []string `arg:"" optional:"" name:"token" help:"Recoveries; @last is the last one asked for here, - reads them from stdin (default: the one under way and those that wait)."`
}

// Help shows how it is used.
func (*statusCmd) Help() string {
	return `The exit code says how they stand: 0 completed, 3 failed, 4 cancelled, 5 rejected, 6 still open; of several, the first of 1, 6, 3, 4, 5, 0. One that joined another is followed.

` + examples(`expertcontroller status cms-37`, `expertcontroller status cms-37 cms-38 --json`, `expertcontroller status @last --quiet; echo $?`, `expertcontroller status @last --consume`, `expertcontroller status`)
}

// Run looks once.
func (s *statusCmd) Run(ctx context.Context, c *console, f *connection) error {
	tokens, err := c.tokens(f, s.Tokens)
	if err != nil {
		return err
	}
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	if len(tokens) == 0 {
		return overview(ctx, c, cl)
	}
	g := statusGrid()
	var codes []int
	asked := false
	var todo, seen []*schema.Status
	for _, token := range tokens {
		status, err := follow(ctx, cl, token)
		if err != nil {
			codes = append(codes, c.complain(err))
			continue
		}
		codes, seen = append(codes, client.ExitCode(status)), append(seen, status)
		if c.json {
			if err := c.printJSON(status); err != nil {
				return err
			}
			continue
		}
		if comes(status) && !c.quiet && !asked {
			c.asksTime(ctx, cl.In(status.System))
			asked = true
		}
		c.statusRow(g, status)
		todo = append(todo, status)
	}
	if g.n > 0 && !c.quiet {
		c.grid(g, "")
	}
	for _, status := range todo {
		c.printAftercare(status)
	}
	s.say(ctx, c, cl, seen)
	return ended(client.ExitCodes(codes))
}

// follow asks for a recovery, and for the one that it joined instead.
func follow(ctx context.Context, cl *client.Client, token string) (*schema.Status, error) {
	s, err := cl.Status(ctx, token)
	if err != nil {
		return nil, err
	}
	return cl.Resolve(ctx, s)
}

package cmd

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

type waitCmd struct {
	Tokens   []string        `arg:"" name:"token" help:"Recoveries."`
	Any      bool            `xor:"which" help:"Until the first of them has ended."`
	All      bool            `xor:"which" help:"Until all have ended (the default)."`
	Timeout  schema.Duration `placeholder:"D" help:"How long at most (default: for ever)."`
	Interval schema.Duration `placeholder:"D" help:"The pause between two polls (default: as the controller advises)."`

	// beside makes the result go to stderr, where stdout is taken.
	beside bool
}

// Help shows how it is used.
func (*waitCmd) Help() string {
	return `Each poll is a short call on a connection of its own, so that a wait outlives controllers, brokers and networks; it says so when none answers. What happens goes to stderr, how it ended to stdout.
Exit code: 0 completed, 3 failed, 4 cancelled, 5 rejected, 6 still open when the time was over; of several, the first of 1, 6, 3, 4, 5, 0.

` + examples(`expertcontroller wait cms-37`, `expertcontroller wait cms-37 cms-38 --any --timeout 30m`, `expertcontroller wait cms-37 --interval 1m --json`)
}

// Run waits.
func (w *waitCmd) Run(ctx context.Context, c *console, f *connection) error {
	o, err := f.options(schema.RoleOperator)
	if err != nil {
		return err
	}
	if err := tokens(w.Tokens); err != nil {
		return err
	}
	o.Patient = true
	cl, err := client.Connect(ctx, o)
	if err != nil {
		return err
	}
	// Every poll connects by itself: nothing stays open between them.
	cl.Close()
	opts := client.WaitOptions{Interval: w.Interval.D(), OwnConnection: true, OnPoll: c.follower()}
	if w.Timeout > 0 {
		opts.Deadline = time.Now().Add(w.Timeout.D())
	}
	statuses, err := w.wait(ctx, cl, opts)
	codes := w.codes(ctx, c, statuses, err)
	if err := w.result(c, statuses); err != nil {
		return err
	}
	return ended(client.ExitCodes(codes))
}

// wait waits for all, or for any: then only that one's status is given.
func (w *waitCmd) wait(ctx context.Context, cl *client.Client, opts client.WaitOptions) ([]*schema.Status, error) {
	if !w.Any {
		return cl.WaitAll(ctx, w.Tokens, opts)
	}
	var seen map[string]*schema.Status
	hear := opts.OnPoll
	seen = map[string]*schema.Status{}
	opts.OnPoll = func(p client.Poll) {
		if p.Status != nil {
			seen[p.Token] = p.Status
		}
		hear(p)
	}
	_, s, err := cl.WaitAny(ctx, w.Tokens, opts)
	if err == nil {
		return []*schema.Status{s}, nil
	}
	statuses := make([]*schema.Status, len(w.Tokens))
	for i, token := range w.Tokens {
		statuses[i] = seen[token]
	}
	return statuses, err
}

// codes gives the exit code of each recovery, and says why a wait ended early.
func (w *waitCmd) codes(ctx context.Context, c *console, statuses []*schema.Status, err error) []int {
	codes := make([]int, len(statuses))
	for i, s := range statuses {
		codes[i] = client.ExitCode(s)
	}
	if ctx.Err() != nil {
		for i, s := range statuses {
			if s != nil && !s.Terminal {
				c.say("%s goes on; look with `%s status %s`, stop it with `%s interrupt %s`", s.Token, c.self, s.Token, c.self, s.Token)
			} else if s == nil && i < len(w.Tokens) {
				c.say("what became of %s is unknown; it goes on if it was under way; look with `%s status %s`", clean(w.Tokens[i]), c.self, clean(w.Tokens[i]))
			}
		}
		return codes
	}
	for _, e := range each(err) {
		if errors.Is(e, client.ErrStillOpen) {
			c.say("the time is over: %s", clean(e.Error()))
			continue
		}
		codes = append(codes, c.complain(e))
	}
	return codes
}

// each takes joined errors apart.
func each(err error) []error {
	var joined interface{ Unwrap() []error }
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		joined = j
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// result prints how the recoveries stand.
func (w *waitCmd) result(c *console, statuses []*schema.Status) error {
	g := statusGrid()
	todo := ""
	for _, s := range statuses {
		if s == nil {
			continue
		}
		if c.json {
			if err := c.printJSON(s); err != nil {
				return err
			}
			continue
		}
		c.statusRow(g, s)
		todo += strings.Join(aftercare(s), "")
	}
	if g.n == 0 {
		return nil
	}
	if w.beside {
		_, err := io.WriteString(c.err, g.render(c.widthErr)+"\n"+todo)
		return err
	}
	c.grid(g, "")
	c.print("%s", todo)
	return nil
}

// sayAgain is how often a wait says that no controller answers.
const sayAgain = 30 * time.Second

// follower says on stderr what a wait sees: each change, and when nobody answers.
func (c *console) follower() func(client.Poll) {
	revisions := map[string]int{}
	silent := map[string]time.Time{}
	return func(p client.Poll) {
		if p.Status != nil {
			if _, was := silent[p.Token]; was {
				delete(silent, p.Token)
				c.say("%s: a controller answers again", clean(p.Token))
			}
			if revisions[p.Token] != p.Status.Revision {
				revisions[p.Token] = p.Status.Revision
				c.say("%s %s", c.now().Format(time.TimeOnly), c.line(p.Status, c.colourErr))
			}
			return
		}
		if p.Next == 0 {
			return // the last one: whoever waits says why
		}
		if last, was := silent[p.Token]; !was || c.now().Sub(last) >= sayAgain {
			silent[p.Token] = c.now()
			c.say("%s; waiting on", clean(p.String()))
		}
	}
}

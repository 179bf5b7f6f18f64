package cmd

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// mostGrowth is how many times as long each pause may be as the one before: two of that
// lead from a millisecond to the longest.
const mostGrowth = 1000

type waitCmd struct {
	seeing       `embed:""`
	Tokens       []string        `arg:"" optional:"" name:"token" help:"Recoveries; @last is the last one asked for here, - reads them from stdin (default: stdin)."`
	Any          bool            `xor:"which" help:"Until the first of them has ended."`
	All          bool            `xor:"which" help:"Until all have ended (the default)."`
	FirstFailure bool            `xor:"which" help:"Until all have completed, or the first has not."`
	Timeout      schema.Duration `placeholder:"D" help:"How long at most (default: for ever)."`
	Interval     schema.Duration `placeholder:"D" help:"The pause between two polls (default: as the controller advises)."`
	Growth       float64         `placeholder:"X" help:"Each pause is that many times as long as the one before, while nothing changes, up to a minute, or --interval where that is longer."`
	Jitter       float64         `placeholder:"PART" help:"Spread each pause by that part of it, more or less, as in 0.2."`
	Count        int             `placeholder:"N" help:"How many polls at most (default: no limit)."`
	Push         bool            `help:"Also listen, so that the end is seen at once; this keeps one connection open. A terminal's view does."`

	// beside makes the result go to stderr, where stdout is taken.
	beside bool
}

// Help shows how it is used.
func (*waitCmd) Help() string {
	return `Each poll is a short call on a connection of its own, so that a wait outlives controllers, brokers and networks; it says so when none answers. What happens goes to stderr, on a terminal as a view of the steps that moves; how it ended goes to stdout. Ctrl-C ends the wait, not the recovery.
Exit code: 0 completed, 3 failed, 4 cancelled, 5 rejected, 6 still open when the time was over; of several, the first of 1, 6, 3, 4, 5, 0; with --first-failure, that one's.

` + examples(`expertcontroller wait cms-37`, `expertcontroller wait @last --quiet && echo cured`, `expertcontroller wait cms-37 cms-38 --any --timeout 30m`,
		`expertcontroller request fed-stuck.json | expertcontroller wait`, `expertcontroller request fed-stuck.json | xargs expertcontroller wait`,
		`expertcontroller wait cms-37 --interval 1s --growth 1.5 --jitter 0.2 --json`)
}

// Run waits.
func (w *waitCmd) Run(ctx context.Context, c *console, f *connection) error {
	o, err := f.options(schema.RoleOperator)
	if err != nil {
		return err
	}
	switch {
	case w.Growth != 0 && !(w.Growth >= 1 && w.Growth <= mostGrowth): // which NaN is not, either
		return usagef("--growth %v: say a number from 1 to %d", w.Growth, mostGrowth)
	case !(w.Jitter >= 0 && w.Jitter <= 1):
		return usagef("--jitter %v: say a part from 0 to 1", w.Jitter)
	case w.Count < 0:
		return usagef("--count %d: say a number above 0", w.Count)
	case w.Timeout < 0 || w.Interval < 0:
		return usagef("--timeout and --interval: say a time longer than 0")
	case len(w.Tokens) == 0 && c.terminalIn:
		return usagef("say which recovery: a token, or %s", lastToken)
	case len(w.Tokens) == 0:
		w.Tokens = []string{fromStdin}
	}
	if w.Tokens, err = c.tokens(f, w.Tokens); err != nil {
		return err
	}
	o.Patient = true
	cl, err := client.Connect(ctx, o)
	if err != nil {
		return err
	}
	defer cl.Close()
	if c.terminalErr && !c.quiet {
		c.asksTime(ctx, cl)
	}
	view := c.view(ctx, w.Tokens)
	push := w.Push || view.moves()
	if !push {
		// Every poll connects by itself: nothing stays open between them.
		cl.Close()
	}
	opts := client.WaitOptions{
		Interval: w.Interval.D(), Growth: w.Growth, Jitter: w.Jitter, Count: w.Count, Push: push,
		OwnConnection: true, OnPoll: view.see,
	}
	if w.Timeout > 0 {
		opts.Deadline = time.Now().Add(w.Timeout.D())
	}
	statuses, decides, err := w.wait(ctx, cl, opts)
	view.end()
	codes := w.codes(ctx, c, statuses, err)
	if !c.json && !c.quiet && ctx.Err() == nil && slices.ContainsFunc(statuses, comes) {
		w.asksTime(ctx, c, o)
	}
	if err := w.result(c, statuses, view); err != nil {
		return err
	}
	if w.Consume && ctx.Err() == nil {
		if err := w.seen(ctx, c, o, statuses); err != nil {
			return err
		}
	}
	if decides >= 0 && ctx.Err() == nil {
		return ended(client.ExitCode(statuses[decides]))
	}
	return ended(client.ExitCodes(codes))
}

// wait waits for all, or for any: then only that one's status is given. decides is the
// one whose exit code counts for all; -1: all do.
func (w *waitCmd) wait(ctx context.Context, cl *client.Client, opts client.WaitOptions) (statuses []*schema.Status, decides int, err error) {
	if w.FirstFailure {
		i, statuses, err := cl.WaitFirstFailure(ctx, w.Tokens, opts)
		return statuses, i, err
	}
	if !w.Any {
		statuses, err := cl.WaitAll(ctx, w.Tokens, opts)
		return statuses, -1, err
	}
	seen := map[string]*schema.Status{}
	hear := opts.OnPoll
	opts.OnPoll = func(p client.Poll) {
		if p.Status != nil {
			seen[p.Token] = p.Status
		}
		hear(p)
	}
	_, s, err := cl.WaitAny(ctx, w.Tokens, opts)
	if err == nil {
		return []*schema.Status{s}, -1, nil
	}
	statuses = make([]*schema.Status, len(w.Tokens))
	for i, token := range w.Tokens {
		statuses[i] = seen[token]
	}
	return statuses, -1, err
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
				c.say("%s goes on; look with `%s status %s`, wait on with `%s wait %s`, stop it with `%s interrupt %s`", s.Token, c.self, s.Token, c.self, s.Token, c.self, s.Token)
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
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// result prints how the recoveries stand, unless a view has just shown that beside it;
// what is left to do is in no view.
func (w *waitCmd) result(c *console, statuses []*schema.Status, view view) error {
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
	if g.n == 0 || c.quiet {
		return nil
	}
	told := view.moves() && view.told() && (w.beside || c.terminalOut)
	if w.beside {
		if !told {
			todo = g.render(c.widthErr) + "\n" + todo
		}
		_, err := io.WriteString(c.err, todo)
		return err
	}
	if !told {
		c.grid(g, "")
	}
	c.print("%s", todo)
	return nil
}

// asksTime asks, on a connection of its own, what the controller's clock says.
func (w *waitCmd) asksTime(ctx context.Context, c *console, o client.Options) {
	ctx, cancel := context.WithTimeout(ctx, timeAsked)
	defer cancel()
	if cl, err := client.Connect(ctx, o); err == nil {
		defer cl.Close()
		c.asksTime(ctx, cl)
	}
}

// seen says, on a connection of its own, that what ended was seen.
func (w *waitCmd) seen(ctx context.Context, c *console, o client.Options, statuses []*schema.Status) error {
	cl, err := client.Connect(ctx, o)
	if err != nil {
		return err
	}
	defer cl.Close()
	w.say(ctx, c, cl, statuses)
	return nil
}

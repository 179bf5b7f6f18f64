package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// operate connects as an operator, sends one message and shows its answer.
func operate(ctx context.Context, c *console, f *connection, send func(context.Context, *client.Client) (schema.Answer, error)) error {
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := send(asking, cl)
	if errors.Is(err, client.ErrNoAnswer) {
		return fmt.Errorf("%w; look with `%s status`", err, c.self)
	}
	if err != nil {
		return err
	}
	return c.settled(ctx, cl, answer)
}

// lookWithin is how long a command that was heard looks for what became of it.
const lookWithin = 2 * time.Second

// settled shows an answer, and how the recovery stands after what was recorded: what
// happens next should not have to be asked for.
func (c *console) settled(ctx context.Context, cl *client.Client, a schema.Answer) error {
	if err := c.verdict(a); err != nil || c.json || a.Verdict != schema.Recorded || a.Token == "" {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	s, err := cl.Status(ctx, a.Token)
	if err != nil {
		c.say("it was heard, but how %s stands is not known: %s", clean(a.Token), clean(err.Error()))
		return nil
	}
	c.say("%s", c.line(s, c.colourErr))
	if s.Prompt != nil {
		c.say("%s", c.hint(s.Token, s.Prompt))
	}
	return nil
}

type interruptCmd struct {
	Token string `arg:"" optional:"" help:"The recovery (default: the one under way)."`
	Note  string `placeholder:"TEXT" help:"Why; it stays with the recovery."`
}

// Help shows how it is used.
func (*interruptCmd) Help() string {
	return `The agent that acts is told to stop; the recovery is cancelled once it has. Where nothing runs it is ignored, and says so.

` + examples(`expertcontroller interrupt cms-37 --note "wrong partition"`, `expertcontroller interrupt`)
}

// Run interrupts.
func (i *interruptCmd) Run(ctx context.Context, c *console, f *connection) error {
	if i.Token != "" {
		if err := tokens([]string{i.Token}); err != nil {
			return err
		}
	}
	return operate(ctx, c, f, func(ctx context.Context, cl *client.Client) (schema.Answer, error) {
		return cl.Interrupt(ctx, schema.Interrupt{Token: i.Token, Note: i.Note})
	})
}

type modeCmd struct {
	Mode string `arg:"" optional:"" enum:",approval,automatic,manual" default:"" help:"approval: people approve each step; automatic: what policy and request allow starts without; manual: people have taken over."`
	Note string `placeholder:"TEXT" help:"Why."`
}

// Help shows how it is used.
func (*modeCmd) Help() string {
	return examples(`expertcontroller mode`, `expertcontroller mode manual --note "HCAL intervention"`)
}

// Run changes the mode, or shows it.
func (m *modeCmd) Run(ctx context.Context, c *console, f *connection) error {
	if m.Mode != "" {
		return operate(ctx, c, f, func(ctx context.Context, cl *client.Client) (schema.Answer, error) {
			return cl.Mode(ctx, schema.Mode{Mode: m.Mode, Note: m.Note})
		})
	}
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	o, err := cl.Overview(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(o.Mode)
	}
	c.print("%s\n", clean(o.Mode.Mode))
	if o.Mode.By.Name != "" {
		c.say("since %s UTC, by %s %s", moment(o.Mode.At), clean(o.Mode.By.String()), clean(o.Mode.Note))
	}
	return nil
}

type holdCmd struct {
	Expert  string          `required:"" placeholder:"E" help:"Whose requests."`
	Key     string          `placeholder:"K" xor:"what" help:"The kind of problem, as its requests give it."`
	Problem string          `placeholder:"ID" xor:"what" help:"One problem, where its request gave no key."`
	For     schema.Duration `default:"10m" placeholder:"D" help:"How long; 0s lifts the hold (default 10m)."`
	Note    string          `placeholder:"TEXT" help:"Why."`
}

// Help shows how it is used.
func (*holdCmd) Help() string {
	return examples(`expertcontroller hold --expert daqexpert --key FED-stuck/HCAL --for 30m`, `expertcontroller hold --expert daqexpert --key FED-stuck/HCAL --for 0s`)
}

// Run sets or lifts a hold.
func (h *holdCmd) Run(ctx context.Context, c *console, f *connection) error {
	if h.Key == "" && h.Problem == "" {
		return usagef("hold: say --key or --problem")
	}
	return operate(ctx, c, f, func(ctx context.Context, cl *client.Client) (schema.Answer, error) {
		return cl.Hold(ctx, schema.Hold{Expert: h.Expert, Key: h.Key, Problem: h.Problem, For: h.For, Note: h.Note})
	})
}

type noteCmd struct {
	Token string   `arg:"" help:"The recovery."`
	Text  []string `arg:"" help:"The remark."`
}

// Help shows how it is used.
func (*noteCmd) Help() string {
	return examples(`expertcontroller note cms-37 "crate 4 was warm"`)
}

// Run leaves a remark.
func (n *noteCmd) Run(ctx context.Context, c *console, f *connection) error {
	if err := tokens([]string{n.Token}); err != nil {
		return err
	}
	return operate(ctx, c, f, func(ctx context.Context, cl *client.Client) (schema.Answer, error) {
		return cl.Note(ctx, schema.Note{Token: n.Token, Text: strings.Join(n.Text, " ")})
	})
}

type clearCmd struct {
	Problem string `arg:"" help:"The problem's id, as its request gave it."`
	Expert  string `required:"" placeholder:"E" help:"Whose problem it is."`
	AsE     bool   `name:"as-expert" help:"Say so as the expert itself, not as an operator."`
	Note    string `placeholder:"TEXT" help:"How it is known."`
}

// Help shows how it is used.
func (*clearCmd) Help() string {
	return examples(`expertcontroller clear 101 --expert daqexpert --note "trigger rate is back"`, `expertcontroller clear 101 --expert daqexpert --as-expert`)
}

// Run says that the problem is gone.
func (p *clearCmd) Run(ctx context.Context, c *console, f *connection) error {
	if !p.AsE {
		return operate(ctx, c, f, func(ctx context.Context, cl *client.Client) (schema.Answer, error) {
			return cl.Cleared(ctx, schema.Cleared{Problem: p.Problem, Expert: p.Expert, Note: p.Note})
		})
	}
	cl, err := f.expert(ctx, p.Expert)
	if err != nil {
		return err
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := cl.Cleared(ctx, schema.Cleared{Problem: p.Problem, Note: p.Note})
	if err != nil {
		return err
	}
	return c.verdict(answer)
}

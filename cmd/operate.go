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
	asking, done := c.patiently(ctx)
	answer, err := send(asking, cl)
	done()
	if err != nil {
		return unanswered(err, fmt.Sprintf("look with `%s status`, and say it again if it was not", c.self))
	}
	return c.settled(ctx, cl, answer)
}

// hush is how long a command waits for its answer without a word.
const hush = 3 * time.Second

// patiently gives the context in which a message is repeated until it is answered, and
// says so when that takes long. The function ends it.
func (c *console) patiently(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	word := time.AfterFunc(hush, func() {
		c.say("no answer yet; the same message is sent again, and counts once, for %s at most", schema.Duration(patience))
	})
	return ctx, func() {
		word.Stop()
		cancel()
	}
}

// unanswered says of a message without an answer that nobody knows whether it was
// decided, and what to do; any other error stays as it is.
func unanswered(err error, remedy string) error {
	var none *client.NoAnswer
	if !errors.As(err, &none) {
		return err
	}
	return fmt.Errorf("%s: no answer to %s, so whether it was heard is unknown: %s (%w)", none.Doing, none.Tried(), remedy, none.Cause)
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
	Yes   bool   `short:"y" help:"As for the other decisions; stopping never asks."`
}

// Help shows how it is used.
func (*interruptCmd) Help() string {
	return `The agent that acts is told to stop; the recovery is cancelled once it has. One that joined another is followed. Where nothing runs it is ignored, and says so.

` + examples(`expertcontroller interrupt cms-37 --note "wrong partition"`, `expertcontroller interrupt`)
}

// Run interrupts.
func (i *interruptCmd) Run(ctx context.Context, c *console, f *connection) error {
	if i.Token != "" {
		token, err := c.token(f, i.Token)
		if err != nil {
			return err
		}
		i.Token = token
	}
	return operate(ctx, c, f, func(ctx context.Context, cl *client.Client) (schema.Answer, error) {
		a, err := cl.Interrupt(ctx, schema.Interrupt{Token: i.Token, Note: i.Note})
		if err != nil || a.Verdict != schema.Ignored || i.Token == "" {
			return a, err
		}
		// Stopping waits for no question; only now, what the token joined is looked for.
		looking, done := context.WithTimeout(ctx, lookWithin)
		defer done()
		s, err := follow(looking, cl, i.Token)
		if err != nil || s.Token == i.Token {
			return a, nil // the answer stands
		}
		c.say("%s joined %s: that one is interrupted", clean(i.Token), clean(s.Token))
		return cl.Interrupt(ctx, schema.Interrupt{Token: s.Token, Note: i.Note})
	})
}

type modeCmd struct {
	Mode string `arg:"" optional:"" help:"approval: people approve each step; automatic: what policy and request allow starts without; manual: people have taken over."`
	Note string `placeholder:"TEXT" help:"Why."`
}

// modeMeans says what a mode that was set means from now on.
var modeMeans = map[string]string{
	schema.ModeApproval:  "mode approval: from now on every step asks an operator",
	schema.ModeAutomatic: "mode automatic: from now on requests that say automatic start by themselves, if the policy has automation: true; the others ask",
	schema.ModeManual:    "mode manual: from now on nothing starts and requests are rejected; what an agent is carrying out is let finish, `interrupt` stops it",
}

// Help shows how it is used.
func (*modeCmd) Help() string {
	return examples(`expertcontroller mode`, `expertcontroller mode manual --note "HCAL intervention"`)
}

// Run changes the mode, or shows it.
func (m *modeCmd) Run(ctx context.Context, c *console, f *connection) error {
	switch m.Mode {
	case "", schema.ModeApproval, schema.ModeAutomatic, schema.ModeManual:
	default:
		return usagef("mode %q: say approval, automatic or manual", m.Mode)
	}
	if m.Mode != "" {
		return operate(ctx, c, f, func(ctx context.Context, cl *client.Client) (schema.Answer, error) {
			answer, err := cl.Mode(ctx, schema.Mode{Mode: m.Mode, Note: m.Note})
			if err == nil && answer.Verdict == schema.Recorded {
				c.say("%s", modeMeans[m.Mode])
			}
			return answer, err
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
		c.say("since %s UTC, by %s%s", moment(o.Mode.At), clean(o.Mode.By.String()), paren(o.Mode.Note))
	}
	return nil
}

type holdCmd struct {
	Expert  string          `required:"" placeholder:"E" help:"Whose requests: an expert's name, or operator:NAME."`
	Key     string          `placeholder:"K" xor:"what" help:"The kind of problem, as its requests give it."`
	Problem string          `placeholder:"ID" xor:"what" help:"One problem, where its request gave no key."`
	For     schema.Duration `default:"10m" placeholder:"D" help:"How long; 0s lifts the hold (default 10m)."`
	Note    string          `placeholder:"TEXT" help:"Why."`
}

// Help shows how it is used.
func (*holdCmd) Help() string {
	return examples(`expertcontroller hold --expert daqexpert --key FED-stuck/HCAL --for 30m`, `expertcontroller hold --expert daqexpert --key FED-stuck/HCAL --for 0s`,
		`expertcontroller hold --expert operator:anna --problem 101 --for 0s`)
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
	token, err := c.token(f, n.Token)
	if err != nil {
		return err
	}
	return operate(ctx, c, f, func(ctx context.Context, cl *client.Client) (schema.Answer, error) {
		return cl.Note(ctx, schema.Note{Token: token, Text: strings.Join(n.Text, " ")})
	})
}

type clearCmd struct {
	Problem string `arg:"" help:"The problem's id, as its request gave it."`
	Expert  string `required:"" placeholder:"E" help:"Whose problem it is: an expert's name, or operator:NAME. Unless --as-expert is given, you say so as an operator."`
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
			return cl.Clear(ctx, schema.Cleared{Problem: p.Problem, Expert: p.Expert, Note: p.Note})
		})
	}
	cl, err := f.expert(ctx, p.Expert)
	if err != nil {
		return err
	}
	defer cl.Close()
	asking, done := c.patiently(ctx)
	answer, err := cl.Clear(asking, schema.Cleared{Problem: p.Problem, Note: p.Note})
	done()
	if err != nil {
		return unanswered(err, "say it again, which does no harm")
	}
	return c.verdict(answer)
}

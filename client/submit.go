package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"expertcontroller/schema"
)

// NewID makes an id that nobody else makes: 26 letters and digits.
func NewID() string { return rand.Text() }

// change asks for something that changes the state, as often as it takes.
func change[T any](ctx context.Context, c *Client, doing, system, kind, id string, msg any) (T, error) {
	var none T
	subject, err := c.call(system, kind)
	if err != nil {
		return none, fmt.Errorf("%s: %w", doing, err)
	}
	payload, err := schema.Encode(msg)
	if err != nil {
		return none, fmt.Errorf("%s: %w", doing, err)
	}
	m, err := c.insist(ctx, doing, id, subject, payload, c.once)
	if err != nil {
		return none, err
	}
	out, err := schema.Read[T](m.Data)
	if err != nil {
		return none, fmt.Errorf("%s: %w", doing, err)
	}
	return out, nil
}

// answered asks for something that an Answer answers.
func (c *Client) answered(ctx context.Context, doing, system, kind, id string, msg any) (schema.Answer, error) {
	a, err := change[schema.Answer](ctx, c, doing, system, kind, id, msg)
	if err != nil {
		return a, err
	}
	if a.Verdict == "" {
		return a, fmt.Errorf("%s: what came back is no answer: is something else listening on this subject?", doing)
	}
	if a.ID == "" {
		a.ID = id
	}
	c.raise(system, a.Entry)
	return a, nil
}

// orNew gives the id, or a new one.
func orNew(id string) string {
	if id == "" {
		return NewID()
	}
	return id
}

// Submit asks for a recovery and gives the verdict; Type is filled in. It is repeated
// with the same id until an answer comes or ctx ends; without an id a random one is
// made. The answer carries the id, so that the request can be found by it later.
//
// A rejection is an answer, not an error. Errors: a *schema.Error for what was refused
// before it was decided, with the field and the remedy (ErrFull after one call's time);
// ErrNoBroker or ErrNoController at once if it was certainly not sent (with Patient:
// when ctx ends); *NoAnswer if ctx ended before an answer came.
func (c *Client) Submit(ctx context.Context, req schema.Request) (schema.Answer, error) {
	req.Type = schema.Type(schema.KindRequest)
	req.ID = orNew(req.ID)
	return c.answered(ctx, "requesting a recovery", c.o.System, schema.KindRequest, req.ID, req)
}

// Clear says that a problem is gone. An operator has to say whose problem it was.
// Verdict recorded; repeated, and errors, as of Submit.
func (c *Client) Clear(ctx context.Context, msg schema.Cleared) (schema.Answer, error) {
	msg.Type = schema.Type(schema.KindCleared)
	msg.ID = orNew(msg.ID)
	return c.answered(ctx, "saying that "+msg.Problem+" cleared", c.o.System, schema.KindCleared, msg.ID, msg)
}

// Consumed says that the asker has seen how its recovery ended; the policy may then end
// polls for it, once all who asked have said so. Verdict recorded, or refused to others
// and while it is open. Repeated, and errors,
// as of Submit.
func (c *Client) Consumed(ctx context.Context, msg schema.Consumed) (schema.Answer, error) {
	msg.Type = schema.Type(schema.KindConsumed)
	msg.ID = orNew(msg.ID)
	return c.answered(ctx, "saying that "+msg.Token+" was seen", c.of(msg.Token), schema.KindConsumed, msg.ID, msg)
}

// Decide answers a prompt; it goes to the prompt's system. Verdict recorded, or refused
// with the reason and the name of who was first. Repeated, and errors, as of Submit.
func (c *Client) Decide(ctx context.Context, msg schema.Decide) (schema.Answer, error) {
	msg.Type = schema.Type(schema.KindDecide)
	msg.ID = orNew(msg.ID)
	system := c.o.System
	if token, _, err := schema.ParsePromptID(msg.Prompt); err == nil {
		system = c.of(token)
	}
	return c.answered(ctx, "answering the prompt "+msg.Prompt, system, schema.KindDecide, msg.ID, msg)
}

// Interrupt stops a recovery; without a token the one under way. Verdict recorded, or
// ignored where nothing runs. Repeated, and errors, as of Submit.
func (c *Client) Interrupt(ctx context.Context, msg schema.Interrupt) (schema.Answer, error) {
	msg.Type = schema.Type(schema.KindInterrupt)
	msg.ID = orNew(msg.ID)
	return c.answered(ctx, "interrupting "+msg.Token, c.of(msg.Token), schema.KindInterrupt, msg.ID, msg)
}

// Mode changes how the system is run. Repeated, and errors, as of Submit.
func (c *Client) Mode(ctx context.Context, msg schema.Mode) (schema.Answer, error) {
	msg.Type = schema.Type(schema.KindMode)
	msg.ID = orNew(msg.ID)
	return c.answered(ctx, "changing the mode", c.o.System, schema.KindMode, msg.ID, msg)
}

// Hold keeps requests for a kind of problem away for a while; 0s lifts it. Repeated, and
// errors, as of Submit.
func (c *Client) Hold(ctx context.Context, msg schema.Hold) (schema.Answer, error) {
	msg.Type = schema.Type(schema.KindHold)
	msg.ID = orNew(msg.ID)
	return c.answered(ctx, "holding a problem of "+msg.Expert, c.o.System, schema.KindHold, msg.ID, msg)
}

// Note leaves a remark with a recovery. Repeated, and errors, as of Submit.
func (c *Client) Note(ctx context.Context, msg schema.Note) (schema.Answer, error) {
	msg.Type = schema.Type(schema.KindNote)
	msg.ID = orNew(msg.ID)
	return c.answered(ctx, "noting on "+msg.Token, c.of(msg.Token), schema.KindNote, msg.ID, msg)
}

// Policy replaces the policy of the system, whole. Repeated, and errors, as of Submit.
func (c *Client) Policy(ctx context.Context, msg schema.ApplyPolicy) (schema.Answer, error) {
	msg.Type = schema.Type(schema.KindPolicy)
	msg.ID = orNew(msg.ID)
	return c.answered(ctx, "applying a policy", c.o.System, schema.KindPolicy, msg.ID, msg)
}

// of is the system that a token names, else the client's: the controller then says
// what is wrong with the token.
func (c *Client) of(token string) string {
	if system, err := c.systemOf(token); err == nil {
		return system
	}
	return c.o.System
}

// NotSent tells whether an error says that nothing was sent, so that the message may
// safely be given up or sent another way.
func NotSent(err error) bool {
	return !errors.Is(err, ErrNoAnswer) &&
		(errors.Is(err, ErrNoBroker) || errors.Is(err, ErrNoController) || errors.Is(err, ErrNoInbox) || errors.Is(err, ErrNotPermitted))
}

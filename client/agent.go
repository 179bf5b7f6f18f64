package client

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// ask calls once: for what is asked anew anyway, so that a repeat would be in its way.
func ask[T any](ctx context.Context, c *Client, doing, kind string, msg any) (T, error) {
	var none T
	subject, err := c.call(c.o.System, kind)
	if err != nil {
		return none, fmt.Errorf("%s: %w", doing, err)
	}
	payload, err := schema.Encode(msg)
	if err != nil {
		return none, fmt.Errorf("%s: %w", doing, err)
	}
	m, _, err := c.once(ctx, c.nc, c.o.Timeout, doing, subject, payload)
	if err != nil {
		return none, err
	}
	out, err := schema.Read[T](m.Data)
	if err != nil {
		return none, fmt.Errorf("%s: %w", doing, err)
	}
	return out, nil
}

// Next asks for work, once; asking is the agent's presence. The answer says when to ask
// again; after an error, ask again in a second. Errors: ErrNoBroker, ErrNoController,
// ErrNoAnswer, a *schema.Error.
func (c *Client) Next(ctx context.Context, msg schema.Next) (schema.WorkList, error) {
	msg.Type = schema.Type(schema.KindNext)
	return ask[schema.WorkList](ctx, c, "asking for work", schema.KindNext, msg)
}

// Claim asks to carry out an attempt. msg.ID is the claim: the agent makes it and
// journals it first, so it is required here. It is repeated with the same id until an
// answer comes or ctx ends: count the grant's validity from before this call, and let
// ctx end with it. Only a grant that names this very claim permits acting; another
// one is an error. Errors otherwise as of Submit; after *NoAnswer the attempt may have
// been granted: say so by a result that nothing began.
func (c *Client) Claim(ctx context.Context, msg schema.Claim) (schema.Grant, error) {
	msg.Type = schema.Type(schema.KindClaim)
	doing := fmt.Sprintf("claiming %s step %d attempt %d", msg.Token, msg.Step, msg.Attempt)
	if msg.ID == "" {
		return schema.Grant{}, fmt.Errorf("%s: a claim needs an id that the agent has journalled", doing)
	}
	g, err := change[schema.Grant](ctx, c, doing, c.of(msg.Token), schema.KindClaim, msg.ID, msg)
	if err != nil {
		return schema.Grant{}, err
	}
	if g.Granted && (g.Claim != msg.ID || g.Work != msg.Work) {
		return schema.Grant{}, fmt.Errorf("%s: the grant is for claim %q of %s step %d attempt %d: not acting on it", doing, g.Claim, g.Token, g.Step, g.Attempt)
	}
	c.raise(c.of(msg.Token), g.Entry)
	return g, nil
}

// Progress says that the agent is still acting, once; the answer says to go on or to
// abort. No answer is no instruction: go on until the step's own timeout. Errors as of Next.
func (c *Client) Progress(ctx context.Context, msg schema.Progress) (schema.Instruction, error) {
	msg.Type = schema.Type(schema.KindProgress)
	return ask[schema.Instruction](ctx, c, "telling the progress of "+msg.Token, schema.KindProgress, msg)
}

// Result says how an attempt ended. Repeated, and errors, as of Submit: an agent gives
// it with Patient and a context without an end, since a lost result leaves the system
// blocked.
func (c *Client) Result(ctx context.Context, msg schema.Result) (schema.Answer, error) {
	msg.Type = schema.Type(schema.KindResult)
	msg.ID = orNew(msg.ID)
	return c.answered(ctx, "telling the result of "+msg.Token, c.of(msg.Token), schema.KindResult, msg.ID, msg)
}

// Bell listens to the agent's bell until stop is called: ask for work now, or stop what
// the bell names. A bell that is missed costs a second, nothing else; one that can't be
// read counts as a plain one.
func (c *Client) Bell(fn func(schema.Bell)) (stop func(), err error) {
	if c.invalid != nil {
		return nil, c.invalid
	}
	return c.listen("listening to the bell", schema.SubjectBell(c.o.System, c.o.As), func(m *nats.Msg) {
		b, err := schema.Read[schema.Bell](m.Data)
		if err != nil {
			c.logger.Warn("a bell that can't be read", "error", err, "subject", m.Subject)
		}
		fn(b)
	})
}

package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// Tell publishes a message of the kind to the inbox, where it waits for a controller,
// and returns when the broker has stored it. Its answer comes later, to whoever
// listens (Answers); it can also be found by its id. Give it one: without, a random
// one is made, which only the answer shows.
//
// msg is the message's schema type, or anything that encodes as one. What is no valid
// message of the kind is refused here, since nobody could be told later. It is
// repeated with the same id until the broker has it or ctx ends.
//
// Errors: a *schema.Error for what is not valid; ErrNoBroker, or ErrNoInbox where no
// stream keeps it, at once (with Patient: when ctx ends); *NoAnswer if ctx ended
// before the broker said that it has it.
func (c *Client) Tell(ctx context.Context, kind string, msg any) error {
	doing := "telling a " + kind
	if c.invalid != nil {
		return fmt.Errorf("%s: %w", doing, c.invalid)
	}
	payload, id, err := told(kind, msg)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	subject := schema.SubjectTell(c.o.System, c.o.Role, c.o.As, kind)
	if _, err := schema.ParseTell(subject); err != nil {
		return fmt.Errorf("%s as %s %s: %w", doing, c.o.Role, c.o.As, err)
	}
	_, err = c.insist(ctx, doing, id, subject, payload, c.store)
	return err
}

// told fills in type and id, whatever Go type the message has, and checks it.
func told(kind string, msg any) (payload []byte, id string, err error) {
	raw, err := schema.Encode(msg)
	if err != nil {
		return nil, "", err
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, "", fmt.Errorf("a message is a JSON object: %w", err)
	}
	if fields["type"], err = schema.Encode(schema.Type(kind)); err != nil {
		return nil, "", err
	}
	if given, ok := fields["id"]; ok {
		if err := json.Unmarshal(given, &id); err != nil {
			return nil, "", &schema.Error{Type: schema.Type(schema.KindError), Code: 400, Field: "id", Text: "is no text: write it in quotes", Reason: schema.CodeMalformed}
		}
	}
	if id == "" {
		id = NewID()
		if fields["id"], err = schema.Encode(id); err != nil {
			return nil, "", err
		}
	}
	if payload, err = schema.Encode(fields); err != nil {
		return nil, "", err
	}
	if len(payload) > schema.MaxInput {
		return nil, "", &schema.Error{Type: schema.Type(schema.KindError), Code: 413, Reason: schema.CodeTooLarge,
			Text: fmt.Sprintf("%d bytes are too many: the largest message is %d bytes", len(payload), schema.MaxInput)}
	}
	if _, bad := schema.Decode(kind, payload); bad != nil {
		return nil, "", bad
	}
	return payload, id, nil
}

// stored is the broker's word that a stream has a message.
type stored struct {
	Stream string `json:"stream"`
	Error  *struct {
		Code        int    `json:"code"`
		Description string `json:"description"`
	} `json:"error"`
}

// store publishes once and reads the broker's acknowledgement.
func (c *Client) store(ctx context.Context, nc *nats.Conn, limit time.Duration, doing, subject string, payload []byte) (*nats.Msg, bool, error) {
	m, sent, err := c.once(ctx, nc, limit, doing, subject, payload)
	if errors.Is(err, ErrNoController) {
		return nil, false, fmt.Errorf("%s: %w on %s: start `expertcontroller serve` once, which makes it", doing, ErrNoInbox, subject)
	}
	if err != nil {
		return nil, sent, err
	}
	ack, err := schema.Read[stored](m.Data)
	switch {
	case err != nil:
		return nil, true, fmt.Errorf("%s: reading the broker's acknowledgement: %w", doing, err)
	case ack.Error != nil && ack.Error.Code == 503:
		// No leader, or short of something: it may still have been stored.
		return nil, true, fmt.Errorf("%s: %w: the broker can't store it at the moment: %s", doing, ErrNoAnswer, ack.Error.Description)
	case ack.Error != nil:
		return nil, false, fmt.Errorf("%s: the broker does not store it: %s (code %d): look at the stream %s", doing, ack.Error.Description, ack.Error.Code, schema.StreamInbox)
	case ack.Stream != schema.StreamInbox:
		return nil, false, fmt.Errorf("%s: stored in the stream %q, where no controller looks: the subject belongs to %s", doing, ack.Stream, schema.StreamInbox)
	}
	return m, true, nil
}

// Answers listens to the answers to what this asker told, until stop is called. fn is
// called for one answer after the other; answers given while there was no connection
// are not heard: ask by id for the truth.
func (c *Client) Answers(fn func(schema.Answer)) (stop func(), err error) {
	if c.invalid != nil {
		return nil, c.invalid
	}
	return c.listen("listening to answers", schema.SubjectAnswer(c.o.System, c.o.Role, c.o.As), func(m *nats.Msg) {
		a, err := schema.Read[schema.Answer](m.Data)
		if err != nil {
			c.logger.Warn("an answer that can't be read", "error", err, "subject", m.Subject)
			return
		}
		c.raise(c.o.System, a.Entry)
		fn(a)
	})
}

// listen subscribes, and knows when it returns whether the broker permits it. Without a
// connection it begins when there is one.
func (c *Client) listen(doing, subject string, fn nats.MsgHandler) (stop func(), err error) {
	sub, err := c.nc.Subscribe(subject, fn)
	if err != nil {
		return nil, fmt.Errorf("%s on %s: %w", doing, subject, err)
	}
	stop = func() {
		if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrBadSubscription) {
			c.logger.Warn("ending a subscription", "error", err, "subject", subject)
		}
	}
	if err := c.permitted(subject); err != nil {
		stop()
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return stop, nil
}

// permitted asks the broker whether it took the subscription: it refuses one before it
// answers the ping that follows.
func (c *Client) permitted(subject string) error {
	if !c.nc.IsConnected() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), min(c.o.Timeout, time.Second))
	defer cancel()
	if err := c.nc.FlushWithContext(ctx); err != nil {
		c.logger.Warn("the subscription waits for the broker", "error", err, "subject", subject)
		return nil
	}
	if last := c.nc.LastError(); violates(last, subject) {
		return notPermitted(subject, last)
	}
	return nil
}

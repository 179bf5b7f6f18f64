package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// pace is how long the pauses are between tries.
type pace struct {
	// first is the pause after the first try; each one is twice as long, up to most.
	first, most time.Duration
	// quiet is how often a watch asks while it hears no changes, heard while it does.
	quiet, heard time.Duration
}

var defaultPace = pace{first: 100 * time.Millisecond, most: 5 * time.Second, quiet: time.Second, heard: 5 * time.Second}

// pause gives the nth pause, a quarter more or less, so that many clients spread.
func (p pace) pause(n int) time.Duration {
	d := p.first
	for ; n > 0 && d < p.most; n-- {
		d *= 2
	}
	return jitter(min(d, p.most), 0.25)
}

// jitter spreads a pause by the given part of it, more or less.
func jitter(d time.Duration, part float64) time.Duration {
	out := float64(d) * (1 + part*(2*rand.Float64()-1))
	if out >= math.MaxInt64 {
		return math.MaxInt64 // nothing is longer
	}
	return time.Duration(out)
}

// sleep waits, or says why it did not.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// once sends a message once and waits for its answer, at most for the limit.
// sent tells, where there is an error, whether the message may have arrived.
func (c *Client) once(ctx context.Context, nc *nats.Conn, limit time.Duration, doing, subject string, payload []byte) (m *nats.Msg, sent bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, fmt.Errorf("%s: %w", doing, err)
	}
	switch status := nc.Status(); status {
	case nats.CONNECTED, nats.DRAINING_SUBS, nats.DRAINING_PUBS:
	case nats.CLOSED:
		if nc == c.nc {
			return nil, false, fmt.Errorf("%s: %w", doing, ErrClosed)
		}
		// A connection of one call's own does not come back; the next call makes another.
		return nil, false, fmt.Errorf("%s: %w", doing, noBroker(c.at, errCut))
	default:
		return nil, false, fmt.Errorf("%s: %w", doing, noBroker(c.at, fmt.Errorf("the connection is %s", status)))
	}
	try, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	try, done := c.await(try, subject)
	defer done()
	m, err = nc.RequestWithContext(try, subject, payload)
	if err == nil {
		if said := refused(doing, m); said != nil {
			return nil, undecided(said), said
		}
		return m, true, nil
	}
	cause := context.Cause(try)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, false, fmt.Errorf("%s: %w on %s: start `expertcontroller serve` for this system, or say --system", doing, ErrNoController, subject)
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		return nil, false, fmt.Errorf("%s: %w", doing, noBroker(c.at, err))
	case errors.Is(err, nats.ErrMaxPayload):
		return nil, false, &refusal{doing: doing, said: &schema.Error{Type: schema.Type(schema.KindError), Code: 413, Reason: schema.CodeTooLarge,
			Text: fmt.Sprintf("%d bytes are too many: the largest message is %d bytes", len(payload), schema.MaxInput)}}
	case errors.Is(cause, ErrNotPermitted):
		return nil, false, fmt.Errorf("%s: %w", doing, cause)
	case errors.Is(cause, errCut):
		return nil, true, fmt.Errorf("%s: %w: %w", doing, ErrNoAnswer, cause)
	case ctx.Err() != nil:
		return nil, true, fmt.Errorf("%s: %w: %w", doing, ErrNoAnswer, ctx.Err())
	case errors.Is(err, context.DeadlineExceeded):
		// Whoever made the connection hears of refusals; here only the last one is known.
		if last := nc.LastError(); violates(last, subject) {
			return nil, false, fmt.Errorf("%s: %w", doing, notPermitted(subject, last))
		}
		return nil, true, fmt.Errorf("%s: %w within %s", doing, ErrNoAnswer, limit.Round(time.Millisecond))
	case nc == c.nc && nc.IsClosed():
		return nil, true, fmt.Errorf("%s: %w", doing, ErrClosed)
	}
	// The connection was cut while the answer was awaited, or while it was sent.
	return nil, true, fmt.Errorf("%s: %w: %w", doing, ErrNoAnswer, err)
}

// insist sends a message that changes something until it is answered or the context
// ends. Repeats are safe, since every one carries the same id and the same bytes.
func (c *Client) insist(ctx context.Context, doing, id, subject string, payload []byte, once trial) (*nats.Msg, error) {
	began := time.Now()
	open := 0 // tries that may have arrived and were not answered
	for n := 0; ; n++ {
		m, sent, err := once(ctx, c.nc, c.o.Timeout, doing, subject, payload)
		if err == nil {
			return m, nil
		}
		if sent {
			open++
		}
		over := errors.Is(err, ErrFull) && !c.o.Patient && time.Since(began) > c.o.Timeout
		if over || !c.again(ctx, err, open > 0) {
			return nil, ended(doing, id, open, err)
		}
		pause := c.pace.pause(n)
		c.logger.Warn("asking again", "doing", doing, "id", id, "tries", n+1, "in", pause.Round(time.Millisecond), "error", err)
		if stop := sleep(ctx, pause); stop != nil {
			return nil, ended(doing, id, open, fmt.Errorf("%w: %w", err, stop))
		}
	}
}

// trial sends once; calls and tells differ only in how an answer is read.
type trial func(ctx context.Context, nc *nats.Conn, limit time.Duration, doing, subject string, payload []byte) (m *nats.Msg, sent bool, err error)

// again tells whether a try is worth repeating: not what was refused for good, and
// not what was certainly not sent, unless an earlier try may have been.
func (c *Client) again(ctx context.Context, err error, maybe bool) bool {
	var said *schema.Error
	switch {
	case ctx.Err() != nil, errors.Is(err, ErrClosed), errors.Is(err, ErrNotPermitted):
		return false
	case errors.As(err, &said):
		return passing(err)
	case errors.Is(err, ErrNoBroker), errors.Is(err, ErrNoController), errors.Is(err, ErrNoInbox):
		return maybe || c.o.Patient
	}
	return errors.Is(err, ErrNoAnswer)
}

// ended says how an insistence ended: unknown if any try may have arrived, unless the
// controller refused these very bytes.
func ended(doing, id string, open int, err error) error {
	var said *schema.Error
	if open == 0 || (errors.As(err, &said) && said.Code != 503) {
		return err
	}
	return &NoAnswer{Doing: doing, ID: id, Tries: open, Cause: err}
}

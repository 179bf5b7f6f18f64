package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

// ack is the broker's answer to a message that goes into a stream.
type ack struct {
	Stream    string              `json:"stream"`
	Sequence  uint64              `json:"seq"`
	Duplicate bool                `json:"duplicate"`
	Error     *jetstream.APIError `json:"error"`
}

// readAck reads an acknowledgement. Nearly all are plain, and each decision waits for one.
func readAck(data []byte) (k ack, err error) {
	if n, ok := plainSequence(data); ok {
		return ack{Stream: schema.StreamLog, Sequence: n}, nil
	}
	err = json.Unmarshal(data, &k)
	return k, err
}

// plainSequence gives the sequence of an acknowledgement of the log that says nothing else.
func plainSequence(data []byte) (n uint64, ok bool) {
	digits, ok := bytes.CutPrefix(data, []byte(`{"stream":"`+schema.StreamLog+`","seq":`))
	if !ok {
		return 0, false
	}
	digits, ok = bytes.CutSuffix(digits, []byte("}"))
	n, err := strconv.ParseUint(string(digits), 10, 64)
	return n, ok && err == nil
}

// Append puts a message behind the one at sequence expect (0: the log is empty), and
// returns when the outcome is known: its sequence, or ErrConflict when somebody else's
// message stands there. id is the message's, random and its own.
//
// A plain acknowledgement is believed. Whatever else comes, or nothing, means: look.
// What stands behind expect says whose it is; when nothing stands there yet the very
// same message is sent again, which is safe, since only one message can ever follow
// expect. Other errors: ctx's, when the outcome is not known yet (the message may
// still arrive); ErrNotSent, when it never left; ErrForeign, when the stream under
// this name is another one; and the connection's own when that was closed.
func (l *Log) Append(ctx context.Context, expect uint64, id string, payload []byte) (uint64, error) {
	msg := &nats.Msg{Subject: l.subject, Data: payload, Header: nats.Header{
		nats.MsgIdHdr:               {id},
		nats.ExpectedLastSubjSeqHdr: {strconv.FormatUint(expect, 10)},
		nats.ExpectedStreamHdr:      {schema.StreamLog},
	}}
	a := appending{l: l, expect: expect, msg: msg, began: time.Now(), patience: time.Second}
	for {
		sequence, err := a.send(ctx)
		if err == nil {
			return sequence, nil
		}
		if a.sent {
			sequence, known, err := a.look(ctx)
			if known || err != nil {
				return sequence, err
			}
		}
		if err := a.givesUp(ctx, err); err != nil {
			return 0, err
		}
	}
}

// appending is one message on its way.
type appending struct {
	l      *Log
	expect uint64
	msg    *nats.Msg
	began  time.Time
	// sent is set as soon as the message may have left.
	sent     bool
	tries    int
	patience time.Duration
	missing  standing
	// said is what the broker last said.
	said error
}

// send gives the sequence of a plain acknowledgement, or why there was none.
func (a *appending) send(ctx context.Context) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if a.l.b.nc.IsClosed() {
		a.said = nats.ErrConnectionClosed
		return 0, a.said
	}
	a.tries++
	try, cancel := a.l.b.try(ctx, a.patience)
	defer cancel()
	a.patience = min(2*a.patience, 5*time.Second)
	reply, err := a.l.b.nc.RequestMsgWithContext(try, a.msg)
	if err != nil {
		a.sent = a.sent || !neverLeft(err)
		a.said = err
		return 0, err
	}
	a.sent = true
	k, err := readAck(reply.Data)
	if err != nil {
		a.said = fmt.Errorf("reading the acknowledgement: %w", err)
		return 0, a.said
	}
	switch {
	case k.Error != nil:
		a.said = k.Error
	case k.Duplicate:
		a.said = errors.New("it says that it has had this message before")
	case k.Stream != schema.StreamLog || k.Sequence <= a.expect:
		a.said = fmt.Errorf("an acknowledgement of %s at %d", k.Stream, k.Sequence)
	default:
		return k.Sequence, nil
	}
	return 0, a.said
}

// look reads what follows the place that was named. Not known: nothing stands there
// yet, a leader said so.
func (a *appending) look(ctx context.Context) (sequence uint64, known bool, err error) {
	m, err := insist(ctx, a.l.b, func(ctx context.Context) (*jetstream.RawStreamMsg, error) {
		return a.l.next(ctx, a.expect+1)
	})
	switch {
	case errors.Is(err, ErrMissing), errors.Is(err, jetstream.ErrStreamNotFound):
		return 0, false, a.stillThere(ctx)
	case err != nil:
		return 0, false, a.unknown(err)
	case m.Header.Get(nats.MsgIdHdr) == a.msg.Header.Get(nats.MsgIdHdr) && bytes.Equal(m.Data, a.msg.Data):
		return m.Sequence, true, nil
	}
	return 0, true, fmt.Errorf("appending to %s behind %d: %w", a.l.subject, a.expect, ErrConflict)
}

// stillThere finds out, when a message is refused again and again and nothing follows
// its place, whether the place itself is gone.
func (a *appending) stillThere(ctx context.Context) error {
	if a.tries < 3 {
		return nil
	}
	err := a.l.sameStream(ctx, a.l.created)
	var gone *goneError
	switch {
	case errors.Is(err, ErrForeign):
		return err
	case errors.As(err, &gone):
		if a.missing.answer(time.Now()) >= a.l.Stands {
			return fmt.Errorf("appending to %s: %w: %s, as the broker says for %s: %s", a.l.subject, ErrForeign, gone.what, a.l.Stands, remedyForeign)
		}
		return nil
	}
	if time.Since(a.began) < a.l.Stands {
		return nil
	}
	end, err := a.l.End(ctx)
	if err == nil && end < a.expect {
		return fmt.Errorf("appending to %s: %w: we stood at %d, and its last message is %d: %s", a.l.subject, ErrForeign, a.expect, end, remedyForeign)
	}
	return nil // it can't be asked now, or all is as it was: go on
}

// givesUp waits before the next try, or says why there is none.
func (a *appending) givesUp(ctx context.Context, cause error) error {
	if errors.Is(cause, nats.ErrMaxPayload) || errors.Is(cause, nats.ErrConnectionClosed) || errors.Is(cause, nats.ErrConnectionDraining) {
		return a.unknown(cause)
	}
	if !a.sent && time.Since(a.began) >= a.l.KeepUnsent {
		return a.unknown(cause)
	}
	if !pause(ctx, min(time.Duration(a.tries)*2*time.Millisecond, 250*time.Millisecond)) {
		return a.unknown(ctx.Err())
	}
	return nil
}

// unknown words an end without an outcome; a message that never left has one.
func (a *appending) unknown(cause error) error {
	if !a.sent {
		return fmt.Errorf("appending to %s: %w: %w", a.l.subject, ErrNotSent, cause)
	}
	return fmt.Errorf("appending to %s, outcome not known after %d tries: %w (the broker's last word: %v)", a.l.subject, a.tries, cause, a.said)
}

// neverLeft tells the errors after which nothing of the message is on its way. A closed
// connection is none of them: it may have closed while the answer was waited for.
func neverLeft(err error) bool {
	return errors.Is(err, nats.ErrReconnectBufExceeded) || errors.Is(err, nats.ErrMaxPayload) ||
		errors.Is(err, nats.ErrConnectionDraining)
}

package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"expertcontroller/schema"
)

// WaitOptions say how a wait polls. The zero value waits for ever, as often as the
// controller advises.
type WaitOptions struct {
	// Interval is the pause between polls. 0: what the status advises (poll_after), else 1 s.
	Interval time.Duration
	// Growth makes each pause that many times as long as the one before, while nothing
	// changes. 0: 1, they stay the same.
	Growth float64
	// Max bounds the pauses. 0: 1 min, or Interval where that is longer.
	Max time.Duration
	// Jitter spreads each pause by that part of it, more or less: 0.2 is a fifth. From 0 to 1; 0: none.
	Jitter float64
	// Count is after how many polls the wait ends with ErrStillOpen. 0: never.
	Count int
	// Deadline is when the wait ends with ErrStillOpen. Zero: never.
	Deadline time.Time
	// OwnConnection makes each poll connect, ask and close, so that a wait of days holds
	// nothing open and depends on nothing but the next poll.
	OwnConnection bool
	// Push also listens to the recovery, where this user may: what is heard makes the next
	// poll come at once. Polls go on at their pauses, since what is told may be missed.
	Push bool
	// OnPoll hears of each poll; with several tokens, of one after the other.
	OnPoll func(Poll)
}

// Poll is one look of a wait.
type Poll struct {
	// Token is what was asked about: of a joined recovery, the one that it joined.
	Token string
	// Number counts the polls of this wait, from 1.
	Number int
	// Status is what was seen, or nil.
	Status *schema.Status
	// Err is why nothing was seen; the wait goes on unless the error is final.
	Err error
	// Silence is for how long no controller has answered; 0 when one just has.
	Silence time.Duration
	// Next is the pause until the next poll; 0 when this was the last one.
	Next time.Duration
}

// String gives a line for people.
func (p Poll) String() string {
	switch {
	case p.Status != nil:
		return p.Token + " is " + p.Status.State
	case p.Silence >= time.Second:
		return fmt.Sprintf("%s: no controller has answered for %s (%v)", p.Token, p.Silence.Round(time.Second), p.Err)
	}
	return fmt.Sprintf("%s: %v", p.Token, p.Err)
}

// Wait polls until the recovery has ended and gives its last status, following it to
// the one that it joined. Each poll is a short call; no controller, broker or network
// being there for a while does not end it, and what was seen is never unseen.
//
// It ends early with ErrUnknown or ErrRemoved, when what is asked is refused (a
// *schema.Error, ErrNotPermitted, ErrClosed), with ErrStillOpen at the count or
// deadline, or with ctx's error; then it gives the last status seen, if any, and the
// error also holds what the last poll met.
func (c *Client) Wait(ctx context.Context, token string, o WaitOptions) (*schema.Status, error) {
	w := wait{c: c, o: o, token: token, heard: time.Now()}
	return w.run(ctx)
}

// wait is one wait under way.
type wait struct {
	c     *Client
	o     WaitOptions
	token string
	been  trail
	// last is the newest status seen of the token.
	last *schema.Status
	// polls counts all, same those since something changed, failed those without a status.
	polls, same, failed int
	// heard is when a controller answered last, or the wait began.
	heard time.Time
	// bell rings when something was told of the recovery; nil where nobody listens.
	bell <-chan struct{}
}

func (w *wait) run(ctx context.Context) (*schema.Status, error) {
	if w.c.invalid != nil {
		return nil, fmt.Errorf("waiting for %s: %w", w.token, w.c.invalid)
	}
	if !w.o.Deadline.IsZero() {
		// The deadline also cuts a poll short, and is told from the caller's own by its cause.
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, w.o.Deadline, ErrStillOpen)
		defer cancel()
	}
	stop := w.listen()
	defer func() { stop() }()
	for {
		s, err := w.poll(ctx)
		w.polls++
		next, done := w.take(s, err)
		if done && err == nil && s.State == schema.Joined {
			if w.been == nil {
				w.been = trail{}
			}
			if err := w.been.step(s); err != nil {
				return s, err
			}
			w.report(Poll{Token: w.token, Number: w.polls, Status: s})
			w.token, w.last = s.Joined, nil
			stop()
			stop = w.listen()
			continue
		}
		if !done && w.o.Count > 0 && w.polls >= w.o.Count {
			done, next = true, 0
			err = w.over(ErrStillOpen, err)
		}
		if !done && ctx.Err() != nil {
			done, next = true, 0
			err = w.over(context.Cause(ctx), err)
		}
		w.report(Poll{Token: w.token, Number: w.polls, Status: s, Err: err, Silence: w.silence(err), Next: next})
		if done {
			return w.last, err
		}
		if w.rest(ctx, next) != nil {
			return w.last, w.over(context.Cause(ctx), err)
		}
	}
}

// over says that the wait is over, and what the last poll met.
func (w *wait) over(why, last error) error {
	doing := "waiting for " + w.token
	if last == nil || errors.Is(last, why) {
		return fmt.Errorf("%s: %w", doing, why)
	}
	return fmt.Errorf("%s: %w: %w", doing, why, last)
}

func (w *wait) report(p Poll) {
	if w.o.OnPoll != nil {
		w.o.OnPoll(p)
	}
}

// silence is for how long no controller has answered. A refusal is an answer.
func (w *wait) silence(err error) time.Duration {
	var said *schema.Error
	if err == nil || errors.As(err, &said) {
		w.heard = time.Now()
		return 0
	}
	return time.Since(w.heard)
}

// poll looks once.
func (w *wait) poll(ctx context.Context) (*schema.Status, error) {
	nc := w.c.nc
	if w.o.OwnConnection {
		own, err := dial(ctx, w.c.short.Connect)
		if err != nil {
			// Credentials may be changed while a program waits: no such error is final.
			return nil, fmt.Errorf("asking for the status of %s: %w", w.token, connectError(w.c.o, w.c.short.Servers, err))
		}
		defer own.Close()
		nc = own
	}
	s, err := w.c.status(ctx, nc, w.token)
	if err == nil && w.last != nil && (s.Entry < w.last.Entry || s.Revision < w.last.Revision) {
		return nil, fmt.Errorf("asking for the status of %s: %w: entry %d after entry %d", w.token, ErrBehind, s.Entry, w.last.Entry)
	}
	return s, err
}

// take notes what a poll gave; the pause until the next one, or that it was the last.
func (w *wait) take(s *schema.Status, err error) (next time.Duration, done bool) {
	if err != nil {
		if final(err) {
			return 0, true
		}
		w.failed++
		return max(w.pause(), w.c.pace.pause(w.failed-1)), false
	}
	w.same++
	if w.last == nil || s.Revision != w.last.Revision {
		w.same = 0
	}
	w.failed, w.last = 0, s
	if s.Terminal {
		return 0, true
	}
	return w.pause(), false
}

// pause is how long until the next poll.
func (w *wait) pause() time.Duration {
	d := w.o.Interval
	if d <= 0 && w.last != nil {
		d = w.last.PollAfter.D()
	}
	if d <= 0 {
		d = time.Second
	}
	most := cmp.Or(w.o.Max, max(time.Minute, w.o.Interval))
	for n := 0; n < w.same && d < most && w.o.Growth > 1; n++ {
		longer := float64(d) * w.o.Growth
		if longer >= float64(most) { // it may be longer than a duration can be
			d = most
			break
		}
		d = time.Duration(longer)
	}
	d = min(d, most)
	if w.o.Jitter > 0 {
		d = jitter(d, min(w.o.Jitter, 1))
	}
	return d
}

// final tells whether asking again can't help.
func final(err error) bool {
	var said *schema.Error
	if errors.As(err, &said) {
		return said.Code != 503
	}
	return errors.Is(err, ErrNotPermitted) || errors.Is(err, ErrClosed)
}

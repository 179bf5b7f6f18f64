package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"expertcontroller/schema"
)

const (
	// toldMost and toldBytes bound what of the inbox is held in memory. Beyond that it
	// is decided before the inbox was read to its end.
	toldMost  = 50_000
	toldBytes = 64 << 20
)

// gather takes what came in, without waiting.
func (a *Actor) gather() error {
	for {
		select {
		case r := <-a.records:
			if err := a.heardRecord(r); err != nil {
				return err
			}
		case q := <-a.calls:
			a.loop.asks = append(a.loop.asks, q)
		case q := <-a.toldRoom():
			a.take(q)
		default:
			return nil
		}
	}
}

// toldRoom is nil while no more of the inbox fits: it stays in the broker.
func (a *Actor) toldRoom() chan *ask {
	if len(a.loop.tolds) >= toldMost || a.loop.toldSize >= toldBytes {
		return nil
	}
	return a.told
}

// take puts a message of the inbox behind those that wait.
func (a *Actor) take(q *ask) {
	l := &a.loop
	if !q.inbox.Equal(l.inbox) {
		if len(l.tolds) > 0 {
			a.log.Warn("the inbox was made anew while messages of the old one waited: they are not decided", "messages", len(l.tolds))
		}
		for _, old := range l.tolds {
			a.resolve(old, outcome{})
		}
		l.tolds, l.toldSize, l.inbox, l.told, l.read = nil, 0, q.inbox, 0, false
		a.mu.Lock()
		a.state.InboxCreated = q.inbox
		a.mu.Unlock()
	}
	if q.in.Inbox <= l.told {
		return // read a second time, after an interruption
	}
	if n := len(l.tolds); n > 0 && q.in.At.Before(l.tolds[n-1].in.At) {
		// A new leader's clock may be behind: the order of the sequences is the order of times.
		q.in.At = l.tolds[n-1].in.At
	}
	l.told = q.in.Inbox
	l.tolds = append(l.tolds, q)
	l.toldSize += q.size
	a.config.Failpoint("inbox")
}

// sweep drops what has its outcome, what was decided elsewhere, and what is not worth
// deciding any more; what is known already is answered.
func (a *Actor) sweep(now time.Time) {
	l := &a.loop
	kept := l.asks[:0]
	for _, q := range l.asks {
		switch {
		case q.done:
			continue
		case q.gone.Load() && !q.keep.Load():
			a.resolve(q, outcome{err: a.unavailable()})
			continue
		case !q.notAfter.IsZero() && now.After(q.notAfter):
			a.resolve(q, outcome{err: a.unavailable()})
			continue
		case q.valid != nil && !q.valid(a.state):
			a.resolve(q, outcome{})
			continue
		}
		if q.in.ID != "" || q.in.Own != "" {
			if answer, ok := a.state.Known(&q.in); ok {
				a.counts.repeated.Add(1)
				a.resolve(q, outcome{answer: answer})
				continue
			}
		}
		kept = append(kept, q)
	}
	clear(l.asks[len(kept):])
	l.asks = kept
	at := a.state.Inbox()
	n := 0
	for n < len(l.tolds) && (l.tolds[n].done || at.Created.Equal(l.inbox) && l.tolds[n].in.Inbox <= at.Sequence) {
		l.toldSize -= l.tolds[n].size
		a.resolve(l.tolds[n], outcome{})
		l.tolds[n] = nil
		n++
	}
	l.tolds = l.tolds[n:]
}

// rest waits until something comes in or a time is reached.
func (a *Actor) rest(ctx context.Context) {
	until := a.wakeAt()
	timer := time.NewTimer(until)
	defer timer.Stop()
	select {
	case r := <-a.records:
		if err := a.heardRecord(r); err != nil {
			a.fatal <- err
		}
	case q := <-a.calls:
		a.loop.asks = append(a.loop.asks, q)
	case q := <-a.toldRoom():
		a.take(q)
	case err := <-a.fatal:
		a.fatal <- err
	case <-a.wake:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// wakeAt gives how long the loop may rest: one timer, for the earliest of all times.
func (a *Actor) wakeAt() time.Duration {
	const most = time.Second
	now := a.now()
	l := &a.loop
	least := most
	earlier := func(t time.Time) {
		least = min(least, max(t.Sub(now), 0))
	}
	if !l.retry.IsZero() && l.retry.After(now) {
		earlier(l.retry)
		return least
	}
	if a.unready.Load() != nil || !a.deciding() {
		return min(least, 100*time.Millisecond)
	}
	if t, ok := a.state.NextDue(); ok {
		t = t.Add(a.patience())
		if t.Before(l.idle) {
			t = l.idle
		}
		earlier(t)
	}
	for _, q := range l.asks {
		if q.shared {
			earlier(q.received.Add(a.patience()))
		} else {
			earlier(now)
		}
	}
	if len(l.tolds) > 0 {
		earlier(l.tolds[0].received.Add(a.patience()))
	}
	if len(l.waits) > 0 || len(a.state.Waits()) > 0 {
		earlier(l.ticked.Add(tick))
	}
	return least
}

// patience is how much longer than the preferred replica this one waits with what all have.
func (a *Actor) patience() time.Duration {
	if a.mine() {
		return 0
	}
	return otherPatience
}

// readingLasts is how long a reading has to last for the next interruption to count as
// the first one.
const readingLasts = 10 * time.Second

// pauses says how long to wait before what was interrupted is tried again.
type pauses struct {
	began time.Time
	last  time.Duration
}

func (p *pauses) begin(now time.Time) { p.began = now }

// next gives the pause after an interruption: longer each time.
func (p *pauses) next(now time.Time) time.Duration {
	if p.last = min(2*p.last, 2*time.Second); p.last == 0 || now.Sub(p.began) >= readingLasts {
		p.last = 100 * time.Millisecond
	}
	return p.last
}

// followLog hands others' entries to the loop.
func (a *Actor) followLog(ctx context.Context) {
	var p pauses
	for {
		p.begin(a.now())
		var from schema.Position
		a.View(func(s *State) { from = s.Position })
		err := a.config.Log.Follow(ctx, from, func(r schema.Record) error {
			select {
			case a.records <- r:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if ctx.Err() != nil {
			return
		}
		if grave(err) {
			a.end(ctx, fmt.Errorf("following the log of %s: %w", a.config.System, err))
			return
		}
		if errors.Is(err, schema.ErrTrimmed) {
			a.cuts.Add(1) // the loop looks, and begins anew
			a.poke()
		}
		a.log.Warn("following the log is interrupted: trying again", "error", err)
		if !pausing(ctx, p.next(a.now())) {
			return
		}
	}
}

// followInbox hands what is told to the loop, from where the log stands.
func (a *Actor) followInbox(ctx context.Context) {
	var p pauses
	for {
		p.begin(a.now())
		inbox := a.config.Inbox()
		created, after := inbox.Created(), uint64(0)
		a.View(func(s *State) {
			if at := s.Inbox(); at.Created.Equal(created) {
				after = at.Sequence
			}
		})
		err := inbox.Follow(ctx, after, func(m schema.ToldMessage) error {
			select {
			case a.told <- a.tell(m, created):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if ctx.Err() != nil {
			return
		}
		switch {
		case !errors.Is(err, schema.ErrForeign):
			a.log.Warn("reading the inbox is interrupted: trying again", "error", err)
		case !a.config.Inbox().Created().Equal(created):
			a.log.Warn("the inbox was made anew: the new one is read", "because", err)
			continue // it is another one: nothing was interrupted
		default:
			// It is looked for again all the same: somebody else may make it anew.
			a.log.Error("nothing that is told is heard, only what is asked", "error", err)
		}
		if !pausing(ctx, p.next(a.now())) {
			return
		}
	}
}

func (a *Actor) end(ctx context.Context, err error) {
	select {
	case a.fatal <- err:
		a.poke()
	case <-ctx.Done():
	}
}

func pausing(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

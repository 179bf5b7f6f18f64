package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// Now, as a watch's after, begins with what happens next.
const Now uint64 = math.MaxUint64

const (
	// changesKept is how many changes wait while fn works; more are fetched later.
	changesKept = 256
	// entriesAtOnce is how many entries are fetched at a time.
	entriesAtOnce = 200
	// sayAgain is how often a watch says that no controller answers.
	sayAgain = 10 * time.Second
)

// Watch follows the log live, from the entry after the given one, and calls fn for
// each entry in order, without a gap and without a double; 0 begins with the first one
// kept, Now with what happens next. With a token, fn is called only for what concerns
// it and what it joined; the token's system is watched.
//
// It listens to the changes that the broker repeats, where this user may, and asks for
// whatever it has not heard; where not, it asks every second. It goes on after every
// cut and absence, saying so to the Logger, and ends with fn's error or ctx's. Other
// errors: ErrNoBroker, ErrNoController and ErrNoAnswer only at the beginning (not with
// Patient); ErrOtherLog; ErrNotPermitted; a *schema.Error.
func (c *Client) Watch(ctx context.Context, token string, after uint64, fn func(Update) error) error {
	return c.watch(ctx, token, after, false, fn)
}

// Follow is Watch for who folds the documents himself: Statuses and the entry's Inputs stay
// empty, so that what nobody looks at is not read.
func (c *Client) Follow(ctx context.Context, after uint64, fn func(Update) error) error {
	return c.watch(ctx, "", after, true, fn)
}

func (c *Client) watch(ctx context.Context, token string, after uint64, unread bool, fn func(Update) error) error {
	w := watch{c: c.In(c.of(token)), last: after, unread: unread, fn: fn, heard: time.Now()}
	w.doing = "watching " + w.c.o.System
	if token != "" {
		if _, _, err := schema.ParseToken(token); err != nil {
			return fmt.Errorf("watching: %w", err)
		}
		w.doing, w.tokens = "watching "+token, map[string]bool{token: true}
	}
	if w.c.invalid != nil {
		return fmt.Errorf("%s: %w", w.doing, w.c.invalid)
	}
	return w.run(ctx)
}

// watch is one watch under way.
type watch struct {
	c      *Client
	doing  string
	tokens map[string]bool
	// unread leaves the statuses as they are, and the inputs out.
	unread bool
	fn     func(Update) error
	// last is the entry delivered last, of the log with this lineage.
	last    uint64
	lineage string
	// missed counts entries no longer kept that fn has not been told of.
	missed uint64
	// hears tells whether changes arrive, so that asking may be rare.
	hears bool
	// begun tells whether a replica has answered; failed counts the tries since one has.
	begun  bool
	failed int
	// heard is when a replica answered last, or a change came that was next; said is when
	// its silence was last told.
	heard, said time.Time
}

func (w *watch) run(ctx context.Context) error {
	changes := make(chan *nats.Msg, changesKept)
	sub, err := w.listen(changes)
	if err != nil {
		return err
	}
	if sub != nil {
		defer func() {
			if err := sub.Unsubscribe(); err != nil && !w.c.nc.IsClosed() {
				w.c.logger.Warn("ending a watch", "error", err)
			}
		}()
	}
	connected := w.c.nc.StatusChanged(nats.CONNECTED, nats.CLOSED)
	defer w.c.nc.RemoveStatusListener(connected)

	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case m := <-changes:
			behind, err := w.change(m)
			if err != nil {
				return err
			}
			if !behind {
				continue
			}
		case <-connected:
		case <-timer.C:
			if quiet := time.Since(w.heard); w.hears && w.failed == 0 && quiet < w.c.pace.heard {
				// Changes come, and their numbers show whether one is missing; what is
				// known to be missing is asked for until it has come.
				timer.Reset(w.c.pace.heard - quiet)
				continue
			}
		}
		again, err := w.fetch(ctx)
		if err != nil {
			return err
		}
		timer.Reset(again)
	}
}

// listen subscribes to the changes; nil where this user may not.
func (w *watch) listen(changes chan *nats.Msg) (*nats.Subscription, error) {
	subject := schema.SubjectChange(w.c.o.System)
	sub, err := w.c.nc.ChanSubscribe(subject, changes)
	switch {
	case errors.Is(err, nats.ErrConnectionClosed):
		return nil, fmt.Errorf("%s: %w", w.doing, ErrClosed)
	case err != nil:
		return nil, fmt.Errorf("%s on %s: %w", w.doing, subject, err)
	}
	if err := w.c.permitted(subject); err != nil {
		w.c.logger.Info("not permitted to hear changes, asking for them instead", "subject", subject)
		if err := sub.Unsubscribe(); err != nil {
			return nil, fmt.Errorf("%s: %w", w.doing, err)
		}
		return nil, nil
	}
	return sub, nil
}

// change takes a change that was heard. behind: entries before it are missing.
func (w *watch) change(m *nats.Msg) (behind bool, err error) {
	e, err := entryOf(m.Data, w.unread)
	if err != nil || e.Entry == 0 {
		w.c.logger.Warn("a change that is no entry", "subject", m.Subject, "error", err)
		return false, nil
	}
	w.hears = true
	if !w.begun || e.Lineage != w.lineage {
		return true, nil
	}
	switch {
	case e.Entry <= w.last:
		return false, nil
	case e.Entry > w.last+1:
		return true, nil
	}
	w.heard = time.Now()
	return false, w.deliver(e, 0)
}

// fetch asks for what was not heard, until there is nothing more; and when to ask again.
func (w *watch) fetch(ctx context.Context) (again time.Duration, err error) {
	for {
		page, err := w.page(ctx)
		if err != nil {
			return w.trouble(ctx, err)
		}
		w.begun, w.failed, w.heard, w.said = true, 0, time.Now(), time.Time{}
		if len(page.Entries) == 0 {
			break
		}
		// What had to be asked for was not heard, or not heard yet.
		w.hears = false
		missed := page.Entries[0].Entry - w.last - 1
		for _, e := range page.Entries {
			if err := w.deliver(e, missed); err != nil {
				return 0, err
			}
			missed = 0
		}
	}
	if w.hears {
		return w.c.pace.heard, nil
	}
	return w.c.pace.quiet, nil
}

// page asks once and checks that what comes fits what came before.
func (w *watch) page(ctx context.Context) (schema.Entries, error) {
	q := schema.EntriesQuery{After: w.last, Limit: entriesAtOnce}
	if w.last == Now {
		q.After, q.Limit = 0, 1
	}
	page, err := w.c.Entries(ctx, q)
	if errors.Is(err, ErrBehind) && w.lineage != "" {
		// Behind, or at another log that is shorter? Its first entry tells.
		first, other := w.c.Entries(ctx, schema.EntriesQuery{Limit: 1})
		if other == nil && first.Lineage != "" && first.Lineage != w.lineage {
			page, err = first, nil
		}
	}
	if err != nil {
		return page, err
	}
	if w.lineage != "" && page.Lineage != "" && page.Lineage != w.lineage {
		w.c.entry(w.c.o.System).Store(0)
		return page, fmt.Errorf("%w: begin again at entry 0", ErrOtherLog)
	}
	if w.lineage == "" {
		w.lineage = page.Lineage
	}
	if w.last == Now {
		w.last, page.Entries = page.Last, nil
		return page, nil
	}
	if page.Last < w.last {
		return page, fmt.Errorf("%w: the replica has entry %d, this watch has seen %d", ErrBehind, page.Last, w.last)
	}
	expected := w.last + 1
	for i, e := range page.Entries {
		if i == 0 && e.Entry > expected && e.Entry == page.First {
			expected = e.Entry // what lay before is no longer kept
		}
		if e.Entry != expected {
			return page, fmt.Errorf("%w: the replica gave entry %d where %d comes", ErrBehind, e.Entry, expected)
		}
		expected++
	}
	return page, nil
}

// deliver hands an entry on.
func (w *watch) deliver(e schema.Entry, missed uint64) error {
	u, err := update(e, w.unread)
	if err != nil {
		return fmt.Errorf("%s: entry %d: %w", w.doing, e.Entry, err)
	}
	w.last = e.Entry
	w.missed += missed
	w.c.raise(w.c.o.System, e.Entry)
	if w.tokens != nil && !u.only(w.tokens) {
		return nil
	}
	u.Missed, w.missed = w.missed, 0
	return w.fn(u)
}

// trouble decides whether a watch ends, and if not, when it asks again.
func (w *watch) trouble(ctx context.Context, err error) (time.Duration, error) {
	err = fmt.Errorf("%s: %w", w.doing, err)
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case final(err), errors.Is(err, ErrOtherLog), !w.begun && !w.c.o.Patient && !errors.Is(err, ErrBehind):
		return 0, err
	}
	if now := time.Now(); now.Sub(w.said) >= sayAgain {
		w.said = now
		w.c.logger.Warn("the watch goes on", "no answer for", now.Sub(w.heard).Round(time.Second), "error", err)
	}
	w.failed++
	return w.c.pace.pause(w.failed - 1), nil
}

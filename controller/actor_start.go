package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"expertcontroller/schema"
)

// load takes the state from the projection. Whether it is this log's, and what came
// since, catching up finds out.
func (a *Actor) load(ctx context.Context) error {
	a.notReady("it is loading its state")
	state := NewState(a.config.System)
	var position schema.Position
	err := state.foldAll(func(fold func(schema.Document) error) (err error) {
		var requests []schema.Document // each follows its recovery
		position, err = a.config.Projection.Load(ctx, func(d schema.Document) error {
			if prefix(d.Key) == schema.KeyRequest {
				requests = append(requests, d)
				return nil
			}
			return fold(d)
		})
		for _, d := range requests {
			err = errors.Join(err, fold(d))
		}
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("loading the state of %s: %w: remove the database, it is rebuilt from the log", a.config.System, err)
	case position.Sequence == 0:
		state = NewState(a.config.System)
		position = a.config.Log.Start()
	case position.System != a.config.System:
		a.log.Warn("the database holds another system: the state is read from the log", "holds", position.System)
		state = NewState(a.config.System)
		position = a.config.Log.Start()
	}
	state.Position = position
	a.mu.Lock()
	a.state = state
	a.mu.Unlock()
	a.entry.Store(position.Entry)
	// A checkpoint is due whenever a multiple is passed, however short this run is.
	a.loop.checkpoint.since = position.Entry - position.Entry%uint64(max(a.config.CheckpointEntries, 1))
	return nil
}

// stand makes sure that the actor is where it may decide: at the log's end, by its own
// clock and the broker's, with the inbox read. After a cut all of it is looked at anew.
func (a *Actor) stand(ctx context.Context) (bool, error) {
	l := &a.loop
	if cuts := a.cuts.Load(); cuts != l.cuts {
		l.cuts, l.behind, l.read = cuts, true, false
		l.retry = time.Time{}
		l.verify = true
	}
	if a.now().Before(l.retry) {
		return false, nil
	}
	if !a.config.Bus.Connected() {
		a.later("no connection to the broker", nil)
		return false, nil
	}
	looks := a.pendingLooks()
	if l.behind || len(looks) > 0 {
		if err := a.catchUp(ctx); err != nil {
			if errors.Is(err, schema.ErrTrimmed) {
				// It begins there, or it has a hole: asking tells.
				if checked := a.config.Log.Check(ctx, a.state.Position); errors.Is(checked, schema.ErrTrimmed) {
					return false, a.anew(ctx, err)
				} else if grave(checked) {
					return false, checked
				}
			}
			if grave(err) || errors.Is(err, context.Canceled) && ctx.Err() != nil {
				return false, err
			}
			a.later("it can't read the log", err)
			return false, nil
		}
		l.behind = false
	}
	for _, look := range looks {
		close(look)
	}
	if a.now().Sub(l.retry) > 5*time.Second {
		l.backoff = 0
	}
	if !l.following {
		l.following = true
		a.running.Go(func() { a.followLog(ctx) })
		a.running.Go(func() { a.followInbox(ctx) })
	}
	if !a.clock.compared() {
		a.notReady("its clock has not been compared with the broker's yet")
		return false, nil
	}
	if a.clock.jumped(a.config.Now()) {
		a.clock.again()
		a.notReady("its clock jumped and is compared with the broker's again")
		return false, nil
	}
	if a.deciding() {
		if err := a.seed(); err != nil {
			return false, err
		}
		if len(a.firstSeeds()) > 0 {
			return true, nil // they are the first entry
		}
	}
	if !l.read {
		if ok := a.inboxRead(ctx); !ok {
			a.notReady("it is reading the inbox")
			return false, nil
		}
	}
	if a.stopping.Load() {
		return true, nil
	}
	if a.unready.Swap(nil) != nil && !a.stood.Swap(true) {
		a.log.Info("decides", "entry", a.state.Position.Entry, "preferred", a.state.Preferred)
	}
	return true, nil
}

// anew begins again with the checkpoint of a log that was trimmed behind this replica.
func (a *Actor) anew(ctx context.Context, why error) error {
	p, ok := a.config.Projection.(interface {
		Forget(ctx context.Context, written uint64) error
	})
	if !ok {
		return why
	}
	a.log.Warn("the log was trimmed behind this replica: it begins anew with the checkpoint", "because", why)
	a.notReady("it reads the log anew from its checkpoint")
	if err := p.Forget(ctx, a.Entry()); err != nil {
		return fmt.Errorf("beginning anew with %s: %w", a.config.System, err)
	}
	state := NewState(a.config.System)
	state.Position = a.config.Log.Start()
	a.mu.Lock()
	state.InboxCreated = a.state.InboxCreated
	a.state = state
	a.mu.Unlock()
	a.entry.Store(0)
	a.loop.checkpoint.since, a.loop.checkpoint.part = 0, 0
	a.loop.behind, a.loop.verify = true, true
	clear(a.loop.doubts)
	return nil
}

// later says why nothing is decided now, and looks again in a while.
func (a *Actor) later(why string, err error) {
	l := &a.loop
	if l.backoff == 0 {
		a.log.Warn("nothing is decided for the moment", "why", why, "error", err)
	}
	if err != nil {
		why += ": " + err.Error()
	}
	a.notReady(why)
	l.backoff = min(max(2*l.backoff, 50*time.Millisecond), 2*time.Second)
	l.retry = a.now().Add(l.backoff)
	l.behind, l.verify = true, true
}

func (a *Actor) pendingLooks() []chan struct{} {
	var out []chan struct{}
	for {
		select {
		case look := <-a.looks:
			out = append(out, look)
		default:
			return out
		}
	}
}

// catchUp folds what others appended. At the start and after a cut the entry at the
// position is read back first: it must be the one that was folded.
func (a *Actor) catchUp(ctx context.Context) error {
	l := &a.loop
	if l.verify {
		if err := a.config.Log.Check(ctx, a.state.Position); err != nil {
			return err
		}
		if err := a.recall(ctx); err != nil {
			return err
		}
		l.verify = false
	}
	var end uint64
	if !l.following {
		var err error
		if end, err = a.config.Log.End(ctx); err != nil {
			return err
		}
		a.notReady(fmt.Sprintf("it is reading the log from %d to %d", a.state.Position.Sequence, end))
	}
	reached, err := a.config.Log.CatchUp(ctx, a.state.Position, func(r schema.Record) error {
		if end > 0 && a.config.CatchingUp != nil {
			a.config.CatchingUp(r.Sequence, end)
		}
		return a.fold(r)
	})
	if err != nil {
		return err
	}
	// Nothing stands behind the place of what may have been sent: a doubt that is left
	// can still arrive, and is recognised then.
	if reached.Sequence > a.state.Position.Sequence {
		return fmt.Errorf("catching up with the log of %s: %w: told to stand at %d, folded up to %d", a.config.System, schema.ErrBroken, reached.Sequence, a.state.Position.Sequence)
	}
	return nil
}

// recall reads what the documents don't hold: when the last entry was decided, and by
// whom.
func (a *Actor) recall(ctx context.Context) error {
	if a.state.Position.At == 0 || !a.state.At.IsZero() {
		return nil
	}
	r, err := a.config.Log.At(ctx, a.state.Position.At)
	if err != nil {
		return err
	}
	if r.Entry == nil {
		return fmt.Errorf("reading entry %d back: %w: %s", a.state.Position.Entry, schema.ErrForeign, r.Skipped)
	}
	a.mu.Lock()
	a.state.At, a.state.Preferred = r.Entry.At, r.Entry.Replica
	a.mu.Unlock()
	a.prefer(r.Entry.Replica)
	a.checkRules(r.Entry)
	return nil
}

// inboxRead tells whether everything that the inbox held at the last cut has come in:
// deadlines wait for it, since what was told before them counts first.
func (a *Actor) inboxRead(ctx context.Context) bool {
	l := &a.loop
	if now := a.now(); l.asked.IsZero() || now.Sub(l.asked) >= time.Second || l.inboxEnd == 0 {
		end, err := a.config.Inbox().End(ctx)
		if err != nil {
			a.later("it can't read the inbox's end", err)
			return false
		}
		l.inboxEnd, l.asked = end, now
	}
	var at uint64
	created := a.config.Inbox().Created()
	if l.inbox.Equal(created) {
		at = l.told
	}
	if decided := a.state.Inbox(); decided.Created.Equal(created) {
		at = max(at, decided.Sequence)
	}
	if at >= l.inboxEnd || a.toldRoom() == nil {
		l.read, l.asked = true, time.Time{}
	}
	return l.read
}

// deciding tells whether this replica may decide at all.
func (a *Actor) deciding() bool {
	return a.stuck.Load() == nil && a.rules.Load() == 0 && a.clock.wrong() == nil
}

package controller

import (
	"context"
	"fmt"
	"time"

	"expertcontroller/schema"
)

const (
	// retainBatch is how many records one entry lets go: their rows are removed in one
	// commit, and whoever waits for the database waits for that.
	retainBatch = 1000
	// retainPause lies between two of them, so that decisions come first.
	retainPause = 25 * time.Millisecond
)

// Archive knows what is kept, and lets the log begin later.
type Archive interface {
	// Removable gives records that have ended and that the policy keeps no longer, at most
	// limit of them, and the rules that say so.
	Removable(ctx context.Context, keep *schema.Retention, now time.Time, limit int) (records []schema.TokenRange, why string, err error)
	// Cut gives the latest checkpoint with which the log may begin, behind the entry with
	// which it begins now and made before the time given.
	Cut(ctx context.Context, begins uint64, before time.Time) (cut schema.Cut, ok bool, err error)
	// Folded waits until what was decided up to the entry is there to be looked at.
	Folded(ctx context.Context, entry uint64) error
	// Trim removes what stands before the cut from the log. It is repeated at each start.
	Trim(ctx context.Context, cut schema.Cut) error
}

// retain lets go what the policy keeps no longer, until ctx ends. The log says so first;
// only then anything is removed.
func (a *Actor) retain(ctx context.Context) {
	if a.config.Archive == nil {
		return
	}
	each := time.NewTicker(a.config.RetainEvery)
	defer each.Stop()
	var trimmed uint64
	for {
		if err := a.retainOnce(ctx, &trimmed); err != nil && ctx.Err() == nil {
			a.log.Warn("what the policy keeps no longer can't be let go now: it is tried again", "error", err)
		}
		select {
		case <-each.C:
		case <-ctx.Done():
			return
		}
	}
}

// retainOnce lets go all that may go now; trimmed is the cut up to which the log was
// trimmed by this replica.
func (a *Actor) retainOnce(ctx context.Context, trimmed *uint64) error {
	for {
		var keep *schema.Retention
		var was *schema.RetentionDocument
		a.View(func(s *State) {
			was = s.retention
			if s.policy != nil {
				keep = s.policy.Policy.Retention
			}
		})
		if a.unready.Load() != nil || a.stopping.Load() {
			return nil
		}
		begins := uint64(1)
		if was != nil && was.Cut != nil {
			begins = was.Cut.Entry
			if *trimmed < begins {
				// What the entry said may not have been done: by nobody, if a crash lay between.
				if err := a.config.Archive.Trim(ctx, *was.Cut); err != nil {
					return fmt.Errorf("trimming the log: %w", err)
				}
				*trimmed = begins
			}
		}
		if !keep.Limited() || !a.mine() || !a.deciding() {
			return nil
		}
		m := &schema.Trim{Type: schema.Type(schema.KindTrim)}
		var err error
		if m.Records, m.Why, err = a.config.Archive.Removable(ctx, keep, a.now(), retainBatch); err != nil {
			return err
		}
		m.Why = schema.ShortenBytes(m.Why, 500)
		if len(m.Records) == 0 {
			cut, ok, err := a.config.Archive.Cut(ctx, begins, a.now().Add(-longest(keep)))
			if err != nil || !ok {
				return err
			}
			m.Cut = &cut
		}
		in, err := a.made(schema.KindTrim, a.by(), a.now(), m)
		if err != nil {
			return err
		}
		done := make(chan struct{})
		q := &ask{in: in, over: func() { close(done) }, valid: func(s *State) bool { return s.retention == was || entryOf(s.retention) == entryOf(was) }}
		a.own(q)
		select {
		case <-done:
		case <-a.ended:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
		moved := false
		a.View(func(s *State) { moved = entryOf(s.retention) != entryOf(was) })
		if !moved || !pausing(ctx, retainPause) {
			return nil // refused, or somebody else was faster: it is looked at anew next time
		}
		if err := a.config.Archive.Folded(ctx, a.Entry()); err != nil {
			return err
		}
	}
}

func entryOf(r *schema.RetentionDocument) uint64 {
	if r == nil {
		return 0
	}
	return r.Entry
}

// longest is the longest time for which records of any outcome are kept: what happened
// to the system as a whole is kept for as long.
func longest(keep *schema.Retention) (most time.Duration) {
	for _, state := range []string{schema.Completed, schema.Failed, schema.Cancelled, schema.RejectedState, schema.Joined} {
		if k := keep.Of(state); k != nil && k.Age != nil {
			most = max(most, k.Age.D())
		}
	}
	return most
}

package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

// purgeWithin is how long removing may take: all that was trimmed is read once.
const purgeWithin = time.Minute

// ErrTrimmed says that the log was trimmed behind a position: it goes on, with a
// checkpoint, and whoever stood there begins anew with that.
var ErrTrimmed = errors.New("the log was trimmed")

// Trim removes what stands before the cut. It looks first whether the cut is the
// checkpoint that it is said to be; what is gone already is no error.
func (l *Log) Trim(ctx context.Context, cut schema.Cut) error {
	doing := fmt.Sprintf("trimming %s before entry %d", l.subject, cut.Entry)
	first, err := l.First(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if first.Sequence >= cut.Sequence {
		return nil
	}
	at, err := l.At(ctx, cut.Sequence)
	if err != nil {
		return fmt.Errorf("%s: reading the checkpoint: %w", doing, err)
	}
	if e := at.Entry; e == nil || e.Entry != cut.Entry || at.Position.Hash != cut.Hash || e.Checkpoint == nil || e.Checkpoint.Part != 1 {
		return fmt.Errorf("%s: %w: what stands at %d is not the checkpoint that was decided on: nothing is removed", doing, ErrBroken, cut.Sequence)
	}
	ctx, cancel := context.WithTimeout(ctx, purgeWithin)
	defer cancel()
	if err := l.b.handle(schema.StreamLog).Purge(ctx, jetstream.WithPurgeSubject(l.subject), jetstream.WithPurgeSequence(cut.Sequence)); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	l.b.log.Info("trimmed the log", "system", l.system, "begins", cut.Entry)
	return nil
}

// FinishTrim completes a trimming that a crash of the broker interrupted, for whoever has
// no state that says so: the log then begins in the middle, and an entry further on says
// where it should.
func (l *Log) FinishTrim(ctx context.Context) error {
	first, err := l.First(ctx)
	if errors.Is(err, ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	for first.Entry == nil { // what is no entry stands where it likes
		m, err := l.next(ctx, first.Sequence+1)
		if errors.Is(err, ErrMissing) {
			return nil
		}
		if err != nil {
			return err
		}
		first = l.lone(m)
	}
	if e := first.Entry; e.Entry == 1 || e.Checkpoint != nil && e.Checkpoint.Part == 1 {
		return nil
	}
	var cut *schema.Cut
	at := first.Position
	_, err = l.CatchUp(ctx, at, func(r Record) error {
		if r.Entry == nil {
			return nil
		}
		for _, d := range r.Entry.Documents {
			if d.Key != schema.KeyRetention || len(d.Value) == 0 {
				continue
			}
			found, err := schema.Read[schema.RetentionDocument](d.Value)
			if err != nil {
				return err
			}
			if found.Cut != nil {
				cut = found.Cut
			}
		}
		return nil
	})
	if err != nil || cut == nil || cut.Entry <= first.Entry.Entry {
		return err // a log that begins in the middle without a reason is told by whoever reads it
	}
	return l.Trim(ctx, *cut)
}

// trimmed tells why the entry at a position is not there: because the log was trimmed
// (ErrTrimmed), or nil where it goes on exactly behind it; known is false where neither
// is so.
func (l *Log) trimmed(ctx context.Context, p schema.Position) (known bool, err error) {
	first, err := l.First(ctx)
	if errors.Is(err, ErrMissing) {
		return false, nil
	}
	if err != nil {
		return true, fmt.Errorf("checking %s: %w", l.subject, err)
	}
	e := first.Entry
	if e == nil || first.Sequence <= p.At || e.Lineage != p.Lineage || e.Checkpoint == nil || e.Checkpoint.Part != 1 {
		return false, nil
	}
	switch {
	case e.Entry == p.Entry+1 && e.Previous == p.Hash:
		return true, nil
	case e.Entry > p.Entry+1:
		return true, fmt.Errorf("checking %s: %w: it begins with entry %d, and was read up to entry %d", l.subject, ErrTrimmed, e.Entry, p.Entry)
	}
	return false, nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"math"

	"expertcontroller/schema"
)

// ErrGap says that an entry does not follow the position: read on from the position.
var ErrGap = errors.New("the entry does not follow the position")

// ErrForeign says that an entry belongs to another log than what the store holds: Reset first.
var ErrForeign = errors.New("the entry is of another log")

// Applied is a message of a log that was read: a valid entry, or one that was skipped.
type Applied struct {
	// Position is where the follower stands after it.
	Position schema.Position
	// Entry is nil when it was skipped: then only the position moves.
	Entry *schema.Entry
	// Payload is the entry's bytes, where they are at hand: they have to fit Position.Hash.
	Payload []byte
	// Skipped says why it is no valid entry.
	Skipped string
}

// size is about how much memory it holds, for bounding queues.
func (a Applied) size() int {
	if len(a.Payload) > 0 || a.Entry == nil {
		return len(a.Payload) + 256
	}
	size := 512 + 256*len(a.Entry.Events)
	for _, d := range a.Entry.Documents {
		size += len(d.Key) + len(d.Value)
	}
	for _, in := range a.Entry.Inputs {
		size += len(in.Message) + 512
	}
	return size
}

// Apply writes the entries, of one system or of several, with their positions, in one
// transaction. An entry at or before the position is ignored; one that does not follow it
// is refused with ErrGap or ErrForeign, and then nothing of the batch is written.
func (s *Store) Apply(ctx context.Context, batch []Applied) error {
	if len(batch) == 0 {
		return nil
	}
	all, err := foldAll(batch)
	if err != nil {
		return fmt.Errorf("applying: %w", err)
	}
	return s.apply(ctx, batch, all)
}

// apply is Apply for a batch that was taken apart before.
func (s *Store) apply(ctx context.Context, batch []Applied, all []folded) error {
	merged := map[string]*merge{}
	return s.commit(ctx, "applying", func(tx *transaction) error {
		for i, a := range batch {
			m := merged[a.Position.System]
			if m == nil {
				m = s.startMerge(a.Position.System)
				merged[a.Position.System] = m
			}
			if err := m.add(tx, a, all[i]); err != nil {
				return err
			}
		}
		for _, m := range merged {
			if err := m.write(tx); err != nil {
				return err
			}
		}
		if err := tx.flush(); err != nil {
			return err
		}
		for _, m := range merged {
			if err := m.writeTexts(tx); err != nil {
				return err
			}
		}
		// Positions come last, when all else is written: after an error of the disk SQLite has
		// taken back what was there, and what comes then stands for itself.
		for _, m := range merged {
			if err := m.writePosition(tx); err != nil {
				return err
			}
		}
		return nil
	}, func() {
		for name, m := range merged {
			s.moved(name, m.system, m.at, m.through, m.newestCovering())
		}
	})
}

// commit runs fn in a transaction, and done once it is committed, before anybody else commits.
func (s *Store) commit(ctx context.Context, doing string, fn func(tx *transaction) error, done func()) (err error) {
	s.applying.Lock()
	defer s.applying.Unlock()
	select {
	case <-s.closed:
		return fmt.Errorf("%s: %w", doing, ErrClosed)
	default:
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	tx, err := s.write.BeginTxx(context.Background(), nil)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, explain(err))
	}
	t := newTransaction(tx, s)
	if err = errors.Join(fn(t), t.settle()); err == nil {
		err = tx.Commit()
	} else {
		err = errors.Join(err, tx.Rollback())
	}
	if err != nil {
		s.terms.forget()
		return fmt.Errorf("%s: %w", doing, explain(err))
	}
	done()
	return nil
}

// follows tells whether a moves the position, or lies before it.
func follows(at schema.Position, a Applied) (bool, error) {
	p := a.Position
	if p.System == "" {
		return false, errors.New("the position names no system")
	}
	if p.Sequence > math.MaxInt64 || p.At > math.MaxInt64 || p.Entry > maxNumber {
		return false, fmt.Errorf("position %d of %s is beyond what can be counted", p.Sequence, p.System)
	}
	e := a.Entry
	if e == nil {
		if p.Entry > at.Entry {
			return false, fmt.Errorf("%w: at entry %d of %s, got a skipped message behind entry %d: read on from the position", ErrGap, at.Entry, p.System, p.Entry)
		}
		return p.Sequence > at.Sequence, nil
	}
	if e.System != p.System || e.Entry != p.Entry || e.Lineage != p.Lineage {
		return false, fmt.Errorf("entry %d of %s does not fit its position: entry %d of %s", e.Entry, e.System, p.Entry, p.System)
	}
	if at.Entry == 0 {
		// A log that was trimmed is read from a checkpoint.
		if e.Entry == 1 || e.Checkpoint != nil && e.Checkpoint.Part == 1 {
			return true, nil
		}
		return false, fmt.Errorf("%w: nothing of %s is known, got entry %d: begin with entry 1 or with a checkpoint", ErrGap, p.System, e.Entry)
	}
	if e.Lineage != at.Lineage {
		return false, fmt.Errorf("%w: at entry %d of %s, lineage %s, got lineage %s: forget the system (Reset) and read its log from the start", ErrForeign, at.Entry, p.System, at.Lineage, e.Lineage)
	}
	if e.Entry <= at.Entry {
		return false, nil
	}
	if e.Entry > at.Entry+1 {
		return false, fmt.Errorf("%w: at entry %d of %s, got entry %d: read on from the position", ErrGap, at.Entry, p.System, e.Entry)
	}
	if e.Previous != at.Hash {
		return false, fmt.Errorf("%w: entry %d of %s names %s as its previous one, and entry %d has %s: forget the system (Reset) and read its log from the start", ErrForeign, e.Entry, p.System, e.Previous, at.Entry, at.Hash)
	}
	return true, nil
}

package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// follower is how far a system is applied, for those who wait.
type follower struct {
	id       int64
	known    bool
	position schema.Position
	// through is the highest number of a record that was ever let go, newest of one that covers a problem.
	through, newest uint64
	// failed is why a writer gave the system up.
	failed  error
	changed chan struct{}
}

// follow gives the system's follower; s.mu is held.
func (s *Store) follow(name string) *follower {
	f := s.followed[name]
	if f == nil {
		f = &follower{changed: make(chan struct{})}
		s.followed[name] = f
	}
	return f
}

// announce wakes those who wait; s.mu is held.
func (f *follower) announce() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// place gives the number and the position of a system, and the highest numbers of records
// that follower names; one that is new gets the next free number, which is taken when a
// commit says so.
func (s *Store) place(name string) (id int64, at schema.Position, through, newest uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.follow(name)
	if f.id == 0 {
		var last int64
		for _, other := range s.followed {
			last = max(last, other.id)
		}
		f.id = last + 1
	}
	return f.id, f.position, f.through, f.newest
}

// moved says that a commit is done.
func (s *Store) moved(name string, id int64, at schema.Position, through, newest uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.follow(name)
	f.id, f.position, f.through, f.newest, f.known = id, at, through, newest, at.System != ""
	f.announce()
}

// Position gives where the store stands in the system's log; ok is false when it holds
// nothing of the system.
func (s *Store) Position(ctx context.Context, name string) (schema.Position, bool, error) {
	var at schema.Position
	ok, err := s.viewSystem(ctx, "reading the position of "+name, name, func(_ *sqlx.Tx, sys system) error {
		at = sys.position()
		return nil
	})
	return at, ok, err
}

// Wait returns when the entry is applied. It returns the error of a writer that gave the
// system up, and ctx's.
func (s *Store) Wait(ctx context.Context, name string, entry uint64) error {
	hurried := false
	for {
		s.mu.Lock()
		f := s.follow(name)
		at, failed, changed := f.position.Entry, f.failed, f.changed
		s.mu.Unlock()
		switch {
		case at >= entry:
			return nil
		case failed != nil:
			return fmt.Errorf("waiting for entry %d of %s: %w", entry, name, failed)
		}
		if !hurried {
			hurried = true
			s.waiting.Add(1)
			defer s.waiting.Add(-1)
			signal(s.hurry)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for entry %d of %s, at %d: %w", entry, name, at, ctx.Err())
		case <-s.closed:
			return fmt.Errorf("waiting for entry %d of %s: %w", entry, name, ErrClosed)
		}
	}
}

// Reset forgets everything about a system, before it is rebuilt from its log.
func (s *Store) Reset(ctx context.Context, name string) error {
	doing := "forgetting " + name
	var id int64
	return s.commit(ctx, doing, func(tx *transaction) error {
		id, _, _, _ = s.place(name)
		low, high := idOf(id, 0), idOf(id+1, 0)
		for _, step := range []struct {
			statement string
			args      []any
		}{
			{`DELETE FROM systems WHERE id = ?`, []any{id}},
			{`DELETE FROM documents WHERE system = ?`, []any{id}},
			{`DELETE FROM hours WHERE system = ?`, []any{id}},
			{`DELETE FROM entries WHERE id >= ? AND id < ?`, []any{low, high}},
			{`DELETE FROM records WHERE id >= ? AND id < ?`, []any{low, high}},
			{`DELETE FROM statuses WHERE id >= ? AND id < ?`, []any{low, high}},
			{`DELETE FROM requests WHERE id >= ? AND id < ?`, []any{low, high}},
			{`DELETE FROM facets WHERE record >= ? AND record < ?`, []any{low, high}},
			{`DELETE FROM problems WHERE record >= ? AND record < ?`, []any{low, high}},
			{`DELETE FROM problem_texts WHERE chunk >= ? AND chunk < ?`, []any{low >> chunkBits, high >> chunkBits}},
			{`DELETE FROM prompts WHERE record >= ? AND record < ?`, []any{low, high}},
			{`DELETE FROM events WHERE id >= ? AND id < ?`, []any{low, high}},
			{`DELETE FROM checkpoints WHERE id >= ? AND id < ?`, []any{low, high}},
			{`DELETE FROM terms WHERE system = ?`, []any{id}},
		} {
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := tx.tx.ExecContext(context.Background(), step.statement, step.args...); err != nil {
				return errors.Join(errors.New(step.statement), err)
			}
		}
		return nil
	}, func() {
		s.terms.forget()
		s.mu.Lock()
		s.follow(name).failed = nil
		s.mu.Unlock()
		s.moved(name, id, schema.Position{}, 0, 0)
	})
}

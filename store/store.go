package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// ErrClosed is returned by everything that is asked of a store, or a writer, after Close.
var ErrClosed = errors.New("the store is closed")

// Store is the open database. Its methods may be called from any goroutine.
type Store struct {
	path     string
	setAside string
	log      *slog.Logger

	// write is the only handle that writes: one connection, so that nothing of ours waits for a lock.
	write *sqlx.DB
	read  *sqlx.DB

	// applying guards what only a commit changes: the statements and the terms.
	applying   sync.Mutex
	statements *statements
	terms      *terms

	mu       sync.Mutex
	followed map[string]*follower
	// kept is by system and state.
	kept   map[[2]string]kept
	closed chan struct{}
	// waiting counts those who wait for an entry; hurry says that one more does.
	waiting   atomic.Int64
	hurry     chan struct{}
	closeOnce sync.Once
	closeErr  error
}

// system is a row of the table systems: a position and the number that stands for the name.
type system struct {
	ID       int64  `db:"id"`
	Name     string `db:"name"`
	Created  int64  `db:"created"`
	Sequence int64  `db:"sequence"`
	At       int64  `db:"at"`
	Entry    int64  `db:"entry"`
	Hash     string `db:"hash"`
	Lineage  string `db:"lineage"`
}

func (s system) position() schema.Position {
	return schema.Position{
		System: s.Name, Created: fromNanos(s.Created), Sequence: uint64(s.Sequence), At: uint64(s.At),
		Entry: uint64(s.Entry), Hash: s.Hash, Lineage: s.Lineage,
	}
}

// low and high bound the ids of the system's records and entries: low <= id < high.
func (s system) low() int64  { return idOf(s.ID, 0) }
func (s system) high() int64 { return idOf(s.ID+1, 0) }

// SetAside names the file to which a damaged database was moved when the store was
// opened; empty when there was none.
func (s *Store) SetAside() string { return s.setAside }

// view runs fn on one snapshot of the database.
func (s *Store) view(ctx context.Context, doing string, fn func(tx *sqlx.Tx) error) error {
	select {
	case <-s.closed:
		return fmt.Errorf("%s: %w", doing, ErrClosed)
	default:
	}
	tx, err := s.read.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, explain(err))
	}
	defer tx.Rollback()
	if err := fn(tx); err != nil {
		var refused *schema.Error
		if errors.As(err, &refused) {
			return refused
		}
		return fmt.Errorf("%s: %w", doing, explain(err))
	}
	return nil
}

// viewSystem is view for a system; a system that the store never heard of is left
// alone, and known is false.
func (s *Store) viewSystem(ctx context.Context, doing, name string, fn func(tx *sqlx.Tx, sys system) error) (known bool, err error) {
	err = s.view(ctx, doing, func(tx *sqlx.Tx) error {
		sys, ok, err := findSystem(ctx, tx, name)
		if err != nil || !ok {
			return err
		}
		known = true
		return fn(tx, sys)
	})
	return known && err == nil, err
}

func findSystem(ctx context.Context, tx *sqlx.Tx, name string) (system, bool, error) {
	var sys system
	err := tx.GetContext(ctx, &sys, `SELECT id, name, created, sequence, at, entry, hash, lineage FROM systems WHERE name = ?`, name)
	if errors.Is(err, sql.ErrNoRows) {
		return sys, false, nil
	}
	return sys, err == nil, err
}

// Close ends everything that waits and closes the file. What was committed stays.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		close(s.closed)
		s.applying.Lock()
		defer s.applying.Unlock()
		// The writer last: the last connection to leave folds the write-ahead log into the file.
		s.closeErr = errors.Join(s.read.Close(), s.statements.close(), s.write.Close())
	})
	return s.closeErr
}

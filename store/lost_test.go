package store

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"expertcontroller/schema"
)

// An error of the disk makes SQLite take the whole transaction back, and what follows is on
// its own. Rows that are written ahead must not let the position move without them: a
// database that stands behind what it holds is read on from there, and never finds out.
func TestAPositionNeverMovesWithoutItsRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(t.Context(), Options{Path: path, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.Close() }()
	next := func(n uint64) Applied {
		e := &schema.Entry{System: "cms", Entry: n, Lineage: "l", ID: fmt.Sprint(n)}
		for range 2 * atOnce {
			e.Events = append(e.Events, schema.Event{Kind: "note", Text: "hello"})
		}
		if n > 1 {
			e.Previous = fmt.Sprint(n - 1)
		}
		return Applied{Position: schema.Position{System: "cms", Sequence: n, At: n, Entry: n, Lineage: "l", Hash: fmt.Sprint(n)}, Entry: e}
	}
	if err := s.Apply(t.Context(), []Applied{next(1)}); err != nil {
		t.Fatal(err)
	}
	// RAISE(ROLLBACK) does what SQLite does after an error of the disk.
	if _, err := s.write.Exec(`CREATE TRIGGER broken BEFORE INSERT ON events BEGIN SELECT RAISE(ROLLBACK, 'the disk is broken'); END`); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := s.Apply(t.Context(), []Applied{next(2)}); err == nil {
			t.Fatal("it went well")
		}
		if at, _, err := s.Position(t.Context(), "cms"); err != nil || at.Entry != 1 {
			t.Fatalf("nothing was written, and the database stands at entry %d, %v", at.Entry, err)
		}
	}
	if _, err := s.write.Exec(`DROP TRIGGER broken`); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), []Applied{next(2)}); err != nil {
		t.Fatal(err)
	}
}

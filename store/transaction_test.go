package store

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"expertcontroller/schema"
)

// Removing documents many at a time has to find each by its key: going through all of
// them would take longer than all else that a commit does.
func TestRemovingFindsByKey(t *testing.T) {
	s, err := Open(context.Background(), Options{Path: filepath.Join(t.TempDir(), "store.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, rows := range []int{1, atOnce} {
		var plan []struct {
			ID, Parent, Unused int
			Detail             string
		}
		text := tables[tableRemoved].statement(rows)
		if err := s.write.Unsafe().Select(&plan, `EXPLAIN QUERY PLAN `+text, make([]any, strings.Count(text, "?"))...); err != nil {
			t.Fatal(err)
		}
		if len(plan) == 0 || plan[0].Detail != "SEARCH documents USING PRIMARY KEY (system=? AND key=?)" {
			t.Errorf("%d at once are removed as %+v", rows, plan)
		}
	}
}

// However many rows a commit has, each is written, and once.
func TestAnyNumberOfRows(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "store.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i, rows := range []int{1, 2, 15, 63, 84, 85, 255, 256, 257, 341, 700} {
		n := uint64(i + 1)
		e := &schema.Entry{System: "cms", Entry: n, Lineage: "l", ID: fmt.Sprint(n)}
		for r := range rows {
			e.Events = append(e.Events, schema.Event{Kind: "note", Text: fmt.Sprint(r)})
		}
		if n > 1 {
			e.Previous = fmt.Sprint(n - 1)
		}
		at := schema.Position{System: "cms", Sequence: n, At: n, Entry: n, Lineage: "l", Hash: fmt.Sprint(n)}
		if err := s.Apply(t.Context(), []Applied{{Position: at, Entry: e}}); err != nil {
			t.Fatal(err)
		}
		events, err := s.Events(t.Context(), "cms", "", n-1, 0)
		if err != nil || len(events) != rows {
			t.Fatalf("%d of %d rows: %v", len(events), rows, err)
		}
		for r, event := range events {
			if event.Text != fmt.Sprint(r) {
				t.Fatalf("of %d rows number %d is %q", rows, r, event.Text)
			}
		}
	}
}

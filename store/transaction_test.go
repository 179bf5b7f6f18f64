package store

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
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

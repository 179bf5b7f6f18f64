package store

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
)

// What is asked often has to find its rows by an index: with a million records, going
// through them takes most of a second.
func TestQueriesUseAnIndex(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: filepath.Join(t.TempDir(), "store.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	state := filterState([]string{"failed"}).list
	term := &list{rows: fragment{text: `SELECT record FROM facets WHERE term IN (7)`}, column: `record`, parts: 1}
	newest := func(lists ...*list) string { return intersection(lists, span{}, 1).text }
	for statement, want := range map[string]string{
		findRequest:         "INDEX records_request (request=? AND name=? ",
		findProblem:         "INDEX problems_id (id=? AND expert=? AND record>? AND record<?)",
		selectEnded:         "INDEX records_ended (system=? ",
		selectOpen:          "INDEX records_state (state=? AND rowid>? AND rowid<?)",
		newest(state):       "INDEX records_state (state=? AND rowid>? AND rowid<?)",
		newest(term, state): "INDEX facets_term (term=? AND record>? AND record<?)",
		newest(state, term): "INDEX records_state (state=? AND rowid>? AND rowid<?)",
	} {
		rows, err := s.read.QueryContext(ctx, `EXPLAIN QUERY PLAN `+statement, make([]any, strings.Count(statement, "?"))...)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(plan, "; "); !strings.Contains(text, want) || strings.Contains(text, "SCAN") || strings.Contains(statement, "record DESC") && strings.Contains(text, "TEMP B-TREE") {
			t.Errorf("%s\nis carried out as %s\nwant %s", statement, text, want)
		}
	}
}

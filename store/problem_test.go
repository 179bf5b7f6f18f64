package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"expertcontroller/schema"
	"expertcontroller/store"
)

// strange are ids as a program may make them: nothing but their length is laid down.
var strange = []string{
	"two\nlines", "\n", "\nfirst", "last\n", " ", "a\x00b", "\x00", "[a-z]", "]", "what?", "^", "back\\slash", "100%", "_", "'quoted'", `"`,
	"größe", "Größe", "é", "e\u0301", "日本語", "🔥", "\u2028", "\U0010ffff", strings.Repeat("x", 128), strings.Repeat("é", 128), "plain",
}

// found gives the numbers of the records with a problem whose id has the part in it.
func found(t *testing.T, s *store.Store, part string) string {
	t.Helper()
	return tokens(history(t, s, "cms", schema.HistoryQuery{Problem: "*" + part + "*", Limit: 500}))
}

func numbersOf(ids []string, part string) string {
	out := []uint64{}
	for i, id := range slices.Backward(ids) {
		if strings.Contains(id, part) {
			out = append(out, uint64(i+1))
		}
	}
	return strings.Join(strings.Fields(fmt.Sprint(out)), ",")
}

// Whatever an id is made of, a part of it finds its record, and those that stand beside it
// are found, too.
func TestPartsOfStrangeIDs(t *testing.T) {
	s, c := fresh(t), newChain("cms")
	for i, id := range strange {
		apply(t, s, c.next(docs(recorded(recovery("cms", uint64(i+1), schema.Completed, func(s *schema.Status) {
			s.Problems[0].ID, s.Problems[0].Title = id, ""
		})))))
	}
	findStrange(t, s, strange)
}

// findStrange looks for each id, up to a zero in it: a search ends there.
func findStrange(t *testing.T, s *store.Store, ids []string, more ...string) {
	t.Helper()
	for _, id := range append(slices.Clone(strange), more...) {
		id, _, _ = strings.Cut(id, "\x00")
		if got, want := found(t, s, id), numbersOf(ids, id); id != "" && got != want {
			t.Errorf("%q finds %s, want %s", id, got, want)
		}
	}
}

// The first and the last record of each text of ids are found as all others are, on
// whatever page they stand.
func TestPartsOfIDsAtTheEdges(t *testing.T) {
	s, c := fresh(t), newChain("cms")
	const records = 1100
	var d []schema.Document
	var all []uint64
	for n := uint64(1); n <= records; n++ {
		d = append(d, recorded(recovery("cms", n, schema.Completed, func(s *schema.Status) { s.Problems[0].ID = fmt.Sprint("a", n, "z") })))
		all = append(all, records+1-n)
	}
	apply(t, s, c.next(d))
	for n := uint64(1); n <= records; n++ {
		if n&0xff < 3 || n&0xff > 253 {
			if got, want := found(t, s, fmt.Sprint("a", n, "z")), fmt.Sprintf("[%d]", n); got != want {
				t.Errorf("record %d: found %s", n, got)
			}
		}
	}
	for _, limit := range []int{31, 255, 256, 257, 500} {
		var got []uint64
		q := schema.HistoryQuery{Problem: "*a*", Limit: limit}
		for page := 0; page == 0 || q.Cursor != ""; page++ {
			h := history(t, s, "cms", q)
			for _, r := range h.Records {
				_, n, _ := schema.ParseToken(r.Token)
				got = append(got, n)
			}
			q.Cursor = h.Next
		}
		if !slices.Equal(got, all) {
			t.Errorf("in pages of %d: %d records, %v…", limit, len(got), got[:min(len(got), 20)])
		}
	}
}

// A database of the version before has the ids of its records as one that was made anew.
func TestTextsOfAnOlderDatabase(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	older := open(t, path)
	c := newChain("cms")
	ids := slices.Clone(strange)
	for len(ids) < 600 {
		ids = append(ids, fmt.Sprint("id/", len(ids)+1, "."))
	}
	status := func(n int) schema.Document {
		return recorded(recovery("cms", uint64(n), schema.Completed, func(s *schema.Status) { s.Problems[0].ID, s.Problems[0].Title = ids[n-1], "" }))
	}
	var d []schema.Document
	for n := 1; n <= len(ids); n++ {
		d = append(d, status(n))
	}
	apply(t, older, c.next(d))
	digestBefore := digest(t, older, "cms")
	if err := older.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`DROP TABLE problem_texts`, `PRAGMA user_version = 3`} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	s := open(t, path)
	if s.SetAside() != "" || digest(t, s, "cms") != digestBefore {
		t.Fatalf("set aside %q, or another digest", s.SetAside())
	}
	check := func() {
		t.Helper()
		findStrange(t, s, ids, "id/255.", "id/256.", "id/257.", "id/511.", "id/512.", "id/600.", ids[len(ids)-1])
	}
	check()
	// What comes afterwards is found beside it.
	ids = append(ids, "id/601.", "more\nlines")
	apply(t, s, c.next(docs(status(601), status(602), status(256))))
	check()
}

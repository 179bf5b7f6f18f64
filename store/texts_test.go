package store

import (
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

// What newer records cover is put at the end of a text: it has to be what the text would
// be if it were made anew of all problems, whichever way the records came in.
func TestTextsGrowAsIfMadeAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	reopen := func() *Store {
		t.Helper()
		s, err := Open(t.Context(), Options{Path: path, Logger: slog.New(slog.DiscardHandler)})
		if err != nil || s.SetAside() != "" {
			t.Fatalf("set aside %q: %v", s.SetAside(), err)
		}
		return s
	}
	s := reopen()
	defer func() { s.Close() }()
	var n uint64
	entry := func(records map[uint64][]string, more ...schema.Document) Applied {
		t.Helper()
		n++
		e := &schema.Entry{System: "cms", Entry: n, Lineage: "l", ID: fmt.Sprint(n), Documents: more}
		if n > 1 {
			e.Previous = fmt.Sprint(n - 1)
		}
		for number, ids := range records {
			status := schema.Status{Token: schema.Token("cms", number), System: "cms", State: schema.RejectedState, Created: time.Unix(1e9, 0).UTC()}
			for i, id := range ids {
				status.Problems = append(status.Problems, schema.ProblemStatus{Expert: fmt.Sprint("x", (number+uint64(i))%3), ID: id})
			}
			value, err := schema.Encode(status)
			if err != nil {
				t.Fatal(err)
			}
			e.Documents = append(e.Documents, schema.Document{Key: schema.KeyRecord + status.Token, Value: value})
		}
		return Applied{Position: schema.Position{System: "cms", Sequence: n, At: n, Entry: n, Lineage: "l", Hash: fmt.Sprint(n)}, Entry: e}
	}
	texts := func() map[int64]string {
		t.Helper()
		var rows []struct {
			Chunk int64  `db:"chunk"`
			IDs   string `db:"ids"`
		}
		if err := s.write.Select(&rows, `SELECT chunk, ids FROM problem_texts`); err != nil {
			t.Fatal(err)
		}
		out := map[int64]string{}
		for _, r := range rows {
			out[r.Chunk] = r.IDs
		}
		return out
	}
	apply := func(batch ...Applied) {
		t.Helper()
		if err := s.Apply(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		grown := texts()
		if _, err := s.write.Exec(`DELETE FROM problem_texts`); err != nil {
			t.Fatal(err)
		}
		for chunk := range grown {
			if _, err := s.statements.putTexts.Exec(chunk, chunk<<chunkBits, (chunk+1)<<chunkBits); err != nil {
				t.Fatal(err)
			}
		}
		if made := texts(); !maps.Equal(grown, made) {
			t.Fatalf("at entry %d it grew to\n%v, made anew it is\n%v", n, grown, made)
		}
	}
	some := func(from, to uint64) map[uint64][]string {
		out := map[uint64][]string{}
		for number := from; number <= to; number++ {
			out[number] = []string{fmt.Sprint("p", 1000-number), "zero\x00behind", fmt.Sprint("q", number)}
		}
		return out
	}
	apply(entry(some(1, 3)))
	apply(entry(some(4, 4)))
	apply(entry(some(5, 300)), entry(some(301, 301)))
	apply(entry(map[uint64][]string{2: {"another one"}})) // older than others
	if text := texts()[idOf(1, 2)>>chunkBits]; !strings.Contains(text, "\nanother one\n") {
		t.Fatalf("what an older record came to cover is not in %q", text)
	}
	apply(entry(map[uint64][]string{302: {"new"}, 4: {"both"}}))
	apply(entry(map[uint64][]string{303: {"b"}}), entry(map[uint64][]string{303: {"a", "b"}})) // twice, the other way round
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = reopen()
	apply(entry(map[uint64][]string{303: {"A"}}))
	apply(entry(map[uint64][]string{304: {}}))
	apply(entry(map[uint64][]string{305: {"m"}, 306: {"n"}}))
}

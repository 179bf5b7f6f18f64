package store

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"expertcontroller/schema"
)

// A full disk ends the following of the log with what to do, for everybody who waits.
func TestAFullDiskSaysWhatToDo(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "store.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	// SQLite says the same where the file may not grow.
	if _, err := s.write.Exec("PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	w := s.Writer(t.Context())
	told := func(err error) bool {
		return err != nil && strings.Contains(err.Error(), "the disk is full: make room and restart")
	}
	for n := uint64(1); !told(err); n++ {
		if err != nil || n > 1000 {
			t.Fatalf("entry %d: %v", n, err)
		}
		at := schema.Position{System: "cms", Sequence: n, At: n, Entry: n, Lineage: "l", Hash: fmt.Sprint(n)}
		e := &schema.Entry{System: "cms", Entry: n, Lineage: "l", ID: fmt.Sprint(n), Events: []schema.Event{{Kind: "note", Text: strings.Repeat("x", 4000)}}}
		if n > 1 {
			e.Previous = fmt.Sprint(n - 1)
		}
		if err = w.Enqueue(Applied{Position: at, Entry: e}); err == nil {
			err = s.Wait(t.Context(), "cms", n)
		}
	}
	if err := w.Close(); !told(err) {
		t.Errorf("the writer ends with %v", err)
	}
}

package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"expertcontroller/schema"
)

// A commit waits for company, but neither while somebody waits for what is in it, nor
// when there is enough, nor when the writer ends.
func TestCommitsGather(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := Open(ctx, Options{Path: filepath.Join(t.TempDir(), "store.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := s.Writer(context.Background())
	w.patience = time.Hour
	var n uint64
	enqueue := func(count int) {
		t.Helper()
		for range count {
			n++
			at := schema.Position{System: "cms", Sequence: n, At: n, Entry: n, Lineage: "l", Hash: fmt.Sprint(n)}
			e := &schema.Entry{System: "cms", Entry: n, Lineage: "l", ID: fmt.Sprint(n)}
			if n > 1 {
				e.Previous = fmt.Sprint(n - 1)
			}
			if err := w.Enqueue(Applied{Position: at, Entry: e}); err != nil {
				t.Fatal(err)
			}
		}
	}
	stands := func(entry uint64) {
		t.Helper()
		if at, _, err := s.Position(ctx, "cms"); err != nil || at.Entry != entry {
			t.Fatalf("it stands at %d, want %d: %v", at.Entry, entry, err)
		}
	}
	enqueue(2)
	stands(0)
	if err := s.Wait(ctx, "cms", n); err != nil {
		t.Fatal(err)
	}
	stands(n)
	waited := make(chan error, 1)
	go func() { waited <- s.Wait(ctx, "cms", n+1) }()
	for s.waiting.Load() == 0 && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	enqueue(1)
	if err := <-waited; err != nil {
		t.Fatalf("who waits before the entry is there: %v", err)
	}
	enqueue(2 * commitEntries) // some of them may share the commit that was waited for
	for at, _, err := s.Position(ctx, "cms"); at.Entry+commitEntries < n; at, _, err = s.Position(ctx, "cms") {
		if err != nil {
			t.Fatalf("a whole commit is there: %v", err)
		}
	}
	enqueue(1)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	stands(n)
}

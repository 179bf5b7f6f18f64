package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"expertcontroller/schema"
	"expertcontroller/store"
)

func TestWriter(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	t.Run("Many actors share it, and a full queue makes them wait", func(t *testing.T) {
		s := fresh(t)
		w := s.Writer(ctx)
		const actors, entries = 5, 3000
		var wg sync.WaitGroup
		for i := range actors {
			wg.Go(func() {
				c := newChain(fmt.Sprint("s", i))
				for range entries {
					if err := w.Enqueue(c.next(nil, schema.Event{Kind: "note"})); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for i := range actors {
			if err := s.Wait(ctx, fmt.Sprint("s", i), entries); err != nil {
				t.Fatal(err)
			}
			if at, ok, err := s.Position(ctx, fmt.Sprint("s", i)); err != nil || !ok || at.Entry != entries {
				t.Fatalf("waited, and the position is %+v %v %v", at, ok, err)
			}
		}
		wg.Wait()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	})

	t.Run("What was taken is applied when it ends", func(t *testing.T) {
		for name, end := range map[string]func(w *store.Writer, stop func()) error{
			"by Close":   func(w *store.Writer, _ func()) error { return w.Close() },
			"by context": func(w *store.Writer, stop func()) error { stop(); <-w.Done(); return w.Err() },
		} {
			s, c := fresh(t), newChain("cms")
			inner, stop := context.WithCancel(ctx)
			w := s.Writer(inner)
			for range 1000 {
				if err := w.Enqueue(c.next(nil)); err != nil {
					t.Fatal(err)
				}
			}
			if err := end(w, stop); err != nil {
				t.Fatal(err)
			}
			stop()
			if at, _, _ := s.Position(ctx, "cms"); at.Entry != 1000 {
				t.Errorf("%s: at %d", name, at.Entry)
			}
			if err := w.Enqueue(c.next(nil)); !errors.Is(err, store.ErrClosed) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})

	t.Run("A system that can't be applied is given up loudly, and the others go on", func(t *testing.T) {
		s, good, bad := fresh(t), newChain("good"), newChain("bad")
		w := s.Writer(ctx)
		defer w.Close()
		first := bad.next(nil)
		missing := bad.next(nil)
		for _, a := range []store.Applied{first, good.next(nil), bad.next(nil), good.next(nil), bad.next(nil)} {
			if err := w.Enqueue(a); err != nil && a.Position.System == "good" {
				t.Fatal(err)
			}
		}
		if err := s.Wait(ctx, "bad", 4); !errors.Is(err, store.ErrGap) {
			t.Fatalf("waiting: %v", err)
		}
		if err := s.Wait(ctx, "good", 2); err != nil {
			t.Fatal(err)
		}
		if err := w.Enqueue(missing); !errors.Is(err, store.ErrGap) {
			t.Fatalf("the next call: %v", err)
		}
		if !errors.Is(w.Err(), store.ErrGap) {
			t.Fatal(w.Err())
		}
		if err := w.Enqueue(good.next(nil)); err != nil {
			t.Fatal(err)
		}
		if err := s.Wait(ctx, "good", 3); err != nil {
			t.Fatal(err)
		}
		if err := s.Reset(ctx, "bad"); err != nil {
			t.Fatal(err)
		}
		for _, a := range []store.Applied{first, missing} {
			if err := w.Enqueue(a); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Wait(ctx, "bad", 2); err != nil {
			t.Fatal(err)
		}
	})

	t.Run("A closed store is told to everybody", func(t *testing.T) {
		s, c := fresh(t), newChain("cms")
		w := s.Writer(ctx)
		waiting := make(chan error, 1)
		go func() { waiting <- s.Wait(ctx, "cms", 99) }()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-waiting; !errors.Is(err, store.ErrClosed) {
			t.Fatal(err)
		}
		if err := w.Enqueue(c.next(nil)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); !errors.Is(err, store.ErrClosed) {
			t.Fatalf("an entry was lost silently: %v", err)
		}
		if _, _, err := s.Position(ctx, "cms"); !errors.Is(err, store.ErrClosed) {
			t.Fatal(err)
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	s := fresh(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Wait(ctx, "cms", 1); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "entry 1 of cms") {
		t.Fatal(err)
	}
	if err := s.Wait(ctx, "cms", 0); err != nil {
		t.Fatal(err)
	}
}

// A rebuild that was stopped anywhere and went on, in commits large and small, has what
// applying one entry after another has at every stop.
func TestRebuildStopsAnywhere(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(1, 2))
	single, bulk, c := fresh(t), fresh(t), newChain("cms")
	for stop := range 12 {
		build := bulk.Rebuild(0, nil)
		for range 1 + r.IntN(200) {
			n := c.entry/5 + 1
			token := schema.Token("cms", n)
			states := []string{schema.AwaitingApproval, schema.Running, schema.Observing, schema.Completed, schema.Completed}
			documents := docs(inState(recovery("cms", n, states[c.entry%5])), document(fmt.Sprint("id/expert/x/", r.IntN(300)), c.entry))
			if c.entry%5 == 4 {
				documents = docs(schema.Document{Key: schema.KeyRecovery + token}, schema.Document{Key: fmt.Sprint("id/expert/x/", r.IntN(300))})
			}
			a := c.next(documents,
				schema.Event{Kind: pick(r, schema.EventPrompted, schema.EventApproved), Token: token, Prompt: token + ".p1", By: operator(pick(r, "anna", "otto"))},
				schema.Event{Kind: schema.EventNote, Token: token, Text: fmt.Sprint("text ", c.entry)})
			apply(t, single, a)
			if err := build.Add(ctx, a); err != nil {
				t.Fatal(err)
			}
		}
		if err := build.Finish(ctx); err != nil {
			t.Fatal(err)
		}
		if digest(t, bulk, "cms") != digest(t, single, "cms") {
			t.Fatalf("stop %d, at entry %d: the digest is not that of one entry after another", stop, c.entry)
		}
	}
	if single, bulk := fmt.Sprint(state(t, single, "cms")), fmt.Sprint(state(t, bulk, "cms")); single != bulk {
		t.Fatalf("the state is %s, one after another it is %s", bulk, single)
	}
}

func TestRebuild(t *testing.T) {
	ctx := context.Background()
	s, c := fresh(t), newChain("cms")
	const total = 13_000
	var last, lastTotal uint64
	calls := 0
	r := s.Rebuild(total, func(done, total uint64) {
		if done < last {
			t.Errorf("progress went back from %d to %d", last, done)
		}
		last, lastTotal, calls = done, total, calls+1
	})
	var log []store.Applied
	for range total {
		log = append(log, c.next(nil, schema.Event{Kind: "note"}))
	}
	for _, a := range append(log, c.skip()) {
		if err := r.Add(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	if last != total || lastTotal != total || calls < 3 {
		t.Errorf("%d of %d, told %d times", last, lastTotal, calls)
	}
	if at, _, _ := s.Position(ctx, "cms"); at != c.position {
		t.Errorf("at %+v", at)
	}
	t.Run("An error of a commit comes out", func(t *testing.T) {
		r := s.Rebuild(1, nil)
		c.next(nil)
		if err := r.Add(ctx, c.next(nil)); err != nil {
			t.Fatal(err)
		}
		if err := r.Finish(ctx); !errors.Is(err, store.ErrGap) {
			t.Fatal(err)
		}
	})
}

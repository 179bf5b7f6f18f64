package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"expertcontroller/schema"
	"expertcontroller/store"
)

func TestApply(t *testing.T) {
	ctx := context.Background()

	t.Run("Position and documents move together", func(t *testing.T) {
		s, c := fresh(t), newChain("cms")
		if _, ok, err := s.Position(ctx, "cms"); ok || err != nil {
			t.Fatalf("an empty store has a position: %v %v", ok, err)
		}
		a := c.next(docs(document(schema.KeyMode, schema.ModeDocument{Mode: schema.ModeManual}), document("id/expert/x/1", 1)))
		b := c.next(docs(schema.Document{Key: "id/expert/x/1"}, inState(recovery("cms", 1, schema.AwaitingApproval))))
		apply(t, s, a, b)
		at, ok, err := s.Position(ctx, "cms")
		if err != nil || !ok || at != c.position {
			t.Fatalf("position %+v, want %+v (%v %v)", at, c.position, ok, err)
		}
		got := state(t, s, "cms")
		if len(got) != 2 || got[schema.KeyMode] != string(a.Entry.Documents[0].Value) || got["recovery/cms-1"] != string(b.Entry.Documents[1].Value) {
			t.Fatalf("documents: %v", got)
		}
	})

	t.Run("A recovery that leaves the state stays in the history; a record never enters the state", func(t *testing.T) {
		s, c := fresh(t), newChain("cms")
		done := recovery("cms", 1, schema.Completed)
		apply(t, s, c.next(docs(inState(recovery("cms", 1, schema.Running)), recorded(recovery("cms", 2, schema.RejectedState)))),
			c.next(docs(inState(done))), c.next(docs(schema.Document{Key: "recovery/cms-1"})))
		if got := state(t, s, "cms"); len(got) != 0 {
			t.Fatalf("documents: %v", got)
		}
		status, raw, ok, err := s.Status(ctx, "cms", "cms-1")
		if err != nil || !ok || status.State != schema.Completed || string(raw) != string(inState(done).Value) {
			t.Fatalf("status %v %s %v %v", status, raw, ok, err)
		}
		if _, _, ok, _ := s.Status(ctx, "cms", "cms-2"); !ok {
			t.Fatal("the rejected one is not found")
		}
	})

	t.Run("An entry is applied once, in order, and only on its previous one", func(t *testing.T) {
		s, c := fresh(t), newChain("cms")
		one, two, three, four := c.next(nil), c.next(nil, schema.Event{Kind: "note", Text: "hello"}), c.next(nil), c.next(nil)
		if err := s.Apply(ctx, []store.Applied{two}); !errors.Is(err, store.ErrGap) {
			t.Fatalf("a log that begins with entry 2: %v", err)
		}
		apply(t, s, one, two)
		before := digest(t, s, "cms")
		apply(t, s, one, two, two)
		if digest(t, s, "cms") != before {
			t.Fatal("applying again changed something")
		}
		if err := s.Apply(ctx, []store.Applied{three, three, four, {Position: four.Position, Entry: gapOf(four)}}); err == nil {
			t.Fatal("a gap was taken")
		}
		if err := s.Apply(ctx, []store.Applied{four}); !errors.Is(err, store.ErrGap) {
			t.Fatalf("a gap: %v", err)
		}
		if digest(t, s, "cms") != before {
			t.Fatal("a refused batch left something")
		}
		other := *three.Entry
		other.Previous = "somebody else's"
		if err := s.Apply(ctx, []store.Applied{{Position: three.Position, Entry: &other}}); !errors.Is(err, store.ErrForeign) {
			t.Fatalf("another previous entry: %v", err)
		}
		other = *one.Entry
		other.Lineage = "another"
		at := one.Position
		at.Lineage = "another"
		if err := s.Apply(ctx, []store.Applied{{Position: at, Entry: &other}}); !errors.Is(err, store.ErrForeign) {
			t.Fatalf("another lineage: %v", err)
		}
		spoilt := three
		spoilt.Payload = append([]byte(" "), three.Payload...)
		if err := s.Apply(ctx, []store.Applied{spoilt}); err == nil || !strings.Contains(err.Error(), "hash") {
			t.Fatalf("bytes that are not the entry's: %v", err)
		}
		apply(t, s, three, four)
	})

	t.Run("Of a refused batch nothing is written, of no system", func(t *testing.T) {
		s, c, o := fresh(t), newChain("cms"), newChain("atlas")
		events := make([]schema.Event, 100)
		for i := range events {
			events[i] = schema.Event{Kind: schema.EventNote, Token: schema.Token("cms", uint64(i+1)), By: operator(fmt.Sprint("operator", i))}
		}
		full := c.next(docs(inState(recovery("cms", 1, schema.Running))), events...)
		o.next(nil)
		if err := s.Apply(ctx, []store.Applied{full, o.next(nil)}); !errors.Is(err, store.ErrGap) {
			t.Fatal(err)
		}
		if _, ok, err := s.Position(ctx, "cms"); ok || err != nil {
			t.Fatal("it has a position", err)
		}
		// What was written by half would be there twice.
		apply(t, s, full)
		if h := history(t, s, "cms", schema.HistoryQuery{Operator: "operator0"}); tokens(h) != "[1]" {
			t.Fatal(tokens(h))
		}
	})

	t.Run("A trimmed log begins with a checkpoint", func(t *testing.T) {
		s, c := fresh(t), newChain("cms")
		c.next(nil)
		a := c.next(docs(document(schema.KeyMode, schema.ModeDocument{Mode: schema.ModeApproval})))
		a.Entry.Checkpoint, a.Payload = &schema.CheckpointPart{Part: 1, Of: 2}, nil
		apply(t, s, a)
		if at, _, _ := s.Position(ctx, "cms"); at.Entry != 2 {
			t.Fatalf("position %+v", at)
		}
	})

	t.Run("A skipped message moves the position and nothing else", func(t *testing.T) {
		s, c := fresh(t), newChain("cms")
		apply(t, s, c.skip())
		if at, ok, _ := s.Position(ctx, "cms"); !ok || at.Sequence != 1 || at.Entry != 0 {
			t.Fatalf("position %+v %v", at, ok)
		}
		apply(t, s, c.next(nil))
		before := digest(t, s, "cms")
		skip := c.skip()
		apply(t, s, skip, skip)
		if at, _, _ := s.Position(ctx, "cms"); at != c.position || at.Sequence != 3 || at.At != 2 {
			t.Fatalf("position %+v", at)
		}
		if digest(t, s, "cms") != before {
			t.Fatal("a skipped message changed the digest")
		}
		apply(t, s, c.next(nil))
	})

	t.Run("A document that can't be read is refused with its key", func(t *testing.T) {
		s, c := fresh(t), newChain("cms")
		for _, d := range []schema.Document{
			{Key: "recovery/atlas-1", Value: []byte(`{}`)}, {Key: "record/nonsense", Value: []byte(`{}`)}, {Key: "recovery/cms-1", Value: []byte(`[]`)},
		} {
			a := newChain("cms").next(docs(d))
			if err := s.Apply(ctx, []store.Applied{a}); err == nil || !strings.Contains(err.Error(), d.Key) {
				t.Errorf("%s: %v", d.Key, err)
			}
		}
		apply(t, s, c.next(nil))
	})

	t.Run("Reset forgets one system and leaves the others", func(t *testing.T) {
		s, c, o := fresh(t), newChain("cms"), newChain("atlas")
		all := []store.Applied{
			c.next(docs(inState(recovery("cms", 1, schema.Running))), schema.Event{Kind: "approved", Token: "cms-1", By: operator("anna")}),
			o.next(docs(inState(recovery("atlas", 1, schema.Running))), schema.Event{Kind: "approved", Token: "atlas-1", By: operator("anna")}),
		}
		apply(t, s, all...)
		cms, atlas := digest(t, s, "cms"), digest(t, s, "atlas")
		if err := s.Reset(ctx, "cms"); err != nil {
			t.Fatal(err)
		}
		if _, ok, _ := s.Position(ctx, "cms"); ok || len(state(t, s, "cms")) != 0 || len(history(t, s, "cms", schema.HistoryQuery{}).Records) != 0 {
			t.Fatal("something is left of cms")
		}
		if digest(t, s, "atlas") != atlas {
			t.Fatal("atlas changed")
		}
		apply(t, s, all...)
		if digest(t, s, "cms") != cms || cms == atlas {
			t.Fatal("rebuilding gave another digest")
		}
	})
}

func gapOf(a store.Applied) *schema.Entry {
	e := *a.Entry
	e.Entry += 7
	return &e
}

// The same log gives the same digest and the same answers, wherever batches end, and
// whether or not the file was closed in between.
func TestBatchesDoNotMatter(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		log := drawLog(rt)
		whole := open(t, filepath.Join(dir, fmt.Sprintf("%d-whole.db", n)))
		apply(t, whole, log...)
		path := filepath.Join(dir, fmt.Sprintf("%d-parts.db", n))
		parts := open(t, path)
		for rest := log; len(rest) > 0; {
			k := rapid.IntRange(1, len(rest)).Draw(rt, "batch")
			apply(t, parts, rest[:k]...)
			rest = rest[k:]
			if rapid.IntRange(0, 9).Draw(rt, "reopen") == 0 {
				if err := parts.Close(); err != nil {
					rt.Fatal(err)
				}
				parts = open(t, path)
			}
		}
		for _, system := range []string{"cms", "atlas"} {
			if a, b := digest(t, whole, system), digest(t, parts, system); a != b {
				rt.Fatalf("%s: %s in one batch, %s in parts", system, a, b)
			}
			a, b := state(t, whole, system), state(t, parts, system)
			if fmt.Sprint(a) != fmt.Sprint(b) || fmt.Sprint(a) != fmt.Sprint(copied(log, system)) {
				rt.Fatalf("%s: documents %v, %v, want %v", system, a, b, copied(log, system))
			}
		}
		for _, s := range []*store.Store{whole, parts} {
			if err := s.Close(); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// copied folds a log the simplest way: every document by its key.
func copied(log []store.Applied, system string) map[string]string {
	out := map[string]string{}
	for _, a := range log {
		if a.Entry == nil || a.Entry.System != system {
			continue
		}
		for _, d := range a.Entry.Documents {
			switch {
			case strings.HasPrefix(d.Key, schema.KeyRecord):
			case d.Value == nil:
				delete(out, d.Key)
			default:
				out[d.Key] = string(d.Value)
			}
		}
	}
	return out
}

func drawLog(t *rapid.T) []store.Applied {
	chains := []*chain{newChain("cms"), newChain("atlas")}
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	var log []store.Applied
	for range rapid.IntRange(1, 60).Draw(t, "length") {
		c := chains[r.IntN(2)]
		if r.IntN(10) == 0 {
			log = append(log, c.skip())
			continue
		}
		var documents []schema.Document
		var events []schema.Event
		for range r.IntN(4) {
			n := uint64(1 + r.IntN(6))
			status := recovery(c.system, n, pick(r, schema.Postponed, schema.Running, schema.Completed, schema.Failed, schema.RejectedState), func(s *schema.Status) {
				s.Revision = r.IntN(1000)
				s.Problems[0].Key = pick(r, "FED stuck/HCAL", "Dead time", "")
				s.Problems[0].ID = pick(r, "1", "2", "3")
				s.RequestID = pick(r, "", "a", "b")
				s.Steps[0].Attempts = []schema.Attempt{{Number: 1, Agent: pick(r, "l0", "l1", "simulator")}}
				s.Created = noon.AddDate(0, 0, r.IntN(3))
			})
			switch r.IntN(5) {
			case 0:
				documents = append(documents, recorded(status))
			case 1:
				documents = append(documents, schema.Document{Key: schema.KeyRecovery + status.Token})
			case 2:
				documents = append(documents, document(pick(r, "id/expert/x/1", "mode", "hold/x/key/*", "counter"), r.IntN(100)))
			default:
				documents = append(documents, inState(status))
			}
			if r.IntN(2) == 0 {
				events = append(events, schema.Event{
					Kind: pick(r, schema.EventPrompted, schema.EventApproved, schema.EventNote), Token: pick(r, "", status.Token, "lhc-1", schema.Token(c.system, 99)),
					By: operator(pick(r, "anna", "otto")), Text: fmt.Sprint("text ", r.IntN(1000)), Prompt: pick(r, "", status.Token+".p1", status.Token+".p2"),
				})
			}
		}
		log = append(log, c.next(documents, events...))
	}
	return log
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

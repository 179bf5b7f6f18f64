package broker_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
	"expertcontroller/schema"
)

func TestFollow(t *testing.T) {
	b := brokertest.New(t)
	w := newWriter(b, "w")
	ctx := within(t)
	if err := w.many(ctx, 30); err != nil {
		t.Fatal(err)
	}
	f := follow(t, b.Log(system))
	f.reaches(t, w.at.Sequence)
	middle := f.all()[9].Position
	if err := w.many(ctx, 30); err != nil { // live now
		t.Fatal(err)
	}
	f.reaches(t, w.at.Sequence)
	sameOnce(t, f.ids(), w.mine)
	t.Run("a position carries on behind it, also through a file", func(t *testing.T) {
		var p schema.Position
		if text, err := json.Marshal(middle); err != nil || json.Unmarshal(text, &p) != nil {
			t.Fatal("copying a position")
		}
		g := followFrom(t, b.Log(system), p)
		g.reaches(t, w.at.Sequence)
		sameOnce(t, g.ids(), w.mine[10:])
		if last := g.all()[len(g.ids())-1].Position; last != w.at {
			t.Fatalf("it stands at %+v, the writer at %+v", last, w.at)
		}
	})
	t.Run("what was folded before is not given again, as long as it reads the same", func(t *testing.T) {
		l, folded := b.Log(system), map[uint64]schema.Position{}
		for i, r := range f.all() {
			switch {
			case i%2 == 0 || i == 31:
				folded[r.Sequence] = r.Position
			case i == 41:
				altered := r.Position
				altered.Hash = "another"
				folded[r.Sequence] = altered
			}
		}
		l.Known = func(sequence uint64) (schema.Position, bool) {
			p, ok := folded[sequence]
			return p, ok
		}
		g := follow(t, l)
		g.reaches(t, w.at.Sequence)
		// The first is given: what lineage the log has nobody knows before.
		want := []string{w.mine[0]}
		for i, id := range w.mine {
			if i%2 == 1 && i != 31 {
				want = append(want, id)
			}
		}
		if got := g.ids(); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
	t.Run("the receiver's error ends it and comes back as it is", func(t *testing.T) {
		stop, n := errors.New("enough"), 0
		err := b.Log(system).Follow(ctx, w.log.Start(), func(broker.Record) error { n++; return stop })
		if err != stop || n != 1 {
			t.Fatalf("got %v after %d", err, n)
		}
	})
	t.Run("its context ends it", func(t *testing.T) {
		ending, cancel := context.WithCancel(ctx)
		err := b.Log(system).Follow(ending, w.log.Start(), func(broker.Record) error { cancel(); return nil })
		if err != context.Canceled {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("catching up stops at the end, and calls nothing when it is there", func(t *testing.T) {
		n := 0
		for range 2 {
			p, err := b.Log(system).CatchUp(ctx, w.log.Start(), func(broker.Record) error { n++; return nil })
			if err != nil || p != w.at {
				t.Fatalf("got %+v, %v", p, err)
			}
		}
		if n != 120 {
			t.Fatalf("%d records in two runs of 60", n)
		}
		if p, err := b.Log(system).CatchUp(ctx, w.at, func(broker.Record) error { return errors.New("called") }); err != nil || p != w.at {
			t.Fatalf("got %+v, %v", p, err)
		}
	})
	t.Run("one entry by its place, and the first", func(t *testing.T) {
		r, err := b.Log(system).At(ctx, w.at.Sequence)
		if err != nil || r.Position != w.at {
			t.Fatalf("got %+v, %v", r.Position, err)
		}
		if r, err := b.Log(system).First(ctx); err != nil || r.Entry.ID != w.mine[0] {
			t.Fatalf("got %+v, %v", r, err)
		}
		if _, err := b.Log(system).At(ctx, w.at.Sequence+1); !errors.Is(err, broker.ErrMissing) {
			t.Fatalf("got %v", err)
		}
		if _, err := b.Log("none").First(ctx); !errors.Is(err, broker.ErrMissing) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestGarbage(t *testing.T) {
	nc, b, w := written(t, 2)
	ctx := within(t)
	valid, err := b.Log(system).At(ctx, w.at.At)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(f func(*schema.Entry)) []byte {
		e := *valid.Entry
		f(&e)
		out, err := schema.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	garbage := map[string][]byte{
		"nothing":             {},
		"no JSON":             []byte("garbage"),
		"another type":        []byte(`{"type":"recovery.v1.request"}`),
		"a repeat":            valid.Payload,
		"an old number":       edit(func(e *schema.Entry) { e.Entry = 1; e.Lineage = "x" }),
		"another system's":    edit(func(e *schema.Entry) { e.System = "other"; e.Entry = 3 }),
		"no number":           edit(func(e *schema.Entry) { e.Entry = 0 }),
		"no lineage":          edit(func(e *schema.Entry) { e.Entry = 3; e.Lineage = "" }),
		"a number as text":    []byte(strings.Replace(string(valid.Payload), `"entry":2`, `"entry":"3"`, 1)),
		"invalid UTF-8 alone": {0xff, 0xfe},
	}
	for _, payload := range garbage {
		put(t, nc, payload)
	}
	if err := w.decide(ctx); err != nil { // goes on behind it
		t.Fatal(err)
	}
	f := follow(t, b.Log(system))
	f.reaches(t, w.at.Sequence)
	skipped, last := 0, schema.Position{}
	for _, r := range f.all() {
		if r.Entry == nil {
			if skipped++; r.Skipped == "" {
				t.Fatalf("skipped without a reason: %q", r.Payload)
			}
			if r.Position.Sequence != r.Sequence || r.Position.Hash != last.Hash || r.Position.Entry != 2 || r.Position.At != last.At {
				t.Fatalf("after %q it stands at %+v, before at %+v", r.Payload, r.Position, last)
			}
		}
		last = r.Position
	}
	if skipped != len(garbage) || w.lost != 1 {
		t.Fatalf("%d skipped of %d, %d conflicts", skipped, len(garbage), w.lost)
	}
	sameOnce(t, f.ids(), w.mine)
	if last != w.at {
		t.Fatalf("follower at %+v, writer at %+v", last, w.at)
	}
}

func TestBroken(t *testing.T) {
	for name, c := range map[string]struct {
		forge func(*schema.Entry)
		says  string
	}{
		"a gap in the numbers":   {func(e *schema.Entry) { e.Entry++ }, "entry 5 follows entry 3"},
		"a number far ahead":     {func(e *schema.Entry) { e.Entry = 1 << 40 }, "missing"},
		"a hash that is another": {func(e *schema.Entry) { e.Previous = "0000" }, "altered"},
		"another lineage":        {func(e *schema.Entry) { e.Lineage = "other" }, "another log"},
	} {
		t.Run(name+" stops the following in words", func(t *testing.T) {
			nc, b, w := written(t, 3)
			ctx := within(t)
			var forged schema.Entry
			if err := json.Unmarshal(entry(w.at, "forged", "x"), &forged); err != nil {
				t.Fatal(err)
			}
			c.forge(&forged)
			payload, err := schema.Encode(forged)
			if err != nil {
				t.Fatal(err)
			}
			put(t, nc, payload)
			f := follow(t, b.Log(system))
			err = f.ends(t)
			if !errors.Is(err, broker.ErrBroken) {
				t.Fatalf("got %v", err)
			}
			says(t, err, c.says, "restore")
			if len(f.ids()) != 3 {
				t.Fatalf("%d entries before it", len(f.ids()))
			}
			p, err := b.Log(system).CatchUp(ctx, w.at, func(broker.Record) error { return nil })
			if !errors.Is(err, broker.ErrBroken) || p != w.at {
				t.Fatalf("catching up: %+v, %v", p, err)
			}
		})
	}
}

func TestFollowSilentConsumer(t *testing.T) {
	// A consumer that is taken away, and one whose deliveries never arrive, are
	// replaced; the follower misses nothing.
	e := brokertest.Start(t)
	nc := brokertest.Connect(t, e)
	b := brokertest.Open(t, nc, 1)
	w := newWriter(b, "w")
	ctx := within(t)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(ctx, schema.StreamLog)
	if err != nil {
		t.Fatal(err)
	}
	consumers := func() (names []string) {
		l := stream.ConsumerNames(ctx)
		for n := range l.Name() {
			names = append(names, n)
		}
		return names
	}
	l := b.Log(system)
	l.Silence = 100 * time.Millisecond
	f := follow(t, l)
	for range 3 {
		if err := w.many(ctx, 3); err != nil {
			t.Fatal(err)
		}
		f.reaches(t, w.at.Sequence)
		for _, name := range consumers() {
			// Paused, it is silent without a word, as a stalled one is.
			if _, err := stream.PauseConsumer(ctx, name, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.many(ctx, 3); err != nil {
			t.Fatal(err)
		}
		f.reaches(t, w.at.Sequence)
		for _, name := range consumers() {
			if err := stream.DeleteConsumer(ctx, name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
				t.Fatal(err)
			}
		}
	}
	sameOnce(t, f.ids(), w.mine)
}

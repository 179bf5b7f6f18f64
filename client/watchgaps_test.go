package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// Changes that were missed, doubled, out of order, of no entry, or of long ago: the watch
// shows each entry once, in order, and asks only for what it has not heard.
func TestWatchFillsGaps(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL())
	c.pace.quiet, c.pace.heard = time.Hour, time.Hour // so that it asks for nothing but gaps
	for range 3 {
		s.set("cms-1", schema.Running)
	}
	// idle hears of each time that the watch has fetched all there is.
	idle := make(chan uint64, 100)
	asked, stale := 0, false
	s.with(func() {
		s.mute = true
		s.query = func(name string, data []byte) any {
			q, err := schema.Read[schema.EntriesQuery](data)
			if err != nil || name != schema.QueryEntries {
				t.Error(name, err)
			}
			asked++
			if stale {
				stale = false
				return schema.Entries{Type: schema.Type(schema.KindEntries), System: "cms", Lineage: s.lineage, First: 1, Last: 1}
			}
			if q.After == s.last() {
				idle <- q.After
			}
			return nil
		}
	})
	got := make(chan Update, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Watch(ctx, "", 0, func(u Update) error { got <- u; return nil }) }()
	expect := func(entries ...uint64) (last Update) {
		t.Helper()
		for _, want := range entries {
			select {
			case last = <-got:
				if last.Entry.Entry != want {
					t.Fatalf("entry %d, want %d", last.Entry.Entry, want)
				}
			case <-time.After(patience):
				t.Fatalf("entry %d never comes", want)
			}
		}
		return last
	}
	say := func(entries ...uint64) {
		t.Helper()
		for _, n := range entries {
			s.publish(s.entries[n-1])
		}
	}
	expect(1, 2, 3)
	<-idle

	// Heard as it should be: nothing is asked, unless it took so long that it was time to.
	before, began := asked, time.Now()
	s.set("cms-1", schema.Stopping)
	say(4)
	expect(4)
	if asked-before > int(time.Since(began)/c.pace.quiet) {
		t.Fatal("asked for what was heard")
	}
	// Two missed, the third heard twice, then an old one and garbage.
	for range 3 {
		s.set("cms-2", schema.Running)
	}
	say(7, 7, 1)
	if err := s.nc.Publish(schema.SubjectChange("cms"), []byte("no entry")); err != nil {
		t.Fatal(err)
	}
	expect(5, 6, 7)
	<-idle
	// Out of order.
	s.set("cms-1", schema.Observing)
	s.set("cms-1", schema.Completed)
	say(9, 8)
	last := expect(8, 9)
	<-idle
	if len(last.Statuses) != 1 || last.Statuses[0].State != schema.Completed || len(last.Events) != 1 || last.Events[0].Entry != 9 {
		t.Fatalf("%+v", last)
	}
	s.set("cms-2", schema.Completed)
	say(10)
	expect(10)
	if c.Seen() != 10 {
		t.Fatal("what was watched was seen:", c.Seen())
	}
	// A gap that a replica can't fill is asked for again soon, although changes are heard.
	s.set("cms-2", schema.Running)
	s.set("cms-2", schema.Observing)
	s.with(func() { stale = true })
	say(12)
	expect(11, 12)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) || len(got) != 0 {
		t.Fatal(err, len(got))
	}
}

// What is told of a silence begins with the last change that was next, not with the last
// time that something had to be asked for.
func TestWatchCountsSilenceFromChanges(t *testing.T) {
	long := time.Now().Add(-time.Hour)
	w := watch{c: &Client{link: newLink(slog.New(slog.DiscardHandler)), o: Options{System: "cms"}}, fn: func(Update) error { return nil }, begun: true, lineage: "L1", heard: long}
	for _, entry := range []uint64{0, 2, 1, 1} {
		w.heard = long
		m := nats.NewMsg(schema.SubjectChange("cms"))
		m.Data = []byte(fmt.Sprintf(`{"entry":%d,"lineage":"L1"}`, entry))
		next := entry == w.last+1
		if _, err := w.change(m); err != nil || w.heard.After(long) != next {
			t.Fatal(entry, err, w.heard)
		}
	}
}

// A change that is missed with nothing after it to show the gap comes a little later.
func TestWatchMissesTheLastChange(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL())
	s.set("cms-1", schema.Running)
	idle := make(chan struct{}, 1000)
	s.with(func() {
		s.mute = true
		s.query = func(string, []byte) any { idle <- struct{}{}; return nil }
	})
	go func() {
		<-idle
		<-idle
		s.set("cms-1", schema.Completed)
	}()
	if n := numbers(follow(t, c, "", 0, 2, nil)); !slices.Equal(n, []uint64{1, 2}) {
		t.Fatal(n)
	}
}

// While changes come one after the other nothing is asked beside them; a last one that is
// missed comes a little later, all the same.
func TestWatchAsksNothingWhileItHears(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL())
	c.pace.quiet, c.pace.heard = 50*time.Millisecond, time.Second
	s.set("cms-1", schema.Running)
	asked := 0
	s.with(func() { s.query = func(string, []byte) any { asked++; return nil } })
	heard := make(chan struct{}, 40)
	go func() {
		next := time.NewTicker(c.pace.heard / 20)
		defer next.Stop()
		for range 32 {
			<-heard
			<-next.C
			s.set("cms-1", schema.Running)
		}
	}()
	var before, after, late int // how often it could have asked since a change was late
	last := time.Now()
	follow(t, c, "", 0, 33, func(u Update) {
		if gap := time.Since(last); u.Entry.Entry < 33 {
			late += int(gap / c.pace.heard)
		}
		last = time.Now()
		switch u.Entry.Entry {
		case 3: // two were heard, so that it knows that it hears
			s.with(func() { before = asked })
		case 32:
			s.with(func() { after, s.mute = asked, true })
		}
		heard <- struct{}{}
	})
	if after-before > late {
		t.Errorf("asked %d times beside the changes, of which %d were late", after-before, late)
	}
}

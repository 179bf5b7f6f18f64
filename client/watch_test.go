package client

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

var errDone = errors.New("done")

// follow watches until an entry and gives what it heard.
func follow(t *testing.T, c *Client, token string, after, until uint64, during func(Update)) []Update {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var heard []Update
	err := c.Watch(ctx, token, after, func(u Update) error {
		heard = append(heard, u)
		if during != nil {
			during(u)
		}
		if u.Entry.Entry >= until {
			return errDone
		}
		return nil
	})
	if err != errDone {
		t.Fatalf("%v after %d updates", err, len(heard))
	}
	return heard
}

func numbers(us []Update) (out []uint64) {
	for _, u := range us {
		out = append(out, u.Entry.Entry)
	}
	return out
}

// From now on, from an entry on, and from one that is no longer kept.
func TestWatchFrom(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL())
	for range 450 {
		s.set("cms-1", schema.Running)
	}
	if n := numbers(follow(t, c, "", 20, 450, nil)); len(n) != 430 || n[0] != 21 {
		t.Fatal(len(n), n[0])
	}
	s.with(func() { s.first = 101 })
	got := follow(t, c, "", 40, 103, nil)
	if n := numbers(got); !slices.Equal(n, []uint64{101, 102, 103}) || got[0].Missed != 60 || got[1].Missed != 0 {
		t.Fatal(n, got[0].Missed)
	}
	var asked atomic.Int32
	s.with(func() {
		s.query = func(name string, _ []byte) any {
			if name == schema.QueryEntries && asked.Add(1) == 2 {
				go s.set("cms-1", schema.Completed)
			}
			return nil
		}
	})
	if n := numbers(follow(t, c, "", Now, 451, nil)); !slices.Equal(n, []uint64{451}) {
		t.Fatal(n)
	}
	var unread []Update
	err := c.Follow(t.Context(), 440, func(u Update) error {
		if unread = append(unread, u); u.Entry.Entry == 451 {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) || len(unread) != 11 || len(unread[10].Entry.Documents) == 0 || len(unread[10].Entry.Inputs) != 0 || len(unread[10].Statuses) != 0 {
		t.Fatal("followed without reading the statuses:", err, len(unread))
	}
}

var errEnough = errors.New("enough")

// A token's watch shows what concerns it, and what it joined.
func TestWatchToken(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL(), func(o *Options) { o.System = "other" })
	s.set("cms-1", schema.Running)
	s.set("cms-2", schema.Joined, func(st *schema.Status) { st.Joined = "cms-1" })
	s.set("cms-3", schema.Postponed)
	s.set("cms-1", schema.Observing)
	s.with(func() { // a checkpoint repeats recoveries and changes none
		e := s.entries[3]
		e.Entry, e.Checkpoint, e.Events = 5, &schema.CheckpointPart{Part: 1, Of: 1}, nil
		s.entries = append(s.entries, e)
	})
	s.set("cms-1", schema.Completed)
	if n := numbers(follow(t, c, "cms-2", 0, 6, nil)); !slices.Equal(n, []uint64{2, 4, 6}) {
		t.Fatal(n)
	}
	if err := c.Watch(t.Context(), "nonsense", 0, nil); err == nil {
		t.Fatal("watched no token")
	}
}

// With the real stream and its republishing, a watch lives through the broker's restart:
// what was logged meanwhile comes, once.
func TestWatchSurvivesRestart(t *testing.T) {
	isolate(t)
	dir := t.TempDir()
	b := broker(t, dir, -1)
	port := portOf(t, b)
	s := serve(t, b.ClientURL())
	if _, err := s.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: schema.StreamLog, Subjects: []string{schema.LogSubjects}, Storage: jetstream.FileStorage,
		RePublish: &jetstream.RePublish{Source: schema.LogSubjects, Destination: schema.ChangeSubjects}}); err != nil {
		t.Fatal(err)
	}
	s.mute = true
	log := func(s *controller, state string) {
		entry := s.set("cms-1", state)
		payload, err := schema.Encode(s.entries[entry-1])
		if err != nil {
			t.Error(err)
		}
		if _, err := s.js.Publish(t.Context(), schema.SubjectLog("cms"), payload); err != nil {
			t.Error(err)
		}
	}
	c := connect(t, b.ClientURL(), func(o *Options) { o.Timeout = 10 * patience }) // a cut call must not wait for its time
	log(s, schema.AwaitingApproval)
	restarted := make(chan struct{})
	got := follow(t, c, "", 0, 6, func(u Update) {
		switch u.Entry.Entry {
		case 1:
			log(s, schema.Running)
		case 2:
			go func() {
				defer close(restarted)
				stop(b)
				s.leave2()
				again := broker(t, dir, port)
				n := serve(t, again.ClientURL())
				n.with(func() { n.mute, n.statuses, n.entries = true, s.statuses, s.entries })
				for _, state := range []string{schema.Observing, schema.Running, schema.Observing, schema.Completed} {
					log(n, state)
				}
			}()
		}
	})
	<-restarted
	if n := numbers(got); !slices.Equal(n, []uint64{1, 2, 3, 4, 5, 6}) {
		t.Fatal(n)
	}
}

// A watch tells that nobody is there at the beginning, ends with its caller, and does
// not mix two logs.
func TestWatchEnds(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	c := connect(t, b.ClientURL(), func(o *Options) { o.Timeout = 2 * time.Second }) // what is behind is asked again for so long
	if err := c.Watch(t.Context(), "", 0, nil); !errors.Is(err, ErrNoController) {
		t.Fatal(err)
	}
	s := serve(t, b.ClientURL())
	for range 3 {
		s.set("cms-1", schema.Running)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.Watch(ctx, "", 0, func(u Update) error {
		if u.Entry.Entry == 3 {
			cancel()
		}
		return nil
	}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// Made anew: shorter, so that the replica calls the watch ahead of it.
	err := c.Watch(t.Context(), "", 0, func(u Update) error {
		if u.Entry.Entry == 3 {
			s.with(func() { s.lineage, s.entries, s.statuses = "L2", nil, map[string]schema.Status{} })
			s.set("cms-1", schema.Running)
		}
		return nil
	})
	if !errors.Is(err, ErrOtherLog) {
		t.Fatal(err)
	}
	if n := numbers(follow(t, c, "", 0, 1, nil)); !slices.Equal(n, []uint64{1}) {
		t.Fatal(n)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- c.Watch(context.Background(), "", 0, func(Update) error { c.Close(); return nil })
	}()
	select {
	case err := <-ended:
		if !errors.Is(err, ErrClosed) {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("the watch outlives its client")
	}
}

package client

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"expertcontroller/schema"
)

// Joined recoveries are followed to the one that counts.
func TestWaitFollowsJoined(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	s.set("cms-1", schema.Running)
	join := func(to string) func(*schema.Status) { return func(st *schema.Status) { st.Joined = to } }
	s.set("cms-2", schema.Joined, join("cms-1"))
	s.set("cms-3", schema.Joined, join("cms-2"))
	c := connect(t, b.ClientURL())
	var tokens []string
	st, err := c.Wait(t.Context(), "cms-3", WaitOptions{Interval: 5 * time.Millisecond, OnPoll: func(p Poll) {
		tokens = append(tokens, p.Token)
		if p.Token == "cms-1" && p.Status != nil && !p.Status.Terminal {
			s.set("cms-1", schema.Failed)
		}
	}})
	if err != nil || st.Token != "cms-1" || ExitCode(st) != ExitFailed || strings.Join(tokens[:3], " ") != "cms-3 cms-2 cms-1" {
		t.Fatal(st, err, tokens)
	}
	three, err := c.Status(t.Context(), "cms-3")
	if err != nil || ExitCode(three) != ExitError {
		t.Fatal(three, err)
	}
	if st, err := c.Resolve(t.Context(), three); err != nil || st.Token != "cms-1" {
		t.Fatal(st, err)
	}
	// A circle, which no controller makes, ends.
	s.set("cms-4", schema.Joined, join("cms-5"))
	s.set("cms-5", schema.Joined, join("cms-4"))
	if _, err := c.Wait(t.Context(), "cms-4", WaitOptions{}); err == nil {
		t.Fatal("a circle was followed")
	}
}

// A poll never goes back: a replica that is behind is asked again, whether it says so
// or shows an old status.
func TestWaitNeverGoesBack(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	s.set("cms-1", schema.AwaitingApproval)
	old := s.statuses["cms-1"]
	s.set("cms-1", schema.Running)
	c := connect(t, b.ClientURL())
	var asked atomic.Int32
	var after []uint64
	s.with(func() {
		s.query = func(_ string, data []byte) any {
			q, err := schema.Read[schema.StatusQuery](data)
			if err != nil {
				t.Error(err)
			}
			after = append(after, q.After)
			switch n := asked.Add(1); {
			case n == 1: // the truth
				return nil
			case n%3 == 2:
				return refuse(503, "behind", "ask again")
			case n%3 == 0: // a replica that does not even notice
				return old
			}
			return nil
		}
	})
	var states []string
	st, err := c.Wait(t.Context(), "cms-1", WaitOptions{Interval: 5 * time.Millisecond, OnPoll: func(p Poll) {
		if p.Status != nil {
			states = append(states, p.Status.State)
		} else if !errors.Is(p.Err, ErrBehind) || p.Silence != 0 && p.Silence > patience {
			t.Error(p)
		}
		if p.Number == 6 {
			s.set("cms-1", schema.Completed)
		}
	}})
	if err != nil || st.State != schema.Completed {
		t.Fatal(st, err)
	}
	for _, state := range states {
		if state == schema.AwaitingApproval {
			t.Fatalf("went back: %v", states)
		}
	}
	if after[0] != 0 || after[1] != 2 {
		t.Fatalf("asked with after %v", after)
	}
	// One call asks again by itself, within its time.
	s.with(func() {
		s.query = func(string, []byte) any {
			if asked.Add(1)%2 == 0 {
				return nil
			}
			return refuse(503, "behind", "ask again")
		}
	})
	for range 3 {
		if _, err := c.Status(t.Context(), "cms-1"); err != nil {
			t.Fatal(err)
		}
	}
	s.with(func() { s.query = func(string, []byte) any { return refuse(503, "behind", "ask again") } })
	c.o.Timeout = 100 * time.Millisecond
	if _, err := c.Status(t.Context(), "cms-1"); !errors.Is(err, ErrBehind) {
		t.Fatal(err)
	}
	// A replica waits a moment before it says so: the call's time is then over while it is
	// asked once more, and what it said counts.
	s.with(func() {
		s.query = func(string, []byte) any {
			<-time.After(400 * time.Millisecond)
			return refuse(503, "behind", "ask again")
		}
	})
	c.o.Timeout = time.Second
	if _, err := c.Status(t.Context(), "cms-1"); !errors.Is(err, ErrBehind) || errors.Is(err, ErrNoAnswer) {
		t.Fatal(err)
	}
	_, err = c.Wait(t.Context(), "cms-1", WaitOptions{Count: 2, Interval: time.Millisecond, OnPoll: func(p Poll) {
		if p.Silence != 0 {
			t.Errorf("no controller has answered for %s: %v", p.Silence, p.Err)
		}
	}})
	if !errors.Is(err, ErrStillOpen) || !errors.Is(err, ErrBehind) {
		t.Fatal(err)
	}
}

// Ten waits at once go on side by side, and hear polls one after the other.
func TestTenWaits(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL())
	var tokens []string
	for i := range 10 {
		tokens = append(tokens, schema.Token("cms", uint64(i+1)))
		s.set(tokens[i], schema.Running)
	}
	var mu sync.Mutex
	o := WaitOptions{Interval: 10 * time.Millisecond, OwnConnection: true, OnPoll: func(Poll) {
		if !mu.TryLock() {
			t.Error("two polls are told at once")
			return
		}
		for range 1000 { // long enough to be met
			runtime.Gosched()
		}
		mu.Unlock()
	}}
	// The first one ends a wait for any; the others stay open.
	polled := map[string]bool{}
	any := o
	any.OnPoll = func(p Poll) {
		if polled[p.Token] = true; len(polled) == len(tokens) {
			s.set(tokens[3], schema.Completed)
		}
	}
	if i, st, err := c.WaitAny(t.Context(), tokens, any); err != nil || i != 3 || st.Token != tokens[3] {
		t.Fatal(i, st, err)
	}
	// Each ends only after the one behind it was seen to have ended: waits one after the
	// other would never end.
	last := len(tokens) - 1
	together := o
	together.OnPoll = func(p Poll) {
		o.OnPoll(p)
		i := slices.Index(tokens, p.Token)
		switch {
		case p.Status == nil:
		case i == last && !p.Status.Terminal:
			s.set(tokens[last], schema.Completed)
		case i > 0 && p.Status.Terminal:
			s.set(tokens[i-1], schema.Completed)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	all, err := c.WaitAll(ctx, tokens, together)
	if err != nil {
		t.Fatal(err)
	}
	for i, st := range all {
		if st.Token != tokens[i] || !st.Terminal {
			t.Fatal(i, st)
		}
	}
	// One that fails does not end the others.
	all, err = c.WaitAll(t.Context(), []string{"cms-99", "cms-1"}, o)
	if !errors.Is(err, ErrUnknown) || all[0] != nil || all[1] == nil {
		t.Fatal(all, err)
	}
	if i, _, err := c.WaitAny(t.Context(), []string{"cms-99", "cms-98"}, o); i != -1 || !errors.Is(err, ErrUnknown) {
		t.Fatal(i, err)
	}
}

package client

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

// A wait ends with what is final, and with nothing else.
func TestWaitEnds(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL())
	ctx := t.Context()
	quick := WaitOptions{Interval: 5 * time.Millisecond}
	if st, err := c.Wait(ctx, "cms-9", quick); !errors.Is(err, ErrUnknown) || st != nil {
		t.Fatal(st, err)
	}
	if _, err := c.Wait(ctx, "nonsense", quick); err == nil || !strings.Contains(err.Error(), "cms-37") {
		t.Fatal(err)
	}
	if _, err := c.In("a.b").As(schema.RoleOperator, "x").Wait(ctx, "cms-1", quick); err == nil {
		t.Fatal("a name that can't be asked with")
	}
	s.set("cms-1", schema.Running)
	o := quick
	o.Deadline = time.Now().Add(800 * time.Millisecond)
	if st, err := c.Wait(ctx, "cms-1", o); !errors.Is(err, ErrStillOpen) || st == nil || st.State != schema.Running {
		t.Fatal(st, err)
	}
	short, cancel := context.WithTimeout(ctx, 800*time.Millisecond)
	defer cancel()
	if st, err := c.Wait(short, "cms-1", quick); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrStillOpen) || st == nil {
		t.Fatal(st, err)
	}
	// Removed while it is waited for.
	seen := false
	o = quick
	o.OnPoll = func(p Poll) {
		if !seen {
			seen = true
			s.with(func() { s.query = func(string, []byte) any { return refuse(410, "removed", "no longer kept") } })
		}
	}
	if st, err := c.Wait(ctx, "cms-1", o); !errors.Is(err, ErrRemoved) || st == nil {
		t.Fatal(st, err)
	}
	// A deadline without any answer tells what was met.
	s.leave()
	o = WaitOptions{Interval: 600 * time.Millisecond} // no poll is under way when the time is over
	o.Deadline = time.Now().Add(800 * time.Millisecond)
	if st, err := c.Wait(ctx, "cms-1", o); !errors.Is(err, ErrStillOpen) || !errors.Is(err, ErrNoController) || st != nil {
		t.Fatal(st, err)
	}
}

// Exit codes are the contract's.
func TestExitCodes(t *testing.T) {
	for state, want := range map[string]int{schema.Completed: 0, schema.Failed: 3, schema.Cancelled: 4, schema.RejectedState: 5, schema.Running: 6, schema.Postponed: 6, schema.Joined: 1} {
		if got := ExitCode(&schema.Status{State: state, Terminal: schema.Terminal(state)}); got != want {
			t.Errorf("%s: %d, want %d", state, got, want)
		}
	}
	if ExitCode(nil) != 1 {
		t.Error("no status is no success")
	}
	order := []int{1, 6, 3, 4, 5, 0}
	for i, a := range order {
		for j, b := range order {
			if got := ExitCodes([]int{a, b}); got != order[min(i, j)] {
				t.Errorf("%d and %d: %d", a, b, got)
			}
		}
	}
	if ExitCodes(nil) != 0 || ExitCodes([]int{0, 77}) != 1 {
		t.Error("none is 0, an unknown code is 1")
	}
}

// Pauses: what the user says, else what the controller advises, else a second.
func TestPauses(t *testing.T) {
	advice := &schema.Status{PollAfter: schema.Duration(3 * time.Second)}
	for want, w := range map[time.Duration]wait{
		time.Second:            {},
		3 * time.Second:        {last: advice},
		2 * time.Second:        {last: advice, o: WaitOptions{Max: 2 * time.Second}},
		5 * time.Second:        {last: advice, o: WaitOptions{Interval: 5 * time.Second}},
		time.Hour:              {same: 9, o: WaitOptions{Interval: time.Hour, Growth: 2}},
		8 * time.Second:        {same: 3, o: WaitOptions{Interval: time.Second, Growth: 2}},
		10 * time.Second:       {same: 30, o: WaitOptions{Interval: time.Second, Growth: 2, Max: 10 * time.Second}},
		7 * time.Second:        {same: 30, o: WaitOptions{Interval: 7 * time.Second}},
		time.Minute:            {last: &schema.Status{PollAfter: schema.Duration(time.Hour)}},
		500 * time.Millisecond: {o: WaitOptions{Interval: 500 * time.Millisecond}},
	} {
		if got := w.pause(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	// However fast they grow, they are never shorter than before.
	for _, growth := range []float64{1e10, 1e308, math.Inf(1)} {
		for want, most := range map[time.Duration]time.Duration{time.Minute: 0, math.MaxInt64: math.MaxInt64} {
			w := wait{same: 30, o: WaitOptions{Interval: time.Second, Growth: growth, Max: most}}
			if got := w.pause(); got != want {
				t.Errorf("growing by %g: %s, want %s", growth, got, want)
			}
			w.o.Jitter = 1
			if got := w.pause(); got < 0 {
				t.Errorf("growing by %g, spread: %s", growth, got)
			}
		}
	}
	spread := wait{o: WaitOptions{Interval: time.Second, Jitter: 0.2}}
	for range 100 {
		if d := spread.pause(); d < 800*time.Millisecond || d > 1200*time.Millisecond {
			t.Fatal(d)
		}
	}
}

// What people read of a poll.
func TestPollText(t *testing.T) {
	for want, p := range map[string]Poll{
		"cms-1 is running": {Token: "cms-1", Status: &schema.Status{State: schema.Running}},
		"cms-1: no controller has answered for 40s (no broker answers)": {Token: "cms-1", Err: ErrNoBroker, Silence: 40*time.Second + 200*time.Millisecond},
		"cms-1: behind": {Token: "cms-1", Err: ErrBehind},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A pause is spread by the part that is asked for, and never by more than all of it.
func TestPausesAreSpread(t *testing.T) {
	for part, within := range map[float64][2]time.Duration{
		0: {time.Second, time.Second}, 0.5: {500 * time.Millisecond, 1500 * time.Millisecond}, 1: {0, 2 * time.Second}, 7: {0, 2 * time.Second},
	} {
		w := wait{o: WaitOptions{Interval: time.Second, Jitter: part}}
		least, most := w.pause(), time.Duration(0)
		for range 1000 {
			d := w.pause()
			least, most = min(least, d), max(most, d)
		}
		if least < within[0] || most > within[1] {
			t.Errorf("spread by %v, the pauses are from %s to %s", part, least, most)
		}
		// Of a thousand, some come near to either end.
		if near := (within[1] - within[0]) / 4; least > within[0]+near || most < within[1]-near {
			t.Errorf("spread by %v, the pauses are from %s to %s only", part, least, most)
		}
	}
}

package agent

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

func withDoor(a *Agent) { a.doorless = false }

// eventually waits for a fact in real time.
func eventually(t *testing.T, what string, fact func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !fact(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// Ensures that somebody on the agent's host stops what it does while no controller can
// be reached, hears when it has stopped, and that the controller hears it later, with the name.
func TestAbortHere(t *testing.T) {
	for name, dir := range map[string]string{"a short path": "", "a path longer than a socket's address": strings.Repeat("long", 30)} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), dir, "agent.journal")
			f, d := newFake(offer("cms-1", `{"simulate":"hang"}`)), newCounting()
			start(t, f, NewSimulator(1000, 1, d), path, withDoor)
			eventually(t, "granted", func() bool { return f.granted() == 1 })
			f.locked(func() { f.down = true })
			var first HostAnswer
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			answer, err := AbortHere(ctx, path, "anna b", "smoke", func(a HostAnswer) { first = a })
			if err != nil {
				t.Fatal(err)
			}
			if !first.Found || first.Ended || first.Action != "recycle" || !answer.Ended || answer.Outcome != schema.OutcomeAborted || !strings.Contains(answer.Text, "smoke") {
				t.Fatalf("%+v, then %+v", first, answer)
			}
			if again, err := AbortHere(ctx, path, "anna", "", nil); err != nil || !again.Ended || again.Outcome != schema.OutcomeAborted {
				t.Fatalf("%+v, %v", again, err)
			}
			f.locked(func() { f.down = false })
			eventually(t, "the result", told(f))
			r := one(t, f)
			if r.Outcome != schema.OutcomeAborted || *r.AbortedBy != (schema.By{Role: schema.RoleOperator, Name: "anna_b", Via: schema.ViaHost, Auth: "host"}) || d.total() != 0 {
				t.Fatalf("%+v", r)
			}
			eventually(t, "nothing is under way", func() bool {
				answer, err = AbortHere(ctx, path, "anna", "", nil)
				return err == nil && !answer.Found
			})
		})
	}
}

// Ensures that who stops an action that does not stop is told so far as it is known.
func TestAbortHereIgnored(t *testing.T) {
	path := journalIn(t)
	f := newFake(offer("cms-1", `{"simulate":{"mode":"ignore_abort","for":"1h"}}`))
	sim := NewSimulator(1000, 1, nil)
	a, _ := start(t, f, sim, path, withDoor)
	eventually(t, "acting", func() bool { c := a.current(); return c != nil && c.isActing() })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	answer, err := AbortHere(ctx, path, "anna", "", nil)
	if err != nil || !answer.Found || answer.Ended {
		t.Fatalf("%+v, %v", answer, err)
	}
	sim.ComeBack()
	eventually(t, "the result", told(f))
	if r := one(t, f); r.Outcome != schema.OutcomeDone {
		t.Fatalf("%+v", r)
	}
}

// Ensures that it is said clearly when there is no agent to stop.
func TestAbortHereWithoutAgent(t *testing.T) {
	path := journalIn(t)
	if _, err := AbortHere(t.Context(), path, "anna", "", nil); err == nil || !strings.Contains(err.Error(), "there is no journal") {
		t.Fatalf("%v", err)
	}
	f := newFake()
	_, stop := start(t, f, NewSimulator(1, 1, nil), path, withDoor)
	eventually(t, "asked", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.asked) > 0 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := AbortHere(t.Context(), path, "anna", "", nil); err == nil || !strings.Contains(err.Error(), "no agent is running") {
		t.Fatalf("%v", err)
	}
	// What a killed agent left behind is in nobody's way.
	if err := os.WriteFile(socketOf(path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	asked := len(f.asked)
	start(t, f, NewSimulator(1, 1, nil), path, withDoor)
	eventually(t, "asked", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.asked) > asked })
}

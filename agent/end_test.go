package agent

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// Ensures that an agent that is told to end stops its action, tells so, and ends.
func TestStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", "")), newCounting()
		_, stop := start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "granted", func() bool { return f.granted() == 1 })
		time.Sleep(time.Second)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		r := one(t, f)
		if r.Outcome != schema.OutcomeAborted || r.AbortedBy == nil || r.AbortedBy.Via != schema.ViaHost || d.total() != 0 {
			t.Fatalf("%+v", r)
		}
	})
}

// Ensures that an agent whose action doesn't stop says so, and says at its next start
// that it doesn't know; and that one without a controller ends soon.
func TestStoppedInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d, path := newFake(offer("cms-1", `{"simulate":"ignore_abort"}`)), newCounting(), journalIn(t)
		sim := NewSimulator(1, 1, d)
		_, stop := start(t, f, sim, path)
		until(t, "granted", func() bool { return f.granted() == 1 })
		time.Sleep(time.Second)
		if err := stop(); err == nil || !strings.Contains(err.Error(), "does not stop") {
			t.Fatalf("%v", err)
		}
		_, stop = start(t, f, sim, path)
		until(t, "the result", told(f))
		if r := one(t, f); r.Outcome != schema.OutcomeUnknown {
			t.Fatalf("%+v", r)
		}
		sim.ComeBack()
		f.locked(func() { f.down = true })
		began := time.Now()
		if err := stop(); err != nil || time.Since(began) > time.Second {
			t.Fatalf("%v after %s", err, time.Since(began))
		}
		synctest.Wait()
	})
}

// slow is a Runner whose action takes a while to end once it is told to.
type slow struct {
	runnerFunc
	within time.Duration
}

func (s slow) StopsWithin(string) time.Duration { return s.within }

// Ensures that an agent that is told to end waits as long as its action may take to end,
// and tells how it ended; and that one whose action ends at once ends at once.
func TestStoppedSlowly(t *testing.T) {
	for _, takes := range []time.Duration{0, 9 * time.Second, 14900 * time.Millisecond, 40 * time.Second} {
		t.Run(takes.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(offer("cms-1", ""))
				_, stop := start(t, f, slow{func(ctx context.Context, _ Job) Outcome {
					<-ctx.Done()
					time.Sleep(takes)
					return Outcome{Outcome: schema.OutcomeAborted, Text: "it was killed"}
				}, takes}, journalIn(t))
				until(t, "granted", func() bool { return f.granted() == 1 })
				time.Sleep(time.Second)
				began := time.Now()
				if err := stop(); err != nil || time.Since(began) != takes {
					t.Fatalf("%v after %s", err, time.Since(began))
				}
				if r := one(t, f); r.Outcome != schema.OutcomeAborted || !strings.Contains(r.Text, "killed") {
					t.Fatalf("%+v", r)
				}
			})
		})
	}
}

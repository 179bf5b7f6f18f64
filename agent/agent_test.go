package agent

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"expertcontroller/schema"
)

func TestMain(m *testing.M) {
	childUnlessParent()
	goleak.VerifyTestMain(m)
}

func told(f *fake) func() bool { return func() bool { return len(f.results()) > 0 } }

// Ensures that an offer is claimed, carried out once, reported and told as done.
func TestDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", `{"red":["HCAL"]}`)), newCounting()
		_, stop := start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "the result", told(f))
		r := one(t, f)
		if r.Outcome != schema.OutcomeDone || d.total() != 1 || !strings.Contains(r.Output, "red recycle of HCAL") {
			t.Fatalf("%+v, device %d", r, d.total())
		}
		if took := r.Ended.Sub(*r.Started); took < 3*time.Second || took > 7*time.Second {
			t.Fatalf("took %s", took)
		}
		f.locked(func() {
			if len(f.progress) < 2 {
				t.Errorf("%d signs of life", len(f.progress))
			}
			for i := 1; i < len(f.times); i++ {
				if gap := f.times[i].Sub(f.times[i-1]); gap < time.Second || gap > 5*time.Second {
					t.Errorf("signs of life %s apart", gap)
				}
			}
			acting := false
			for _, next := range f.asked {
				acting = acting || len(next.Acting) == 1 && next.Acting[0].Claim == r.Claim
				if !next.Simulated || next.Actions[0].Name != "*" {
					t.Errorf("asked with %+v", next)
				}
			}
			if !acting {
				t.Error("asking did not say what is being carried out")
			}
		})
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}

// Ensures that of two offers one is carried out, and the other only after the
// controller has heard how the first ended.
func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", ""), offer("cms-2", "")), newCounting()
		refuse := true
		f.answer = func(r schema.Result, answer schema.Answer) (schema.Answer, error) {
			if refuse {
				return answer, errDown
			}
			return answer, nil
		}
		start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "the first takes effect", func() bool { return d.total() == 1 })
		time.Sleep(time.Minute)
		if f.granted() != 1 || d.total() != 1 {
			t.Fatalf("granted %d, device %d before the first result was heard", f.granted(), d.total())
		}
		f.locked(func() { refuse = false })
		until(t, "both are told", func() bool { return len(f.results()) == 2 })
		r := f.results()
		if r[1].Started.Before(*r[0].Ended) || d.count(r[0].Work) != 1 || d.count(r[1].Work) != 1 {
			t.Fatalf("%+v", r)
		}
	})
}

// Ensures that the action goes on without a connection, and that its result follows
// soon after the connection is back, however long it was away.
func TestConnectionLost(t *testing.T) {
	for extra := range 10 {
		synctest.Test(t, func(t *testing.T) {
			f, d := newFake(offer("cms-1", "")), newCounting()
			start(t, f, NewSimulator(1, 1, d), journalIn(t))
			until(t, "granted", func() bool { return f.granted() == 1 })
			f.locked(func() { f.down = true })
			time.Sleep(10*time.Minute + time.Duration(extra)*time.Second)
			if d.total() != 1 || len(f.results()) != 0 {
				t.Fatalf("device %d, results %d", d.total(), len(f.results()))
			}
			f.locked(func() { f.down = false })
			back := time.Now()
			until(t, "the result", told(f))
			if r := one(t, f); r.Outcome != schema.OutcomeDone || time.Since(back) > 3*time.Second {
				t.Fatalf("%+v after %s", r, time.Since(back))
			}
		})
	}
}

// Ensures that the bell brings work at once.
func TestBell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		start(t, f, NewSimulator(1, 1, nil), journalIn(t), func(a *Agent) { a.Every = time.Hour })
		f.locked(func() {})
		until(t, "asked", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.asked) > 0 && f.ring != nil })
		time.Sleep(1500 * time.Millisecond) // between two askings
		f.locked(func() { f.Offers = append(f.Offers, offer("cms-1", "")) })
		rung := time.Now()
		f.rings(schema.Bell{})
		until(t, "granted", func() bool { return f.granted() == 1 })
		if took := time.Since(rung); took > 50*time.Millisecond {
			t.Fatalf("took %s", took)
		}
	})
}

// Ensures that a wrong configuration is refused with words.
func TestNewRefuses(t *testing.T) {
	good := Config{Name: "l0", System: "cms", Controller: newFake(), Runner: NewSimulator(1, 1, nil), Journal: journalIn(t)}
	for _, change := range []func(*Config){
		func(c *Config) { c.Name = "l 0" },
		func(c *Config) { c.System = "" },
		func(c *Config) { c.Journal = "" },
		func(c *Config) { c.Runner = nil },
	} {
		bad := good
		change(&bad)
		if a, err := New(bad); err == nil {
			t.Error(errors.Join(errors.New("accepted"), a.Close()))
		}
	}
}

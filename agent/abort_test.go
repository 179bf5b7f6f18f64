package agent

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

var anna = schema.By{Role: schema.RoleOperator, Name: "anna", Via: schema.ViaCall}

func abortOf(work schema.Work, claim string) schema.Abort {
	return schema.Abort{Work: work, Claim: claim, By: anna, Reason: schema.Reason{Code: schema.CodeInterrupted, Text: "interrupted"}}
}

// Ensures that an abort is obeyed by whatever way it comes, without effect, and told
// with the name of who asked.
func TestAborted(t *testing.T) {
	work := offer("cms-1", "").Work
	for name, tell := range map[string]func(f *fake, claim string){
		"by the bell":                  func(f *fake, claim string) { a := abortOf(work, claim); f.rings(schema.Bell{Abort: &a}) },
		"by the bell, naming no claim": func(f *fake, _ string) { a := abortOf(work, ""); f.rings(schema.Bell{Abort: &a}) },
		"by the work list": func(f *fake, claim string) {
			f.locked(func() { f.aborts = []schema.Abort{abortOf(work, claim)} })
		},
		"by the answer to a sign of life": func(f *fake, claim string) {
			f.locked(func() {
				f.instruct = func(schema.Progress) schema.Instruction {
					a := abortOf(work, claim)
					return schema.Instruction{Abort: &a}
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, d := newFake(offer("cms-1", `{"simulate":"hang"}`)), newCounting()
				start(t, f, NewSimulator(1, 1, d), journalIn(t))
				until(t, "granted", func() bool { return f.granted() == 1 })
				time.Sleep(2 * time.Second)
				var claim string
				f.locked(func() { claim = f.claims[0].ID })
				at := time.Now()
				tell(f, claim)
				until(t, "the result", told(f))
				r := f.results()[0]
				if r.Outcome != schema.OutcomeAborted || r.AbortedBy == nil || r.AbortedBy.Name != "anna" || d.total() != 0 {
					t.Fatalf("%+v", r)
				}
				if took := time.Since(at); took > 6*time.Second {
					t.Fatalf("took %s", took)
				}
			})
		})
	}
}

// Ensures that an attempt that the controller doesn't know is stopped.
func TestUnknownIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", "")), newCounting()
		f.instruct = func(schema.Progress) schema.Instruction { return schema.Instruction{Unknown: true} }
		start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "the result", told(f))
		if r := one(t, f); r.Outcome != schema.OutcomeAborted || r.AbortedBy.Role != schema.RoleController || d.total() != 0 {
			t.Fatalf("%+v", r)
		}
	})
}

// Ensures that an abort of another claim, or of another attempt, stops nothing.
func TestAnothersAbort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", "")), newCounting()
		work := f.Offers[0].Work
		f.aborts = []schema.Abort{abortOf(work, "another agent's claim"), abortOf(schema.Work{Token: "cms-9", Attempt: 1}, "")}
		start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "the result", told(f))
		if r := one(t, f); r.Outcome != schema.OutcomeDone || d.total() != 1 {
			t.Fatalf("%+v", r)
		}
	})
}

// Ensures that an action that ignores its abort goes on being reported, and is told
// as what it was once it has really ended.
func TestAbortIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", `{"simulate":{"mode":"ignore_abort","for":"3m"}}`)), newCounting()
		start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "granted", func() bool { return f.granted() == 1 })
		time.Sleep(2 * time.Second)
		f.locked(func() { f.aborts = []schema.Abort{abortOf(schema.Work{Token: "cms-1", Attempt: 1}, "")} })
		time.Sleep(2 * time.Minute)
		f.locked(func() {
			last := len(f.progress) - 1
			if len(f.Results) != 0 || time.Since(f.times[last]) > 5*time.Second || !strings.Contains(f.progress[last].Text, "told to stop, still running") {
				t.Errorf("%d results, last sign of life %+v at %s", len(f.Results), f.progress[last], f.times[last])
			}
		})
		until(t, "the result", told(f))
		r := f.results()[0]
		if r.Outcome != schema.OutcomeDone || d.total() != 1 || r.Ended.Sub(*r.Started) < 3*time.Minute {
			t.Fatalf("%+v", r)
		}
	})
}

// Ensures that the agent itself enforces the timeout, with no controller about.
func TestTimedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := offer("cms-1", `{"simulate":"hang"}`)
		o.Timeout = schema.Duration(30 * time.Second)
		f, d := newFake(o), newCounting()
		start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "granted", func() bool { return f.granted() == 1 })
		f.locked(func() { f.down = true })
		time.Sleep(10 * time.Minute)
		f.locked(func() { f.down = false })
		until(t, "the result", told(f))
		r := one(t, f)
		if took := r.Ended.Sub(*r.Started); r.Outcome != schema.OutcomeTimedOut || took != 30*time.Second || d.total() != 0 || r.AbortedBy != nil {
			t.Fatalf("%+v after %s", r, took)
		}
	})
}

// Ensures that the controller's own abort for the timeout is told as one, too.
func TestTimedOutByTheController(t *testing.T) {
	for _, code := range []string{schema.CodeStepTimeout, schema.StopTimeout} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(offer("cms-1", `{"simulate":"hang"}`))
			start(t, f, NewSimulator(1, 1, nil), journalIn(t))
			until(t, "granted", func() bool { return f.granted() == 1 })
			a := abortOf(schema.Work{Token: "cms-1", Attempt: 1}, "")
			a.Reason.Code = code
			time.Sleep(time.Second)
			f.rings(schema.Bell{Abort: &a})
			until(t, "the result", told(f))
			if r := one(t, f); r.Outcome != schema.OutcomeTimedOut {
				t.Fatalf("%+v", r)
			}
		})
	}
}

// Ensures that an abort of what has ended long ago is answered with how it ended, a
// few times at most a minute, and also after a restart.
func TestAbortOfWhatHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d, path := newFake(offer("cms-1", "")), newCounting(), journalIn(t)
		_, stop := start(t, f, NewSimulator(1, 1, d), path)
		until(t, "the result", told(f))
		time.Sleep(time.Second)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		f.locked(func() { f.aborts = []schema.Abort{abortOf(f.Results[0].Work, f.Results[0].Claim)} })
		start(t, f, NewSimulator(1, 1, d), path)
		time.Sleep(time.Minute)
		r := f.results()
		if len(r) < 5 || len(r) > 15 || d.total() != 1 {
			t.Fatalf("told %d times, device %d", len(r), d.total())
		}
		for _, again := range r {
			if again.Outcome != schema.OutcomeDone || again.Claim != r[0].Claim {
				t.Fatalf("%+v", again)
			}
		}
	})
}

// Ensures that a claim that was given up, and granted all the same, is told about when
// the next claim of that attempt is refused because of it.
func TestClaimGrantedAfterItWasGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", "")), newCounting()
		o := f.Offers
		lost := true
		var first string
		f.grant = func(claim schema.Claim, g schema.Grant) (schema.Grant, error) {
			if lost {
				if first == "" {
					first = claim.ID
				}
				f.locked(func() { f.Offers, f.Granted = o, map[string]schema.Work{} })
				return g, errDown
			}
			g.Granted = false
			return g, nil
		}
		start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "the first result, ignored", told(f))
		f.locked(func() {
			lost = false
			f.Granted[first] = o[0].Work
		})
		until(t, "it is told again", func() bool {
			return slices.ContainsFunc(f.results()[1:], func(r schema.Result) bool { return r.Claim == first })
		})
		for _, r := range f.results() {
			if r.Outcome != schema.OutcomeFailed || d.total() != 0 {
				t.Fatalf("%+v", r)
			}
		}
	})
}

package agent

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// Ensures that an attempt that was aborted before it was claimed is never claimed,
// neither by this agent nor after its restart.
func TestTombstone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d, path := newFake(), newCounting(), journalIn(t)
		_, stop := start(t, f, NewSimulator(1, 1, d), path)
		time.Sleep(time.Second / 2)
		a := abortOf(offer("cms-1", "").Work, "")
		f.rings(schema.Bell{Abort: &a})
		f.rings(schema.Bell{Abort: &a})
		f.locked(func() { f.Offers = append(f.Offers, offer("cms-1", "")) })
		time.Sleep(time.Minute)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		start(t, f, NewSimulator(1, 1, d), path)
		time.Sleep(time.Minute)
		f.locked(func() {
			if len(f.claims) != 0 {
				t.Errorf("claimed: %+v", f.claims)
			}
		})
	})
}

// Ensures that a grant that arrives after the abort is refused: nothing is begun, and
// the agent says so.
func TestAbortedBeforeTheGrant(t *testing.T) {
	for name, claimed := range map[string]bool{"the abort names the claim": true, "the abort names the attempt": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, d := newFake(offer("cms-1", "")), newCounting()
				f.grant = func(claim schema.Claim, g schema.Grant) (schema.Grant, error) {
					a := abortOf(claim.Work, "")
					if claimed {
						a.Claim = claim.ID
					}
					f.rings(schema.Bell{Abort: &a})
					time.Sleep(100 * time.Millisecond)
					return g, nil
				}
				start(t, f, NewSimulator(1, 1, d), journalIn(t))
				until(t, "the result", told(f))
				time.Sleep(time.Minute)
				r := one(t, f)
				if r.Outcome != schema.OutcomeAborted || d.total() != 0 || !strings.Contains(r.Text, "nothing was done") || r.AbortedBy.Name != "anna" {
					t.Fatalf("%+v, device %d", r, d.total())
				}
			})
		})
	}
}

// Ensures that what somebody stops on the agent's host before it was granted is never
// begun: not when the claim was lost and the attempt is offered again, not after a
// restart, and not when a late grant comes; and that the controller hears who it was.
func TestStoppedOnTheHostBeforeTheGrant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d, path := newFake(offer("cms-1", "")), newCounting(), journalIn(t)
		o := f.Offers
		claiming := make(chan struct{}, 100)
		f.grant = func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
			f.locked(func() { f.Offers, f.Granted = o, map[string]schema.Work{} }) // it never arrived
			claiming <- struct{}{}
			return g, errDown
		}
		a, stop := start(t, f, NewSimulator(1, 1, d), path)
		<-claiming
		if c, answer := a.abortHere("anna", "smoke"); c == nil || !answer.Found {
			t.Fatalf("%+v", answer)
		}
		f.locked(func() { f.grant = nil })
		until(t, "the result", told(f))
		if r := f.results()[0]; r.Outcome != schema.OutcomeAborted || r.AbortedBy.Name != "anna" || r.AbortedBy.Via != schema.ViaHost || !strings.Contains(r.Text, "nothing was done") {
			t.Fatalf("%+v", r)
		}
		time.Sleep(time.Minute)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		a, _ = start(t, f, NewSimulator(1, 1, d), path)
		time.Sleep(time.Minute)
		if f.granted() != 0 || d.total() != 0 {
			t.Fatalf("granted %d, device %d", f.granted(), d.total())
		}
		// A grant that comes although it must not begin.
		c := newAttempt(t.Context(), o[0])
		r, tells := a.claimAndAct(t.Context(), c)
		if !tells || r.Outcome != schema.OutcomeAborted || r.AbortedBy == nil || r.AbortedBy.Name != "anna" || d.total() != 0 {
			t.Fatalf("%+v, device %d", r, d.total())
		}
	})
}

// Ensures that an offer which the agent has seen and could not claim yet is not begun
// after somebody has stopped it on its host.
func TestStoppedOnTheHostBeforeTheClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", ""), offer("cms-2", "")), newCounting()
		deaf := true
		f.answer = func(r schema.Result, answer schema.Answer) (schema.Answer, error) {
			if deaf {
				return answer, errDown
			}
			return answer, nil
		}
		a, _ := start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "the first takes effect", func() bool { return d.total() == 1 })
		time.Sleep(5 * time.Second) // cms-1 can't be told, so that cms-2 waits
		if _, answer := a.abortHere("anna", "smoke"); !strings.Contains(answer.Text, "will not be begun") {
			t.Fatalf("%+v", answer)
		}
		f.locked(func() { deaf = false })
		time.Sleep(time.Minute)
		if f.granted() != 1 || d.total() != 1 {
			t.Fatalf("granted %d, device %d", f.granted(), d.total())
		}
	})
}

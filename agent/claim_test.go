package agent

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// Ensures that a grant is acted on only if it answers the very claim, in time.
func TestGrantsThatAreVoid(t *testing.T) {
	for name, c := range map[string]struct {
		grant func(schema.Claim, schema.Grant) (schema.Grant, error)
		text  string
	}{
		"it comes after its validity": {func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
			g.Validity = schema.Duration(2 * time.Second)
			time.Sleep(2 * time.Second)
			return g, nil
		}, "valid for 2s"},
		"the first answer is lost, the repeat's comes after its validity": {func() func(schema.Claim, schema.Grant) (schema.Grant, error) {
			lost := 0
			return func(claim schema.Claim, g schema.Grant) (schema.Grant, error) {
				if lost++; lost == 1 {
					time.Sleep(4 * time.Second)
					return g, errDown
				}
				return schema.Grant{Work: claim.Work, Claim: claim.ID, Granted: true, Validity: schema.Duration(4 * time.Second)}, nil
			}
		}(), "valid for 4s"},
		"it names another claim": {func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
			g.Claim = "somebody else's"
			return g, nil
		}, "another claim"},
		"another agent was granted it": {func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
			g.Claim, g.Granted = "somebody else's", false
			return g, nil
		}, "another claim"},
		"it is for another attempt": {func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
			g.Attempt++
			return g, nil
		}, "another attempt"},
		"it has no validity": {func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
			g.Validity = 0
			return g, nil
		}, "how long it is valid"},
		"it is for an action that is not offered": {func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
			g.Action = "other"
			return g, nil
		}, "doesn't offer other"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, d := newFake(offer("cms-1", "")), newCounting()
				f.grant = c.grant
				start(t, f, only{NewSimulator(1, 1, d), "recycle"}, journalIn(t))
				until(t, "the result", told(f))
				time.Sleep(time.Minute)
				r := one(t, f)
				if d.total() != 0 || r.Outcome != schema.OutcomeFailed || !strings.Contains(r.Text, c.text) || !strings.Contains(r.Text, "nothing was done") {
					t.Fatalf("device %d, %+v", d.total(), r)
				}
			})
		})
	}
}

// only offers one action.
type only struct {
	*Simulator
	action string
}

func (o only) Actions() []schema.Action { return []schema.Action{{Name: o.action}} }

// Ensures that what isn't offered is not claimed, and that a refusal leaves nothing to tell.
func TestNotClaimedAndRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", "")), newCounting()
		start(t, f, only{NewSimulator(1, 1, d), "other"}, journalIn(t))
		time.Sleep(time.Minute)
		f.locked(func() {
			if len(f.claims) != 0 || len(f.asked) < 50 {
				t.Errorf("%d claims, asked %d times", len(f.claims), len(f.asked))
			}
		})
	})
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", "")), newCounting()
		f.grant = func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
			g.Granted = false
			return g, nil
		}
		start(t, f, NewSimulator(1, 1, d), journalIn(t))
		time.Sleep(time.Minute)
		if n := len(f.results()); n != 0 || d.total() != 0 {
			t.Fatalf("%d results, device %d", n, d.total())
		}
		f.locked(func() {
			f.Offers = append(f.Offers, offer("cms-2", ""))
			f.grant = func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
				f.locked(func() { f.Offers = append(f.Offers, offer("cms-2", "")) })
				g.Granted = false
				return g, nil
			}
			f.claims = nil
		})
		time.Sleep(time.Minute)
		f.locked(func() {
			if len(f.claims) < 50 || len(f.claims) > 70 {
				t.Errorf("a refused attempt was claimed %d times in a minute", len(f.claims))
			}
		})
	})
}

// Ensures that a claim whose answer is lost is repeated with the same id, and acted on once.
func TestClaimRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", "")), newCounting()
		var first schema.Grant
		f.grant = func(claim schema.Claim, g schema.Grant) (schema.Grant, error) {
			if first.Claim == "" {
				first = g
				return schema.Grant{}, errDown
			}
			if claim.ID != first.Claim {
				t.Errorf("another claim: %s after %s", claim.ID, first.Claim)
			}
			return first, nil
		}
		start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "the result", told(f))
		if r := one(t, f); r.Outcome != schema.OutcomeDone || d.total() != 1 {
			t.Fatalf("%+v", r)
		}
	})
}

// Ensures that an agent which may have been granted an attempt, and is refused it when it
// claims it again, says that nothing was begun: somebody may wait for its word.
func TestRefusedAfterAnAnswerWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", "")), newCounting()
		lost := false
		f.grant = func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
			if !lost {
				lost = true
				return schema.Grant{}, errDown
			}
			return g, nil // refused: there is no such offer any more
		}
		start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "the result", told(f))
		r := one(t, f)
		if f.granted() != 1 || r.Outcome != schema.OutcomeFailed || !strings.Contains(r.Text, "nothing was done") || d.total() != 0 {
			t.Fatalf("%+v, device %d", r, d.total())
		}
	})
}

// Ensures that a claim that nobody answers is given up, told as failed, and that the
// same attempt may be claimed anew, since nothing had begun.
func TestClaimNeverAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", "")), newCounting()
		f.locked(func() {
			o := f.Offers
			f.grant = func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
				f.locked(func() { f.Offers, f.Granted = o, map[string]schema.Work{} })
				return g, errDown
			}
		})
		start(t, f, NewSimulator(1, 1, d), journalIn(t))
		until(t, "the result", told(f))
		if r := f.results()[0]; r.Outcome != schema.OutcomeFailed || !strings.Contains(r.Text, "not answered") {
			t.Fatalf("%+v", r)
		}
		f.locked(func() { f.grant = nil })
		until(t, "it is done after all", func() bool {
			r := f.results()
			return r[len(r)-1].Outcome == schema.OutcomeDone
		})
		if d.total() != 1 {
			t.Fatalf("device %d", d.total())
		}
	})
}

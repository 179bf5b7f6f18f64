package controller

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// Two replicas decide at the same time: one append wins, the other catches up and
// decides anew. Nothing is decided twice, and both end with the same state.
func TestActorsConflictAndDecideAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a, b := c.start("a", nil), c.start("b", nil)
		a.ready()
		b.ready()
		// Nobody can be forwarded to: both decide all that they get.
		c.gone("a")
		c.gone("b")
		var all sync.WaitGroup
		for i, r := range []*replica{a, b} {
			for n := range 20 {
				all.Go(func() {
					for k := range 5 {
						if _, bad := r.call(schema.RoleOperator, "anna", schema.KindNote, testNote("cms-9", "x", fmt.Sprintf("%d-%d-%d", i, n, k))); bad != nil {
							t.Errorf("refused: %v", bad)
						}
						time.Sleep(time.Millisecond)
					}
				})
			}
		}
		all.Wait()
		once(t, c, 200)
		if a.Counters().Conflicts+b.Counters().Conflicts == 0 {
			t.Fatal("there was no conflict: the test shows nothing")
		}
		same(t, a, b)
		a.stop()
		b.stop()
	})
}

// once fails when an input stands in the log more than once, or not at all.
func once(t *testing.T, c *cluster, want int) {
	t.Helper()
	seen := map[string]int{}
	for _, e := range c.log.entries(t) {
		for _, in := range e.Inputs {
			if in.ID != "" {
				seen[in.By.Name+"/"+in.ID]++
			}
		}
	}
	if len(seen) != want {
		t.Fatalf("%d inputs stand in the log, want %d", len(seen), want)
	}
	for id, n := range seen {
		if n != 1 {
			t.Fatalf("%s stands in the log %d times", id, n)
		}
	}
}

// same waits until the replicas stand at one entry and fails if their states differ.
func same(t *testing.T, replicas ...*replica) {
	t.Helper()
	digest := func(r *replica) (out string) {
		r.View(func(s *State) {
			docs, err := DocumentsOf(s.Documents())
			if err != nil {
				t.Fatal(err)
			}
			out = s.Position.Hash + string(mustEncode(t, docs))
		})
		return out
	}
	first := replicas[0]
	for _, r := range replicas[1:] {
		await(t, "the replicas to stand at the same entry", func() bool { return r.Entry() == first.Entry() })
		if digest(r) != digest(first) {
			t.Fatalf("the states differ:\n%s\n%s", digest(first), digest(r))
		}
	}
}

// An append whose acknowledgement is lost has happened: its answers come from the
// entry that stands in the log, and nothing is decided a second time.
func TestActorResolvesLostAcknowledgements(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		faults := []fault{lostAck, nothing, notSent, lostAck}
		c.log.fault = func(string, *schema.Entry) fault {
			if len(faults) == 0 {
				return noFault
			}
			f := faults[0]
			faults = faults[1:]
			return f
		}
		for i := range 5 {
			answer := r.must(schema.Refused, schema.RoleOperator, "anna", schema.KindNote, testNote("cms-9", "x", fmt.Sprint(i)))
			if answer.Entry != uint64(i+1) {
				t.Fatalf("call %d stands in entry %d", i, answer.Entry)
			}
		}
		once(t, c, 5)
		r.stop()
	})
}

// A message that was given up and arrives later wins if it is first: the decision made
// anew is refused by the log, and the callers are answered from what stands there.
func TestActorRecognisesItsLateEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		tries := 0
		c.log.fault = func(string, *schema.Entry) fault {
			switch tries++; tries {
			case 1:
				return stored
			case 2:
				c.log.deliverLate()
			}
			return noFault
		}
		answer := r.must(schema.Refused, schema.RoleOperator, "anna", schema.KindNote, testNote("cms-9", "x", "1"))
		if answer.Entry != 1 || tries != 2 {
			t.Fatalf("%+v after %d tries", answer, tries)
		}
		once(t, c, 1)
		if got := r.Counters(); got.Conflicts != 1 || got.Decided != 1 {
			t.Fatalf("%+v", got)
		}
		r.stop()
	})
}

// A log that is another one, or contradicts itself, ends the actor with words.
func TestActorStopsOnAForeignLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.log.foreign = fmt.Errorf("checking: %w: another stream", schema.ErrForeign)
		r := c.start("r1", nil)
		if err := <-r.ran; !errors.Is(err, schema.ErrForeign) {
			t.Fatalf("Run returned %v", err)
		}
		r.ran <- nil
		if err := r.Ready(); err == nil || !strings.Contains(err.Error(), "another stream") {
			t.Fatalf("ready: %v", err)
		}
	})
}

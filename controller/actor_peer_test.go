package controller

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

func notes(r *replica, id string) (schema.Answer, *schema.Error) {
	return r.call(schema.RoleOperator, "anna", schema.KindNote, testNote("cms-9", "x", id))
}

// preferring starts two replicas; b knows that a is the preferred one, having appended last.
func preferring(c *cluster) (a, b *replica) {
	c.t.Helper()
	a, b = c.start("a", nil), c.start("b", nil)
	a.ready()
	b.ready()
	notes(a, "1")
	await(c.t, "b to know who is preferred", func() bool { return b.Entry() == 1 })
	return a, b
}

// A call that another replica receives is forwarded to the one that appended last.
func TestActorForwardsToThePreferred(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a, b := preferring(c)
		for i := range 10 {
			if _, bad := notes(b, fmt.Sprint("b", i)); bad != nil {
				t.Fatal(bad)
			}
		}
		for _, e := range c.log.entries(t) {
			if e.Replica != "a" {
				t.Fatalf("entry %d was decided by %s", e.Entry, e.Replica)
			}
		}
		if b.Counters().Forwarded != 10 || a.Counters().Conflicts+b.Counters().Conflicts != 0 {
			t.Fatalf("%+v", b.Counters())
		}
		once(t, c, 11)
		a.stop()
		b.stop()
	})
}

// A preferred replica that does not answer is waited for a second, once; then the
// receiving one decides, and what the other did with the same input counts once.
func TestActorDecidesWhenThePreferredIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a, b := preferring(c)
		// The forwarded input reaches a, whose appends hang; b gives up and decides.
		release := make(chan struct{})
		c.log.fault = func(replica string, _ *schema.Entry) fault {
			if replica == "a" {
				<-release
			}
			return noFault
		}
		began := time.Now()
		answer, bad := notes(b, "2")
		if bad != nil || answer.Entry != 2 {
			t.Fatalf("%+v %v", answer, bad)
		}
		if took := time.Since(began); took < forwardPatience || took > forwardPatience+time.Second {
			t.Fatalf("it took %s", took)
		}
		close(release)
		await(t, "a to catch up", func() bool { return a.Entry() == 2 && a.Counters().Waiting == 0 })
		time.Sleep(2 * time.Second)
		once(t, c, 2)
		same(t, a, b)
		a.stop()
		b.stop()
	})
}

// The same, without an id of the caller's, and with the preferred one being faster
// after all: the input's own id tells.
func TestActorForwardedInputIsDecidedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a, b := preferring(c)
		c.log.fault = func(replica string, _ *schema.Entry) fault {
			if replica == "a" {
				time.Sleep(forwardPatience - time.Millisecond) // stored before b gives up, answered after
				return slowStore
			}
			time.Sleep(200 * time.Millisecond)
			return noFault
		}
		if _, bad := notes(b, ""); bad != nil {
			t.Fatal(bad)
		}
		time.Sleep(3 * time.Second)
		n := 0
		for _, e := range c.log.entries(t) {
			n += len(e.Inputs)
		}
		if n != 2 {
			t.Fatalf("%d inputs stand in the log, want 2", n)
		}
		a.stop()
		b.stop()
	})
}

// An input that waited past its time at the preferred replica is not decided there.
func TestActorForwardedInputExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a := c.start("a", nil)
		a.ready()
		call := peerCall{Type: schema.Type(kindPeerCall), From: "b", Kind: schema.KindNote, Own: "o1",
			By: schema.By{Role: schema.RoleOperator, Name: "anna"}, At: time.Now().Add(-2 * time.Second), Until: time.Now().Add(-time.Second),
			Message: mustEncode(t, testNote("cms-9", "x", "1"))}
		out, bad := a.Peer(context.Background(), mustEncode(t, call))
		if bad == nil || bad.Code != 503 || len(c.log.entries(t)) != 0 {
			t.Fatalf("%s %+v, %d entries", out, bad, len(c.log.entries(t)))
		}
		a.stop()
	})
}

// A replica that is away is not waited for, and not asked again for a while.
func TestActorPreferredIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a := c.start("a", nil)
		a.ready()
		notes(a, "1")
		a.stop()
		c.gone("a")
		b := c.start("b", nil)
		b.ready()
		began := time.Now()
		if _, bad := notes(b, "2"); bad != nil || time.Since(began) > 100*time.Millisecond {
			t.Fatalf("%v after %s", bad, time.Since(began))
		}
		once(t, c, 2)
		b.stop()
	})
}

// While the system waits for an agent and the replica that counts the waiting is away,
// another one takes over with an entry, and counts the whole time itself.
func TestActorTakesOverTheWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a, b := c.start("a", nil), c.start("b", nil)
		a.ready()
		b.ready()
		a.offers("l0")
		answer := a.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("101", "x1"))
		a.approve("cms-1.p1")
		await(t, "b to fold", func() bool { return b.Entry() == a.Entry() })
		time.Sleep(10 * time.Second)
		for _, e := range c.log.entries(t) {
			if e.Replica != "a" {
				t.Fatalf("%s decided although a was there", e.Replica)
			}
		}
		a.stop()
		c.gone("a")
		began := time.Now()
		await2(t, "the offer to be given up", time.Minute, func() bool {
			terminal := false
			b.View(func(s *State) { terminal = s.Recovery(answer.Token).Terminal })
			return terminal
		})
		if took := time.Since(began); took < 30*time.Second || took > 40*time.Second {
			t.Fatalf("the offer was given up after %s", took)
		}
		found := false
		for _, e := range c.log.entries(t) {
			for _, ev := range e.Events {
				found = found || ev.Kind == schema.EventTakeover && e.Replica == "b"
			}
		}
		if !found {
			t.Fatal("no takeover stands in the log")
		}
		b.stop()
	})
}

func (r *replica) approve(prompt string) {
	r.t.Helper()
	r.must(schema.Recorded, schema.RoleOperator, "anna", schema.KindDecide, &schema.Decide{Type: schema.Type(schema.KindDecide), Prompt: prompt, Decision: schema.Approve})
}

func await2(t testing.TB, what string, most time.Duration, fact func() bool) {
	t.Helper()
	for deadline := time.Now().Add(most); !fact(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

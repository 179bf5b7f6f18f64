package controller

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// tellNote tells a note: it waits in the inbox until somebody decides it.
func (c *cluster) tellNote(id string) {
	c.t.Helper()
	c.inbox.tell(testSystem, schema.RoleOperator, "anna", schema.KindNote, mustEncode(c.t, testNote("cms-9", "x", id)))
}

// A restart takes the state from the projection and reads only what came since; with
// an empty projection it reads the whole log. Both end where the first run ended.
func TestActorStartsFromProjectionAndFromLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a := c.start("a", nil)
		a.ready()
		a.asked()
		for i := range 20 {
			notes(a, fmt.Sprint(i))
		}
		c.log.mu.Lock()
		c.log.put("garbage", []byte("garbage")) // skipped by everybody
		c.log.mu.Unlock()
		notes(a, "last")
		if a.Counters().Skipped != 1 {
			t.Fatalf("%+v", a.Counters())
		}
		a.stop()
		read := 0
		b := c.start("a", func(config *Config) {
			config.Projection = a.projection
			config.CatchingUp = func(uint64, uint64) { read++ }
		})
		b.ready()
		if read != 0 {
			t.Fatalf("%d records were read again", read)
		}
		if p := b.preferred.Load(); p == nil || *p != "a" {
			t.Fatal("it does not know who decided last")
		}
		b.View(func(s *State) {
			if s.At.IsZero() {
				t.Error("it does not know when the last entry was decided")
			}
		})
		fresh := c.start("c", func(config *Config) { config.CatchingUp = func(uint64, uint64) { read++ } })
		fresh.ready()
		if read != 24 {
			t.Fatalf("%d records were read, want 24", read)
		}
		same(t, a, b, fresh)
		again := b.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("101", "x1"))
		if again.Token != "cms-1" {
			t.Fatalf("the repeat after the restart got %+v", again)
		}
		b.stop()
		fresh.stop()
	})
}

// What was told while no controller ran is decided once, in its order, before any
// deadline that came after it: a "cleared" told in time counts.
func TestActorReadsTheInboxBeforeItDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a := c.start("a", nil)
		a.ready()
		a.asked()
		a.stop()
		time.Sleep(30 * time.Minute)
		c.inbox.tell(testSystem, schema.RoleExpert, "daq", schema.KindCleared, mustEncode(t, &schema.Cleared{Type: schema.Type(schema.KindCleared), Problem: "101"}))
		time.Sleep(2 * time.Hour) // the approval timeout, an hour, passes meanwhile
		b := c.start("a", func(config *Config) { config.Projection = a.projection })
		await(t, "the message to be decided", func() bool { return b.Counters().Decided == 1 })
		b.View(func(s *State) {
			if r := s.Recovery("cms-1"); r.State != schema.Completed || r.Reason.Code != schema.CodeCuredItself {
				t.Errorf("%s: %s %s", r.Token, r.State, r.Reason.Code)
			}
		})
		b.stop()
	})
}

// As long as the inbox holds more than has come in, nothing is decided.
func TestActorWaitsForTheInboxesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.inbox.ended = 2 // one message is known to be there and has not come in
		r := c.start("r1", nil)
		time.Sleep(time.Minute)
		if err := r.Ready(); err == nil || !strings.Contains(err.Error(), "inbox") {
			t.Fatalf("ready: %v", err)
		}
		c.tellNote("1")
		r.ready()
		await(t, "it to be decided", func() bool { return r.Counters().Decided == 1 })
		r.stop()
	})
}

// Several replicas read the same inbox: each message is decided once, and answered.
func TestActorsDecideToldMessagesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a, b := c.start("a", nil), c.start("b", nil)
		a.ready()
		b.ready()
		for i := range 50 {
			kind, payload := schema.KindNote, mustEncode(t, testNote("cms-9", "x", fmt.Sprint(i)))
			if i%10 == 3 {
				payload = []byte("{ no json")
			}
			c.inbox.tell(testSystem, schema.RoleOperator, "anna", kind, payload)
			time.Sleep(7 * time.Millisecond)
		}
		c.inbox.tellAt("recovery.cms.operator.anna.dance", []byte("{}"), time.Now())
		await(t, "all to be decided", func() bool { return a.Counters().Decided+b.Counters().Decided == 51 })
		time.Sleep(5 * time.Second)
		once(t, c, 45)
		malformed, inputs := 0, 0
		for _, e := range c.log.entries(t) {
			for _, in := range e.Inputs {
				inputs++
				if in.Kind == schema.KindMalformed {
					malformed++
				}
			}
		}
		if malformed != 6 || inputs != 51 {
			t.Fatalf("%d inputs, %d malformed", inputs, malformed)
		}
		if n := len(c.net.heard(schema.SubjectAnswer(testSystem, schema.RoleOperator, "anna"))); n != 51 {
			t.Fatalf("%d answers", n)
		}
		same(t, a, b)
		a.stop()
		b.stop()
	})
}

// A reading of the inbox that is cut begins again where the log stands: what waits
// already is not taken twice.
func TestActorInboxIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		c.log.meets(func(string, *schema.Entry) fault { <-time.After(3 * time.Second); return noFault })
		c.inbox.mu.Lock()
		c.inbox.cuts = 3
		c.inbox.mu.Unlock()
		for i := range 10 {
			c.tellNote(fmt.Sprint(i))
		}
		await(t, "them to be decided", func() bool { return r.Counters().Decided >= 10 })
		time.Sleep(10 * time.Second)
		if n := len(c.net.heard(schema.SubjectAnswer(testSystem, schema.RoleOperator, "anna"))); n != 10 || r.Counters().Decided != 10 {
			t.Fatalf("%d answers, %+v", n, r.Counters())
		}
		once(t, c, 10)
		r.stop()
	})
}

// An inbox stream that was made anew begins its sequences from the start; they are not
// taken for those that were decided.
func TestActorInboxMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a := c.start("a", nil)
		a.ready()
		for i := range 5 {
			c.tellNote(fmt.Sprint(i))
		}
		await(t, "them to be decided", func() bool { return a.Counters().Decided == 5 })
		a.stop()
		time.Sleep(time.Second)
		c.inbox = newFakeInbox()
		c.tellNote("new")
		b := c.start("a", func(config *Config) { config.Projection = a.projection })
		await(t, "the new one to be decided", func() bool { return b.Counters().Decided == 1 })
		once(t, c, 6)
		b.stop()
	})
}

// The policy of a log that has none, and what the simulator offers, are decided before
// what was told; a log that has them is left alone.
func TestActorSeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.inbox.tell(testSystem, schema.RoleExpert, "daq", schema.KindRequest, mustEncode(t, testRequest("101", "x1")))
		observe := schema.Duration(time.Second)
		seeds := func(config *Config) {
			config.Seed = []Seed{
				{Kind: schema.KindPolicy, By: schema.By{Role: schema.RoleOperator, Name: "serve", Via: schema.ViaController}, Message: &schema.ApplyPolicy{Type: schema.Type(schema.KindPolicy), Policy: schema.Policy{Observe: &observe}}},
				{Kind: schema.KindOffered, By: schema.By{Role: schema.RoleAgent, Name: "l0", Via: schema.ViaController}, Message: &schema.Offered{Type: schema.Type(schema.KindOffered), Actions: []schema.Action{{Name: "*"}}, Simulated: true}},
			}
		}
		a := c.start("a", seeds)
		a.ready()
		await(t, "the request to be decided", func() bool { return a.Counters().Decided == 3 })
		entries := c.log.entries(t)
		if len(entries[0].Inputs) != 2 || entries[1].Inputs[0].Answer.Verdict != schema.Accepted {
			t.Fatalf("%+v", entries)
		}
		a.stop()
		b := c.start("a", func(config *Config) { seeds(config); config.Projection = a.projection })
		b.ready()
		time.Sleep(time.Second)
		if n := len(c.log.entries(t)); n != len(entries) {
			t.Fatalf("the restart appended %d entries", n-len(entries))
		}
		b.stop()
	})
}

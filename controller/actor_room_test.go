package controller

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// While the disk runs short new requests are refused, asked before the log, published
// with a short entry that does not repeat them; all else goes on, and with room again
// everything does.
func TestActorRefusesRequestsWithoutRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		var why atomic.Pointer[string]
		room := func(text string) { why.Store(&text) }
		room("")
		r := c.start("r1", func(c *Config) { c.Room = func() string { return *why.Load() } })
		r.ready()
		r.offers("l0")
		first := r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("101", "x1"))
		room("the disk runs short: free some")
		before := len(c.log.entries(t))
		if _, bad := r.call(schema.RoleExpert, "daq", schema.KindRequest, testRequest("102", "x2")); bad == nil || bad.Code != 503 || bad.Reason != schema.CodeDiskShort || !strings.Contains(bad.Text, "free some") {
			t.Fatalf("a request is answered %+v", bad)
		}
		if n := len(c.log.entries(t)); n != before {
			t.Fatalf("it took %d entries", n-before)
		}
		if again := r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("101", "x1")); again.Token != first.Token {
			t.Fatalf("a repeat gets %+v", again)
		}
		r.must(schema.Recorded, schema.RoleOperator, "anna", schema.KindInterrupt, &schema.Interrupt{Type: schema.Type(schema.KindInterrupt), Token: first.Token})
		r.must(schema.Recorded, schema.RoleExpert, "daq", schema.KindCleared, &schema.Cleared{Type: schema.Type(schema.KindCleared), Problem: "101"})

		c.inbox.tell(testSystem, schema.RoleExpert, "daq", schema.KindRequest, mustEncode(t, testRequest("103", "x3")))
		time.Sleep(time.Second) // virtual
		entries := c.log.entries(t)
		e := entries[len(entries)-1]
		if len(e.Inputs) != 1 || e.Inputs[0].Message != nil || e.Inputs[0].Answer.Verdict != schema.Rejected || e.Inputs[0].Answer.Reason.Code != schema.CodeDiskShort || e.Events[0].Kind != schema.EventNotTaken {
			t.Fatalf("a published one leads to %+v", e)
		}
		room("")
		r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("102", "x2"))
		r.stop()

		// A replay finds it in the answer, and goes on behind it.
		s, short := NewState(testSystem), 0
		for _, e := range c.log.entries(t) {
			made, _, err := Again(s, e)
			if err != nil {
				t.Fatal(err)
			}
			for i, in := range e.Inputs {
				if in.Answer.Reason.Code == schema.CodeDiskShort {
					short++
				}
				if was, now := encodedAs(t, in.Answer), encodedAs(t, made.Inputs[i].Answer); was != now {
					t.Errorf("entry %d: answered %s, now %s", e.Entry, was, now)
				}
			}
			if was, now := encodedAs(t, e.Events), encodedAs(t, made.Events); was != now {
				t.Errorf("entry %d: %s, now %s", e.Entry, was, now)
			}
			if was, now := encodedAs(t, e.Documents), encodedAs(t, made.Documents); was != now {
				t.Errorf("entry %d: %s, now %s", e.Entry, was, now)
			}
			if err := s.FoldEntry(e); err != nil {
				t.Fatal(err)
			}
		}
		if short != 1 {
			t.Errorf("%d inputs were not taken", short)
		}
	})
}

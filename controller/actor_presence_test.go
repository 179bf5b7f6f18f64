package controller

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// asks has a process of an agent's name ask for work.
func asks(r *replica, agent, instance string, actions ...string) schema.WorkList {
	r.t.Helper()
	next := &schema.Next{Type: schema.Type(schema.KindNext), Instance: instance}
	for _, name := range append(actions, "check") {
		next.Actions = append(next.Actions, schema.Action{Name: name})
	}
	out, bad := r.Call(context.Background(), sender(schema.RoleAgent, agent, schema.KindNext), mustEncode(r.t, next))
	if bad != nil {
		r.t.Fatal(bad)
	}
	list, err := schema.Read[schema.WorkList](out)
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

// there gives what a replica says of an agent's presence.
func there(r *replica, agent string) schema.AgentDocument {
	docs := []schema.AgentDocument{{Name: agent}}
	r.Presence(context.Background(), docs)
	return docs[0]
}

// Whoever asks hears which agents are there, from any replica: present while they ask,
// away when they stop, and unknown while nobody has listened for long enough.
func TestActorKnowsWhoIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a, b := c.start("a", nil), c.start("b", nil)
		a.ready()
		b.ready()
		asks(a, "l0", "i1") // a is preferred now
		if got := there(a, "l9").Presence; got != schema.PresenceUnknown {
			t.Errorf("an agent that nobody could have heard yet is %s", got)
		}
		time.Sleep(presentFor)
		asks(a, "l0", "i1")
		heard := time.Now().UTC()
		time.Sleep(presentFor - time.Second)
		for _, r := range []*replica{a, b} {
			if got := there(r, "l0"); got.Presence != schema.Present || got.LastHeard == nil || !got.LastHeard.Equal(heard) {
				t.Errorf("%s says %+v, heard at %s", r.config.Replica, got, heard)
			}
			if got := there(r, "l9"); got.Presence != schema.Away || got.LastHeard != nil {
				t.Errorf("%s says %+v of one that was never heard", r.config.Replica, got)
			}
		}
		time.Sleep(2 * time.Second)
		if got := there(b, "l0"); got.Presence != schema.Away || !got.LastHeard.Equal(heard) {
			t.Errorf("b says %+v of one that has gone", got)
		}
		// Without the preferred replica nobody can say that an agent is away.
		a.stop()
		if got := there(b, "l0"); got.Presence != schema.PresenceUnknown {
			t.Errorf("b alone says %+v", got)
		}
		asks(b, "l0", "i1")
		if got := there(b, "l0"); got.Presence != schema.Present {
			t.Errorf("b says %+v of one that it has just heard", got)
		}
		b.stop()
	})
}

// Of two processes with one name the first is served and what it offers stays; the other
// is told so. A restart is no second process.
func TestActorServesOneOfTwoWithOneName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("a", nil)
		r.ready()
		asks(r, "l0", "before", "recycle")
		time.Sleep(time.Second)
		for range 10 { // restarted at once
			if list := asks(r, "l0", "first", "recycle"); list.Reason.Code != "" || there(r, "l0").Doubled {
				t.Fatalf("a restart is taken for two: %+v", list)
			}
			time.Sleep(time.Second)
		}
		r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("101", "x1"))
		r.approve("cms-1.p1")
		entry := r.Entry()
		asks(r, "l0", "second", "other")
		time.Sleep(time.Second)
		for range 30 {
			if list := asks(r, "l0", "first", "recycle"); list.Reason.Code != "" || len(list.Offers) == 0 && r.stateOf("cms-1") == schema.Running {
				t.Fatalf("the first one is not served: %+v", list)
			}
			list := asks(r, "l0", "second", "other")
			if list.Reason.Code != schema.CodeNameTaken || !strings.Contains(list.Reason.Text, "another process") || len(list.Offers) > 0 {
				t.Fatalf("the second one got %+v", list)
			}
			if !there(r, "l0").Doubled {
				t.Fatal("nothing says that there are two")
			}
			time.Sleep(500 * time.Millisecond)
		}
		// What the second one offered before anybody could know that there are two.
		if n := r.Entry(); n > entry+2 {
			t.Errorf("%d entries say what the two of them offer", n-entry)
		}
		r.View(func(s *State) {
			if got := actionNames(s.Agents()["l0"].Actions); got != "recycle, check" {
				t.Errorf("the log says that l0 offers %s", got)
			}
		})
		// The first one ends: the other is served soon after.
		time.Sleep(presentFor)
		asks(r, "l0", "second", "other")
		if list := asks(r, "l0", "second", "other"); list.Reason.Code != "" || there(r, "l0").Doubled {
			t.Errorf("the one that is left got %+v", list)
		}
		r.stop()
	})
}

// Only the claim that was granted is a sign of the acting agent's life: another process
// of its name is none, nor is a claim that it made before.
func TestActorHearsTheClaimNotTheName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("a", nil)
		r.ready()
		work := acting(r)
		for range 20 {
			out, bad := r.Call(context.Background(), sender(schema.RoleAgent, "l0", schema.KindNext), mustEncode(t, testNext(schema.Acting{Work: work, Claim: "another"})))
			if bad != nil {
				t.Fatal(bad)
			}
			if list, err := schema.Read[schema.WorkList](out); err != nil || len(list.Aborts) != 1 {
				t.Fatalf("who acts under another claim got %+v, %v", list, err)
			}
			time.Sleep(time.Second)
		}
		if s := r.stateOf("cms-1"); s != schema.Unclear {
			t.Errorf("%s: a wrong claim was taken for a sign of life", s)
		}
		r.stop()
	})
}

// What an attempt tells is recorded at once, and then every ten seconds at most, however
// much it tells and whatever else happens to its recovery.
func TestActorRecordsProgressEveryTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("a", nil)
		r.ready()
		work := acting(r)
		told := 0
		tell := func() {
			_, bad := r.Call(context.Background(), sender(schema.RoleAgent, "l0", schema.KindProgress), mustEncode(t, &schema.Progress{
				Type: schema.Type(schema.KindProgress), Work: work, Claim: "c1", Text: "configuring", Output: "line " + time.Now().Format(time.TimeOnly)}))
			if bad != nil {
				t.Fatal(bad)
			}
			told++
		}
		tell()
		await(t, "the first lines in the status", func() bool { return reported(r) != nil })
		for n := range 60 {
			time.Sleep(time.Second)
			if _, bad := r.call(schema.RoleOperator, "anna", schema.KindNote, testNote("cms-1", "still looking", "n"+time.Now().String())); bad != nil {
				t.Fatal(bad, n)
			}
			tell()
		}
		synctest.Wait()
		if at := reported(r); time.Since(*at) > progressEvery {
			t.Errorf("the status is of %s ago", time.Since(*at))
		}
		entries := 0
		for _, e := range c.log.entries(t) {
			for _, event := range e.Events {
				if event.Kind == schema.EventProgress {
					entries++
				}
			}
		}
		if entries < 6 || entries > 7 {
			t.Errorf("%d of %d were recorded in a minute", entries, told)
		}
		r.stop()
	})
}

func reported(r *replica) (at *time.Time) {
	r.View(func(s *State) {
		if a := lastAttempt(s.Recovery("cms-1")); a != nil && a.Reported != nil && strings.HasPrefix(a.Output, "line") {
			at = a.Reported
		}
	})
	return at
}

package controller

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// The agent's silence is counted only while the controller listens: an outage of the
// broker is nobody's silence.
func TestActorCountsSilenceOnlyWhileItListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		work := acting(r)
		time.Sleep(10 * time.Second)
		r.bus.connect(false)
		time.Sleep(5 * time.Minute)
		r.bus.connect(true)
		time.Sleep(14 * time.Second)
		if s := r.stateOf("cms-1"); s != schema.Running {
			t.Fatalf("%s: the outage was counted", s)
		}
		for range 10 { // each sign of life starts the counting anew
			progress(r, work)
			time.Sleep(14 * time.Second)
		}
		if s := r.stateOf("cms-1"); s != schema.Running {
			t.Fatalf("%s although the agent speaks", s)
		}
		out, bad := r.Call(context.Background(), sender(schema.RoleAgent, "l0", schema.KindNext), mustEncode(t, testNext(schema.Acting{Work: work, Claim: "c1"})))
		if bad != nil {
			t.Fatal(bad)
		}
		if list, err := schema.Read[schema.WorkList](out); err != nil || len(list.Aborts) != 0 {
			t.Fatalf("%+v %v", list, err)
		}
		time.Sleep(14 * time.Second)
		if s := r.stateOf("cms-1"); s != schema.Running {
			t.Fatalf("%s although the agent said that it acts", s)
		}
		time.Sleep(2 * time.Second)
		if s := r.stateOf("cms-1"); s != schema.Unclear {
			t.Fatalf("%s: the silence was not noticed", s)
		}
		r.stop()
	})
}

// What an agent offers is logged when it changes, not each time it asks, however its
// JSON is written, not again after a restart, and not too often.
func TestActorLogsOffersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		ask := func(r *replica, parameters string) {
			payload := `{"type":"recovery.v1.next","instance":"i","actions":[{"name":"recycle","parameters":` + parameters + `}]}`
			if _, bad := r.Call(context.Background(), sender(schema.RoleAgent, "l0", schema.KindNext), []byte(payload)); bad != nil {
				t.Fatal(bad)
			}
		}
		a := c.start("a", nil)
		a.ready()
		for range 5 {
			ask(a, `{ "type": "object", "title": "<x> & y" }`)
		}
		a.stop()
		b := c.start("a", func(config *Config) { config.Projection = a.projection })
		b.ready()
		ask(b, `{ "type": "object", "title": "<x> & y" }`)
		if n := b.Entry(); n != 1 {
			t.Fatalf("%d entries", n)
		}
		time.Sleep(offersEvery)
		ask(b, `{"type":"object"}`)
		if n := b.Entry(); n != 2 {
			t.Fatalf("%d entries after a change", n)
		}
		// Two agents of one name that don't agree.
		for n := range 600 {
			ask(b, fmt.Sprintf(`{"type":"object","title":"%d"}`, n%2))
			time.Sleep(100 * time.Millisecond)
		}
		if n := b.Entry(); n > 8 {
			t.Fatalf("%d entries after a minute of changes", n)
		}
		b.stop()
	})
}

// Time in which the loop was held up, or the broker did not answer, is not counted.
func TestActorDoesNotCountWhatItCouldNotHear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		acting(r)
		time.Sleep(time.Second)
		c.log.meets(func(string, *schema.Entry) fault { <-time.After(9 * time.Second); return noFault })
		notes(r, "1")
		c.log.meets(nil)
		time.Sleep(13 * time.Second)
		if s := r.stateOf("cms-1"); s != schema.Running {
			t.Fatalf("%s: the time in which the loop was held up was counted", s)
		}
		r.bus.stall(true) // connected, as far as anybody knows
		time.Sleep(2 * time.Minute)
		if s := r.stateOf("cms-1"); s != schema.Running {
			t.Fatalf("%s: a connection that carries nothing was listened to", s)
		}
		r.bus.stall(false)
		time.Sleep(18 * time.Second)
		if s := r.stateOf("cms-1"); s != schema.Unclear {
			t.Fatalf("%s: the silence was not noticed", s)
		}
		r.stop()
	})
}

// An offer that nobody claims is given up after the offer's time.
func TestActorObservesUnclaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		r.asked()
		r.approve("cms-1.p1")
		time.Sleep(29 * time.Second)
		r.stands("cms-1", schema.Running)
		time.Sleep(2 * time.Second)
		r.stands("cms-1", schema.Failed)
		r.stop()
	})
}

// watchesExperts starts a replica whose policy gives experts so long to be silent, and
// asks for a recovery.
func (c *cluster) watchesExperts(silence time.Duration) *replica {
	c.t.Helper()
	most := schema.Duration(silence)
	r := c.start("r1", func(config *Config) {
		config.Seed = []Seed{{Kind: schema.KindPolicy, By: schema.By{Role: schema.RoleOperator, Name: "serve"}, Message: &schema.ApplyPolicy{Type: schema.Type(schema.KindPolicy), Policy: schema.Policy{ExpertSilence: &most}}}}
	})
	r.ready()
	r.asked()
	return r
}

// Experts are watched where the policy says so; any sign of life ends a silence.
func TestActorObservesExperts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.watchesExperts(10 * time.Second)
		for range 5 {
			time.Sleep(9 * time.Second)
			r.Alive("daq")
		}
		r.stands("cms-1", schema.AwaitingApproval)
		time.Sleep(11 * time.Second)
		r.stands("cms-1", schema.Cancelled)
		entry := r.Entry()
		r.Alive("daq")
		await(t, "the sign of life to be logged", func() bool { return r.Entry() == entry+1 })
		r.Alive("daq")
		time.Sleep(time.Second)
		if r.Entry() != entry+1 {
			t.Fatal("an expert that is not silent was logged again")
		}
		r.stop()
	})
}

// However many waits are over at once, the broker is asked once whether it answers: while
// it does not, deciding is not held up for longer.
func TestActorAsksTheBrokerOnceForAllThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.watchesExperts(10 * time.Second)
		experts := []string{"daq", "ecal", "hcal", "gem", "csc", "dt", "rpc", "es"}
		for _, expert := range experts[1:] {
			later := testRequest(expert, expert)
			later.Relation = &schema.Relation{Kind: schema.Postpone, To: "cms-1"}
			r.must(schema.AcceptedToPostpone, schema.RoleExpert, expert, schema.KindRequest, later)
		}
		r.bus.stall(true)
		for i := range 300 {
			began := time.Now()
			notes(r, fmt.Sprint(i))
			// The first one may be waited for since a tick before the others.
			if took := time.Since(began); took > 2100*time.Millisecond {
				t.Fatalf("a note waited for %s while the broker did not answer", took)
			}
			time.Sleep(50 * time.Millisecond)
		}
		r.stands("cms-1", schema.AwaitingApproval)
		r.bus.stall(false)
		time.Sleep(12 * time.Second)
		for i := range experts {
			r.stands(schema.Token(testSystem, uint64(i+1)), schema.Cancelled)
		}
		r.stop()
	})
}

// An interrupt that the log can't take reaches the agent all the same, and is recorded
// once the log takes it, whoever still waits.
func TestActorInterruptsWithoutTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		acting(r)
		before := len(c.net.heard(schema.SubjectBell(testSystem, "l0")))
		c.log.meets(func(string, *schema.Entry) fault { return notSent })
		ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
		defer cancel()
		_, bad := r.Call(ctx, sender(schema.RoleOperator, "anna", schema.KindInterrupt), mustEncode(t, &schema.Interrupt{Type: schema.Type(schema.KindInterrupt), Token: "cms-1"}))
		if bad == nil || bad.Code != 503 {
			t.Fatalf("%+v", bad)
		}
		bells := c.net.heard(schema.SubjectBell(testSystem, "l0"))
		if len(bells) != before+1 {
			t.Fatalf("%d bells rang", len(bells)-before)
		}
		bell, err := schema.Read[schema.Bell](bells[before])
		if err != nil || bell.Abort == nil || bell.Abort.Claim != "c1" || bell.Abort.Token != "cms-1" || bell.Abort.By.Name != "anna" {
			t.Fatalf("%+v %v", bell, err)
		}
		c.log.meets(nil)
		await(t, "the interrupt to be recorded", func() bool { return r.stateOf("cms-1") == schema.Stopping })
		time.Sleep(5 * time.Second)
		if got := r.Counters().Bells; got != 1 {
			t.Fatalf("%d bells with an abort after it was recorded", got)
		}
		r.stop()
	})
}

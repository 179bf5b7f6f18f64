package controller

import (
	"context"
	"testing"
	"testing/synctest"

	"expertcontroller/schema"
)

// asked brings a recovery to its prompt; agent l0 offers what it asks for.
func (r *replica) asked() {
	r.t.Helper()
	r.offers("l0")
	r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("101", "x1"))
}

// acting brings a recovery to the point where agent l0 carries out its step.
func acting(r *replica) schema.Work {
	r.t.Helper()
	r.asked()
	r.approve("cms-1.p1")
	work := schema.Work{Token: "cms-1", Step: 0, Attempt: 1}
	grant := claim(r, work)
	if !grant.Granted || grant.Claim != "c1" || grant.Action != "recycle" || grant.Validity == 0 {
		r.t.Fatalf("%+v", grant)
	}
	return work
}

func claim(r *replica, work schema.Work) schema.Grant {
	r.t.Helper()
	out, bad := r.Call(context.Background(), sender(schema.RoleAgent, "l0", schema.KindClaim), mustEncode(r.t, &schema.Claim{Type: schema.Type(schema.KindClaim), ID: "c1", Work: work}))
	if bad != nil {
		r.t.Fatal(bad)
	}
	grant, err := schema.Read[schema.Grant](out)
	if err != nil {
		r.t.Fatal(err)
	}
	return grant
}

func progress(r *replica, work schema.Work) schema.Instruction {
	r.t.Helper()
	out, bad := r.Call(context.Background(), sender(schema.RoleAgent, "l0", schema.KindProgress), mustEncode(r.t, &schema.Progress{Type: schema.Type(schema.KindProgress), Work: work, Claim: "c1"}))
	if bad != nil {
		r.t.Fatal(bad)
	}
	instruction, err := schema.Read[schema.Instruction](out)
	if err != nil {
		r.t.Fatal(err)
	}
	return instruction
}

func (r *replica) stateOf(token string) (state string) {
	r.View(func(s *State) { state = s.Recovery(token).State })
	return state
}

// stands fails where a recovery is in another state.
func (r *replica) stands(token, want string) {
	r.t.Helper()
	if is := r.stateOf(token); is != want {
		r.t.Fatalf("%s is %s, not %s", token, is, want)
	}
}

// An agent asks for work, claims, is granted, reports; the bell rang when there was work.
func TestActorServesAnAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		work := acting(r)
		if len(c.net.heard(schema.SubjectBell(testSystem, "l0"))) == 0 {
			t.Fatal("no bell rang")
		}
		if again := claim(r, work); !again.Granted {
			t.Fatalf("the repeated claim got %+v", again)
		}
		if in := progress(r, work); in.Abort != nil || in.Unknown {
			t.Fatalf("%+v", in)
		}
		r.must(schema.Recorded, schema.RoleAgent, "l0", schema.KindResult, &schema.Result{Type: schema.Type(schema.KindResult), Work: work, Claim: "c1", Outcome: schema.OutcomeDone})
		r.stands("cms-1", schema.Observing)
		r.stop()
	})
}

// An agent that another replica hears, which has not folded the grant yet, is not told
// to stop: that replica reads the log first.
func TestActorBehindDoesNotStopAnAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a := c.start("a", nil)
		a.ready()
		b := c.start("b", func(config *Config) { config.Log = deafLog{logHandle{c.log, "b"}} })
		b.ready()
		work := acting(a)
		if b.Entry() == a.Entry() {
			t.Fatal("b follows: the test shows nothing")
		}
		if in := progress(b, work); in.Unknown || in.Abort != nil {
			t.Fatalf("%+v", in)
		}
		other := work
		other.Attempt = 2 // this one nobody granted, and b knows by now
		if in := progress(b, other); !in.Unknown {
			t.Fatalf("%+v", in)
		}
		a.stop()
		b.stop()
	})
}

// deafLog never hears of an entry by following.
type deafLog struct{ logHandle }

func (l deafLog) Follow(ctx context.Context, _ schema.Position, _ func(schema.Record) error) error {
	<-ctx.Done()
	return ctx.Err()
}

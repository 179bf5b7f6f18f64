package client

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"expertcontroller/schema"
)

// tell says on the recovery's own subject how it stands, as a controller does.
func (c *controller) tell(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	payload, err := schema.Encode(c.statuses[token])
	if err != nil {
		c.t.Error(err)
	}
	if err := c.nc.Publish(schema.SubjectStatus("cms", token), payload); err != nil {
		c.t.Error(err)
	}
}

// A wait that listens sees the end at once, however long the pauses are, also of the one
// that was joined; one that is told nothing sees it at the next poll.
func TestWaitListens(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	for _, own := range []bool{false, true} {
		t.Run(fmt.Sprintf("own connection %v", own), func(t *testing.T) {
			c := connect(t, b.ClientURL())
			s.set("cms-1", schema.Running)
			s.set("cms-2", schema.Running)
			began := time.Now()
			steps := 0
			st, err := c.Wait(t.Context(), "cms-2", WaitOptions{Interval: time.Minute, Push: true, OwnConnection: own, OnPoll: func(p Poll) {
				switch steps++; steps {
				case 1:
					s.set("cms-2", schema.Joined, func(st *schema.Status) { st.Joined = "cms-1" })
					s.tell("cms-2")
				case 3: // the first look at the one that was joined
					s.set("cms-1", schema.Completed, func(st *schema.Status) { st.Joined = "" })
					s.tell("cms-1")
				}
			}})
			if err != nil || st.Token != "cms-1" || st.State != schema.Completed || time.Since(began) > 10*time.Second {
				t.Fatal(st, err, time.Since(began))
			}
		})
	}
	c := connect(t, b.ClientURL())
	s.set("cms-3", schema.Running)
	st, err := c.Wait(t.Context(), "cms-3", WaitOptions{Interval: 10 * time.Millisecond, Push: true, OnPoll: func(p Poll) {
		if p.Number == 2 {
			s.set("cms-3", schema.Failed)
		}
	}})
	if err != nil || st.State != schema.Failed {
		t.Fatal(st, err)
	}
	soon(t, "nobody listens any more", func() bool { return b.NumSubscriptions() > 0 && listeners(t, b) == 0 })
}

// listeners counts who hears statuses.
func listeners(t *testing.T, b *server.Server) int {
	t.Helper()
	z, err := b.Subsz(&server.SubszOptions{Subscriptions: true, Test: "recovery.cms.status.cms-1", Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return len(z.Subs)
}

// A user who may not listen waits by polls alone.
func TestWaitMayNotListen(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1, func(o *server.Options) {
		o.Users = []*server.User{{Username: "controller", Password: "x"}, {Username: "daq", Password: "x", Permissions: &server.Permissions{
			Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}}}}}
	})
	s := serve(t, "nats://controller:x@"+b.Addr().String())
	s.set("cms-1", schema.Running)
	c := connect(t, b.ClientURL(), func(o *Options) { o.User, o.Password = "daq", "x" })
	st, err := c.Wait(t.Context(), "cms-1", WaitOptions{Interval: 10 * time.Millisecond, Push: true, OnPoll: func(p Poll) {
		if p.Number == 2 {
			s.set("cms-1", schema.Completed)
		}
	}})
	if err != nil || st.State != schema.Completed {
		t.Fatal(st, err)
	}
}

// The first failure ends the wait for all; without one, all have completed.
func TestWaitFirstFailure(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL())
	tokens := []string{"cms-1", "cms-2", "cms-3"}
	for _, token := range tokens {
		s.set(token, schema.Running)
	}
	s.set("cms-1", schema.Completed)
	o := WaitOptions{Interval: 10 * time.Millisecond}
	ended := o
	ended.OnPoll = func(p Poll) {
		if p.Token == "cms-2" && p.Number == 3 {
			s.set("cms-2", schema.Cancelled)
		}
	}
	i, all, err := c.WaitFirstFailure(t.Context(), tokens, ended)
	if err != nil || i != 1 || all[0].State != schema.Completed || all[1].State != schema.Cancelled || all[2].State != schema.Running {
		t.Fatal(i, all, err)
	}
	s.set("cms-3", schema.Completed)
	if i, all, err := c.WaitFirstFailure(t.Context(), []string{"cms-1", "cms-3"}, o); err != nil || i != -1 || len(all) != 2 {
		t.Fatal(i, all, err)
	}
	if i, _, err := c.WaitFirstFailure(t.Context(), []string{"cms-1", "cms-99"}, o); i != 1 || !errors.Is(err, ErrUnknown) {
		t.Fatal(i, err)
	}
}

package client

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// An agent asks for work, claims, tells and reports; it acts only on the grant of its
// very claim.
func TestAgent(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL(), func(o *Options) { o.Role, o.As = schema.RoleAgent, "l0" })
	ctx := t.Context()
	list, err := c.Next(ctx, schema.Next{Instance: "i", Actions: []schema.Action{{Name: "recycle"}}})
	if err != nil || len(list.Offers) != 1 {
		t.Fatal(list, err)
	}
	work := list.Offers[0].Work
	if _, err := c.Claim(ctx, schema.Claim{Work: work}); err == nil {
		t.Fatal("a claim without an id")
	}
	const lost = 100 * time.Millisecond // when a call is given up that gets no answer
	s.with(func() { s.lose = 1 })
	c.o.Timeout = lost
	g, err := c.Claim(ctx, schema.Claim{ID: "claim-1", Work: work})
	if err != nil || !g.Granted || g.Claim != "claim-1" || g.Work != work {
		t.Fatal(g, err)
	}
	c.o.Timeout = patience
	if in, err := c.Progress(ctx, schema.Progress{Work: work, Claim: g.Claim}); err != nil || in.Abort != nil {
		t.Fatal(in, err)
	}
	s.with(func() { s.lose = 1 })
	c.o.Timeout = lost
	if _, err := c.Progress(ctx, schema.Progress{Work: work, Claim: g.Claim}); !errors.Is(err, ErrNoAnswer) {
		t.Fatal("a lost sign of life is not repeated:", err)
	}
	s.with(func() { s.lose = 2 })
	a, err := c.Result(ctx, schema.Result{Work: work, Claim: g.Claim, Outcome: schema.OutcomeDone})
	if err != nil || !a.OK() {
		t.Fatal(a, err)
	}
	// A grant for somebody else's claim.
	c.o.System = "cms"
	s.leave()
	sub, err := s.nc.Subscribe("recovery.cms.call.agent.l0.claim", func(m *nats.Msg) {
		payload, err := schema.Encode(schema.Grant{Work: work, Claim: "claim-0", Granted: true})
		if err != nil {
			t.Error(err)
		}
		if err := m.Respond(payload); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Unsubscribe()
	if err := s.nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if g, err := c.Claim(ctx, schema.Claim{ID: "claim-2", Work: work}); err == nil || g.Granted {
		t.Fatal("acted on another claim's grant", g)
	}
}

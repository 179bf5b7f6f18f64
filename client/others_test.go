package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

// What is told is in the inbox when Tell returns, with a type and an id; what is no
// valid message never gets there.
func TestTell(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	nc, err := nats.Connect(b.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	inbox, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: schema.StreamInbox, Subjects: []string{schema.InboxExperts, schema.InboxOperators}})
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, b.ClientURL())
	ctx := t.Context()
	req := stuck()
	req.ID = "7f1c"
	for _, msg := range []any{stuck(), &req, json.RawMessage(`{"problem":{"id":"1","title":"t"},"steps":[{"by_hand":true,"title":"look"}]}`)} {
		if err := c.Tell(ctx, schema.KindRequest, msg); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Tell(ctx, schema.KindCleared, schema.Cleared{Problem: "101"}); err != nil {
		t.Fatal(err)
	}
	for seq, want := range []string{"request", "request", "request", "cleared"} {
		m, err := inbox.GetMsg(ctx, uint64(seq+1))
		if err != nil || m.Subject != "recovery.cms.expert.daqexpert."+want {
			t.Fatal(m, err)
		}
		var head struct{ Type, ID string }
		if err := json.Unmarshal(m.Data, &head); err != nil || head.Type != "recovery.v1."+want || head.ID == "" || (seq == 1) != (head.ID == "7f1c") {
			t.Fatal(string(m.Data), err)
		}
	}
	var said *schema.Error
	for _, msg := range []any{json.RawMessage(`{"problem":{"id":"1","title":"t"},"stepz":[]}`), json.RawMessage(`{"id":7}`),
		schema.Request{Problem: schema.Problem{ID: "1", Title: strings.Repeat("x", schema.MaxInput)}}} {
		if err := c.Tell(ctx, schema.KindRequest, msg); !errors.As(err, &said) {
			t.Fatal(err)
		}
	}
	if err := c.Tell(ctx, schema.KindMode, schema.Mode{Mode: schema.ModeManual}); err == nil || !strings.Contains(err.Error(), "expert") {
		t.Fatal("an expert changes no modes:", err)
	}
	if info, err := inbox.Info(ctx); err != nil || info.State.Msgs != 4 {
		t.Fatal(info, err)
	}
	// A stream in between that is not the inbox is not mistaken for it.
	if err := js.DeleteStream(ctx, schema.StreamInbox); err != nil {
		t.Fatal(err)
	}
	// The server may still be clearing away the first one's files, and says so.
	soon(t, "another stream can be made", func() bool {
		_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"recovery.*.expert.>"}})
		return err == nil
	})
	if err := c.Tell(ctx, schema.KindRequest, stuck()); err == nil || !strings.Contains(err.Error(), "OTHER") {
		t.Fatal(err)
	}
}

// Answers to what was told, bells and signs of life go where they belong.
func TestListening(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	c := connect(t, b.ClientURL())
	nc, err := nats.Connect(b.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	answers, bells := make(chan schema.Answer, 1), make(chan schema.Bell, 2)
	stopAnswers, err := c.Answers(func(a schema.Answer) { answers <- a })
	if err != nil {
		t.Fatal(err)
	}
	stopBell, err := c.As(schema.RoleAgent, "l0").Bell(func(b schema.Bell) { bells <- b })
	if err != nil {
		t.Fatal(err)
	}
	publish := func(subject string, v any) {
		t.Helper()
		payload, err := schema.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := nc.Publish(subject, payload); err != nil {
			t.Fatal(err)
		}
	}
	publish("recovery.cms.answer.expert.daqexpert", "no answer")
	publish("recovery.cms.answer.expert.daqexpert", schema.Answer{Verdict: schema.Accepted, Token: "cms-1", Entry: 4711})
	if a := <-answers; a.Token != "cms-1" || c.Seen() != 4711 {
		t.Fatal(a, c.Seen())
	}
	publish("recovery.cms.bell.l0", schema.Bell{Abort: &schema.Abort{Work: schema.Work{Token: "cms-1"}}})
	publish("recovery.cms.bell.l0", "?")
	if bell := <-bells; bell.Abort == nil || bell.Abort.Token != "cms-1" {
		t.Fatal(bell)
	}
	if bell := <-bells; bell.Abort != nil {
		t.Fatal(bell)
	}
	stopAnswers()
	stopBell()
	stopBell()

	alive := make(chan *nats.Msg, 16)
	sub, err := nc.ChanSubscribe("recovery.cms.alive.daqexpert", alive)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Unsubscribe()
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Alive(ctx, 5*time.Millisecond) }()
	<-alive
	<-alive
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err := c.As(schema.RoleAgent, "l0").Alive(t.Context(), time.Second); err == nil {
		t.Fatal("an agent is no expert")
	}
	if err := c.Alive(t.Context(), 0); err == nil {
		t.Fatal("a pause of 0")
	}
}

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

// Queries carry what was seen, and pages are followed to the end.
func TestQueries(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL())
	ctx := t.Context()
	s.set("cms-1", schema.Running)
	if o, err := c.Overview(ctx); err != nil || o.Lineage != "L1" || c.Seen() != 1 {
		t.Fatal(o, err)
	}
	if p, err := c.PolicyInForce(ctx); err != nil || p.Effective.Mode != schema.ModeApproval {
		t.Fatal(p, err)
	}
	if e, err := c.Entries(ctx, schema.EntriesQuery{Limit: 10}); err != nil || len(e.Entries) != 1 {
		t.Fatal(e, err)
	}
	if err := c.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	var asked []string
	s.with(func() {
		s.query = func(name string, data []byte) any {
			asked = append(asked, name+" "+string(data))
			switch name {
			case schema.QueryStatistics:
				return schema.Statistics{Entry: 3}
			case schema.QueryActions:
				return schema.Actions{Entry: 4}
			case schema.QueryHistory:
				q, err := schema.Read[schema.HistoryQuery](data)
				if err != nil {
					t.Error(err)
				}
				page := map[string]schema.History{
					"":  {Records: []schema.Summary{{Token: "cms-5"}, {Token: "cms-4"}}, Next: "a"},
					"a": {Records: []schema.Summary{{Token: "cms-3"}, {Token: "cms-2"}}, Next: "b"},
					"b": {Records: []schema.Summary{{Token: "cms-1"}}},
					"x": {Next: "x"},
				}[q.Cursor]
				page.Entry = 5
				return page
			case schema.QueryStatus:
				return schema.Status{Token: "cms-7", Entry: 6}
			}
			return nil
		}
	})
	if _, err := c.Statistics(ctx, schema.StatisticsQuery{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Actions(ctx); err != nil {
		t.Fatal(err)
	}
	tokens := ""
	for r, err := range c.HistoryAll(ctx, schema.HistoryQuery{Key: "FED*", Limit: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		tokens += r.Token + " "
	}
	if tokens != "cms-5 cms-4 cms-3 cms-2 cms-1 " {
		t.Fatal(tokens)
	}
	for r, err := range c.HistoryAll(ctx, schema.HistoryQuery{Cursor: "x"}) {
		if err == nil {
			t.Fatal("a page that names itself:", r)
		}
	}
	if st, err := c.FindProblem(ctx, "daqexpert", "101"); err != nil || st.Token != "cms-7" {
		t.Fatal(st, err)
	}
	if st, err := c.Status(ctx, "cms-8"); err == nil {
		t.Fatal("took another recovery's status", st)
	}
	for i, want := range []string{`statistics {"type":"recovery.v1.statistics_query","after":1}`, `actions {"type":"recovery.v1.query","after":3}`,
		`history {"type":"recovery.v1.history_query","key":"FED*","limit":2,"after":4}`, `history {"type":"recovery.v1.history_query","key":"FED*","limit":2,"cursor":"a","after":5}`} {
		if asked[i] != want {
			t.Errorf("asked %s, want %s", asked[i], want)
		}
	}
}

// What is seen of one system says nothing of another.
func TestSeenIsPerSystem(t *testing.T) {
	l := newLink(slog.New(slog.DiscardHandler))
	l.raise("cms", 7)
	l.raise("cms", 5)
	l.raise("ecal", 2)
	if got := fmt.Sprint(l.entry("cms").Load(), l.entry("ecal").Load(), l.entry("hcal").Load()); got != "7 2 0" {
		t.Fatal(got)
	}
}

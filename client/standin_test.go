package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nats.go/micro"

	"expertcontroller/schema"
)

// controller speaks the contract by hand: it answers, logs and republishes, and does
// what a test tells it to do wrong.
type controller struct {
	t   testing.TB
	nc  *nats.Conn
	js  jetstream.JetStream
	svc micro.Service

	mu       sync.Mutex
	lineage  string
	entries  []schema.Entry
	statuses map[string]schema.Status
	decided  map[string]schema.Answer
	heard    []heard
	// first is the first entry that is still kept.
	first uint64
	// lose is how many answers to calls get lost on their way.
	lose int
	// refuse answers every call.
	refuse *schema.Error
	// query overrides the answer to a query: return nil to go on.
	query func(name string, data []byte) any
	// mute keeps changes from being published.
	mute bool
}

// heard is a call as it came in.
type heard struct{ subject, data string }

// serve starts a controller on a broker.
func serve(t testing.TB, url string) *controller {
	t.Helper()
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	c := &controller{t: t, nc: nc, lineage: "L1", first: 1, statuses: map[string]schema.Status{}, decided: map[string]schema.Answer{}}
	if c.js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	if c.svc, err = micro.AddService(nc, micro.Config{Name: schema.ServiceName, Version: "0.0.1"}); err != nil {
		t.Fatal(err)
	}
	for name, subject := range map[string]string{"call": "recovery.*.call.>", "query": "recovery.*.query.>"} {
		if err := c.svc.AddEndpoint(name, micro.HandlerFunc(c.handle), micro.WithEndpointSubject(subject)); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return c
}

// leave takes the controller's endpoints away; the broker stays.
func (c *controller) leave() {
	c.t.Helper()
	if err := errors.Join(c.svc.Stop(), c.nc.Flush()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *controller) handle(r micro.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	tokens := strings.Split(r.Subject(), ".")
	name := tokens[len(tokens)-1]
	if tokens[2] == "query" {
		c.reply(r, c.answerQuery(tokens[1], name, r.Data()))
		return
	}
	c.heard = append(c.heard, heard{r.Subject(), string(r.Data())})
	if c.refuse != nil {
		c.reply(r, c.refuse)
		return
	}
	answer := c.decide(tokens[1], name, r.Data())
	if c.lose > 0 {
		c.lose--
		return
	}
	c.reply(r, answer)
}

func (c *controller) reply(r micro.Request, v any) {
	if !schema.ReplyAllowed(r.Reply()) {
		c.t.Errorf("asked with the reply subject %q", r.Reply())
		return
	}
	payload, err := schema.Encode(v)
	if err != nil {
		c.t.Error(err)
		return
	}
	if e, ok := v.(*schema.Error); ok {
		err = r.Error(strconv.Itoa(e.Code), e.Text, payload)
	} else {
		err = r.Respond(payload)
	}
	if err != nil && !c.nc.IsClosed() {
		c.t.Log("answering:", err)
	}
}

// decide answers a call once per id.
func (c *controller) decide(system, kind string, data []byte) any {
	v, bad := schema.Decode(kind, data)
	if bad != nil {
		return bad
	}
	switch m := v.(type) {
	case *schema.Next:
		return schema.WorkList{Type: schema.Type(schema.KindWorkList), Offers: []schema.Offer{{Work: schema.Work{Token: "cms-1", Attempt: 1}, Action: m.Actions[0].Name}}, PollAfter: schema.Duration(time.Second)}
	case *schema.Claim:
		return schema.Grant{Type: schema.Type(schema.KindGrant), Work: m.Work, Claim: m.ID, Granted: true, Validity: schema.Duration(schema.ClaimValidity), Entry: c.last()}
	case *schema.Progress:
		return schema.Instruction{Type: schema.Type(schema.KindInstruction)}
	}
	var id struct{ ID string }
	if err := json.Unmarshal(data, &id); err != nil {
		c.t.Error(err)
	}
	if a, ok := c.decided[id.ID]; ok {
		return a
	}
	a := schema.Answer{Type: schema.Type(schema.KindAnswer), ID: id.ID, Verdict: schema.Recorded}
	if kind == schema.KindRequest {
		token := schema.Token(system, uint64(len(c.statuses)+1))
		a.Verdict, a.Token = schema.Accepted, token
		a.Entry = c.put(token, schema.AwaitingApproval)
	}
	c.decided[id.ID] = a
	return a
}

func (c *controller) last() uint64 { return uint64(len(c.entries)) }

// set changes a recovery: an entry of the log, a change, a status.
func (c *controller) set(token, state string, with ...func(*schema.Status)) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.put(token, state, with...)
}

func (c *controller) put(token, state string, with ...func(*schema.Status)) uint64 {
	system, _, err := schema.ParseToken(token)
	if err != nil {
		c.t.Error(err)
	}
	s := c.statuses[token]
	s.Type, s.Token, s.System, s.State = schema.Type(schema.KindStatus), token, system, state
	s.Revision++
	s.Terminal, s.Entry = schema.Terminal(state), c.last()+1
	for _, f := range with {
		f(&s)
	}
	c.statuses[token] = s
	value, err := schema.Encode(s)
	if err != nil {
		c.t.Error(err)
	}
	e := schema.Entry{Type: schema.Type(schema.KindEntry), System: system, Entry: s.Entry, Lineage: c.lineage, ID: NewID(), At: time.Now().UTC(), Replica: "r1", Rules: 1,
		Events: []schema.Event{{Kind: state, Token: token, Text: token + " is " + state}}, Documents: []schema.Document{{Key: schema.KeyRecovery + token, Value: value}}}
	c.entries = append(c.entries, e)
	if !c.mute {
		c.publish(e)
	}
	return e.Entry
}

// publish says a change by hand, so that a test can leave some out.
func (c *controller) publish(e schema.Entry) {
	payload, err := schema.Encode(e)
	if err != nil {
		c.t.Error(err)
	}
	if err := c.nc.Publish(schema.SubjectChange(e.System), payload); err != nil {
		c.t.Log("publishing a change:", err)
	}
}

func refuse(code int, reason, text string) *schema.Error {
	return &schema.Error{Type: schema.Type(schema.KindError), Code: code, Reason: reason, Text: text}
}

func (c *controller) answerQuery(system, name string, data []byte) any {
	if c.query != nil {
		if v := c.query(name, data); v != nil {
			return v
		}
	}
	switch name {
	case schema.QueryStatus:
		q, err := schema.Read[schema.StatusQuery](data)
		if err != nil || q.Type != schema.Type(schema.KindStatusQuery) {
			return refuse(400, schema.CodeMalformed, "no status query")
		}
		if q.After > c.last() {
			return refuse(503, "behind", "this replica is behind: ask again")
		}
		token := q.Token
		if token == "" {
			token = c.decided[q.ID].Token
		}
		if s, ok := c.statuses[token]; ok {
			return s
		}
		return refuse(404, "unknown", fmt.Sprintf("%s is unknown", token))
	case schema.QueryEntries:
		q, err := schema.Read[schema.EntriesQuery](data)
		if err != nil {
			return refuse(400, schema.CodeMalformed, err.Error())
		}
		if q.After > c.last() {
			return refuse(503, "behind", "this replica is behind: ask again")
		}
		out := schema.Entries{Type: schema.Type(schema.KindEntries), System: system, Lineage: c.lineage, Last: c.last(), First: c.first}
		for _, e := range c.entries[min(max(q.After, c.first-1), c.last()):] {
			if len(out.Entries) < q.Limit && e.System == system {
				out.Entries = append(out.Entries, e)
			}
		}
		return out
	case schema.QueryPolicy:
		return schema.PolicyAnswer{Type: schema.Type(schema.KindPolicyIs), System: system, Effective: schema.DefaultPolicy(), Entry: c.last()}
	case schema.QueryOverview:
		return schema.Overview{Type: schema.Type(schema.KindOverview), System: system, Lineage: c.lineage, Entry: c.last()}
	}
	return refuse(400, schema.CodeMalformed, "no such query here")
}

// calls gives what was asked so far.
func (c *controller) calls() []heard {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]heard(nil), c.heard...)
}

// with changes what the controller does.
func (c *controller) with(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

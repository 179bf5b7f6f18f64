package controller

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"expertcontroller/schema"
)

// cluster is a system's broker in memory, and the replicas on it.
type cluster struct {
	t     testing.TB
	log   *fakeLog
	inbox *fakeInbox
	net   *fakeNet
}

const testSystem = "cms"

func newCluster(t testing.TB) *cluster {
	return &cluster{
		t: t, log: newFakeLog(testSystem), inbox: newFakeInbox(),
		net: &fakeNet{actors: map[string]*Actor{}, hangs: map[string]bool{}},
	}
}

// replica is one running actor.
type replica struct {
	*Actor
	t          testing.TB
	bus        *busHandle
	projection *fakeProjection
	cancel     context.CancelFunc
	ran        chan error
	stopOnce   sync.Once
	err        error
}

// start runs a replica; change may alter its configuration. It is stopped at the
// test's end at the latest.
func (c *cluster) start(name string, change func(*Config)) *replica {
	c.t.Helper()
	r := &replica{t: c.t, bus: &busHandle{net: c.net, replica: name}, projection: newFakeProjection(), ran: make(chan error, 1)}
	config := Config{
		System: testSystem, Replica: name, Build: "test", Log: logHandle{c.log, name}, Inbox: func() Inbox { return c.inbox },
		Bus: r.bus, Projection: r.projection, Logger: slog.New(slog.DiscardHandler), CheckpointEntries: -1, CheckpointBytes: -1,
	}
	if change != nil {
		change(&config)
		r.projection = config.Projection.(*fakeProjection)
	}
	r.Actor = NewActor(config)
	c.net.mu.Lock()
	c.net.actors[name] = r.Actor
	c.net.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() { r.ran <- r.Run(ctx) }()
	c.t.Cleanup(func() { r.stop() })
	return r
}

// stop stops the replica as a program that is told to, and gives what Run returned.
func (r *replica) stop() error {
	r.stopOnce.Do(func() {
		r.cancel()
		r.err = <-r.ran
	})
	return r.err
}

// gone makes a replica unreachable for the others.
func (c *cluster) gone(name string) {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	delete(c.net.actors, name)
}

func (r *replica) ready() {
	r.t.Helper()
	await(r.t, "the replica to be ready", func() bool { return r.Ready() == nil })
}

func await(t testing.TB, what string, fact func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !fact(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func mustEncode(t testing.TB, v any) []byte {
	t.Helper()
	out, err := schema.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sender(role, name, kind string) schema.Sender {
	return schema.Sender{System: testSystem, Kind: kind, By: schema.By{Role: role, Name: name, Via: schema.ViaCall, Auth: "subject"}}
}

func (r *replica) call(role, name, kind string, message any) (schema.Answer, *schema.Error) {
	r.t.Helper()
	out, bad := r.Call(context.Background(), sender(role, name, kind), mustEncode(r.t, message))
	if bad != nil {
		return schema.Answer{}, bad
	}
	answer, err := schema.Read[schema.Answer](out)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer, nil
}

func (r *replica) must(verdict, role, name, kind string, message any) schema.Answer {
	r.t.Helper()
	answer, bad := r.call(role, name, kind, message)
	if bad != nil {
		r.t.Fatalf("%s was refused: %v", kind, bad)
	}
	if answer.Verdict != verdict {
		r.t.Fatalf("%s got %s %+v, want %s", kind, answer.Verdict, answer.Reason, verdict)
	}
	return answer
}

func testRequest(problem, id string) *schema.Request {
	return &schema.Request{
		Type: schema.Type(schema.KindRequest), ID: id, Problem: schema.Problem{ID: problem, Title: "FED stuck"},
		Steps: []schema.Step{{Title: "recycle HCAL", Action: "recycle", Agent: "l0"}},
	}
}

// offers makes an agent known that offers every action.
func (r *replica) offers(agent string) {
	r.t.Helper()
	if _, bad := r.Call(context.Background(), sender(schema.RoleAgent, agent, schema.KindNext), mustEncode(r.t, testNext())); bad != nil {
		r.t.Fatal(bad)
	}
}

func testNext(acting ...schema.Acting) *schema.Next {
	return &schema.Next{Type: schema.Type(schema.KindNext), Instance: "i1", Actions: []schema.Action{{Name: "*"}}, Acting: acting}
}

func testNote(token, text, id string) *schema.Note {
	return &schema.Note{Type: schema.Type(schema.KindNote), ID: id, Token: token, Text: text}
}

package controller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"expertcontroller/schema"
)

// fakeLog is a log in memory with the broker's semantics: one message follows each
// sequence, whoever was first; an acknowledgement may be lost, a message may arrive late.
type fakeLog struct {
	mu      sync.Mutex
	system  string
	created time.Time
	next    uint64
	stored  []schema.ToldMessage // Subject holds the message's id
	changed chan struct{}
	// fault is asked at each append; see the faults. It may block.
	fault func(replica string, e *schema.Entry) fault
	late  []func()
	tries int
	// foreign is what Check returns, if anything.
	foreign error
}

type fault int

const (
	noFault   fault = iota
	lostAck         // stored, but the answer is an error
	stored          // stored late: an error now, the message when deliverLate is called
	notSent         // never left
	nothing         // an error, and nothing is stored
	slowStore       // stored after 100 ms
)

func newFakeLog(system string) *fakeLog {
	return &fakeLog{system: system, created: time.Now().UTC(), changed: make(chan struct{})}
}

// handle is one replica's connection to the log.
type logHandle struct {
	*fakeLog
	replica string
}

func (l *fakeLog) Start() schema.Position {
	return schema.Position{System: l.system, Created: l.created}
}

func (l *fakeLog) last() uint64 {
	if len(l.stored) == 0 {
		return 0
	}
	return l.stored[len(l.stored)-1].Sequence
}

func (l *fakeLog) put(id string, payload []byte) uint64 {
	l.next += 3 // other systems share the stream
	l.stored = append(l.stored, schema.ToldMessage{Sequence: l.next, Subject: id, Payload: payload, Stored: time.Now()})
	close(l.changed)
	l.changed = make(chan struct{})
	return l.next
}

var errNoAnswer = errors.New("no answer")

func (l logHandle) Append(ctx context.Context, expect uint64, id string, payload []byte) (uint64, error) {
	var e schema.Entry
	if err := json.Unmarshal(payload, &e); err != nil || e.ID != id {
		return 0, fmt.Errorf("appending what is no entry: %v", err)
	}
	f := noFault
	l.mu.Lock()
	l.tries++
	ask := l.fault
	l.mu.Unlock()
	if ask != nil {
		f = ask(l.replica, &e)
	}
	switch f {
	case notSent:
		return 0, fmt.Errorf("appending: %w", schema.ErrNotSent)
	case nothing:
		return 0, errNoAnswer
	case slowStore:
		<-time.After(100 * time.Millisecond)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if f == stored {
		l.late = append(l.late, func() {
			if l.last() == expect {
				l.put(id, payload)
			}
		})
		return 0, errNoAnswer
	}
	if l.last() != expect {
		return 0, fmt.Errorf("appending: %w", schema.ErrConflict)
	}
	sequence := l.put(id, payload)
	if f == lostAck {
		return 0, errNoAnswer
	}
	return sequence, nil
}

func (l *fakeLog) deliverLate() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.late {
		f()
	}
	l.late = nil
}

// read gives the record behind a position, or a channel to wait on.
func (l *fakeLog) read(p schema.Position) (r schema.Record, ok bool, wait chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.stored {
		if m.Sequence <= p.Sequence {
			continue
		}
		r = schema.Record{Sequence: m.Sequence, Payload: m.Payload, Position: p}
		r.Position.System, r.Position.Created, r.Position.Sequence = l.system, l.created, m.Sequence
		var e schema.Entry
		if err := json.Unmarshal(m.Payload, &e); err != nil || e.Entry != p.Entry+1 {
			r.Skipped = "it is no entry"
			return r, true, nil
		}
		r.Entry = &e
		r.Position.At, r.Position.Entry, r.Position.Lineage, r.Position.Hash = m.Sequence, e.Entry, e.Lineage, schema.HashEntry(m.Payload)
		return r, true, nil
	}
	return r, false, l.changed
}

func (l *fakeLog) CatchUp(ctx context.Context, p schema.Position, fn func(schema.Record) error) (schema.Position, error) {
	for {
		r, ok, _ := l.read(p)
		if !ok {
			return p, ctx.Err()
		}
		if err := fn(r); err != nil {
			return p, err
		}
		p = r.Position
	}
}

func (l *fakeLog) Follow(ctx context.Context, p schema.Position, fn func(schema.Record) error) error {
	for {
		r, ok, wait := l.read(p)
		if !ok {
			select {
			case <-wait:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := fn(r); err != nil {
			return err
		}
		p = r.Position
	}
}

func (l *fakeLog) Check(context.Context, schema.Position) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.foreign
}

func (l *fakeLog) At(_ context.Context, sequence uint64) (schema.Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.stored {
		if m.Sequence == sequence {
			var e schema.Entry
			err := json.Unmarshal(m.Payload, &e)
			return schema.Record{Sequence: sequence, Payload: m.Payload, Entry: &e}, err
		}
	}
	return schema.Record{}, errors.New("no such message")
}

func (l *fakeLog) End(context.Context) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last(), nil
}

// entries gives the log, read from its beginning.
func (l *fakeLog) entries(t testing.TB) []*schema.Entry {
	t.Helper()
	var out []*schema.Entry
	hash := ""
	_, err := l.CatchUp(context.Background(), l.Start(), func(r schema.Record) error {
		if r.Entry == nil {
			return nil
		}
		if r.Entry.Previous != hash {
			return fmt.Errorf("entry %d names %q as previous, it is %q", r.Entry.Entry, r.Entry.Previous, hash)
		}
		hash = r.Position.Hash
		out = append(out, r.Entry)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type fakeInbox struct {
	mu      sync.Mutex
	created time.Time
	stored  []schema.ToldMessage
	changed chan struct{}
	ended   uint64 // what End says beyond what is stored
	next    uint64
}

func newFakeInbox() *fakeInbox {
	return &fakeInbox{created: time.Now().UTC(), changed: make(chan struct{})}
}

func (i *fakeInbox) tell(system, role, name, kind string, payload []byte) uint64 {
	return i.tellAt(schema.SubjectTell(system, role, name, kind), payload, time.Now())
}

func (i *fakeInbox) tellAt(subject string, payload []byte, at time.Time) uint64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.next += 2
	i.stored = append(i.stored, schema.ToldMessage{Sequence: i.next, Subject: subject, Payload: payload, Stored: at})
	close(i.changed)
	i.changed = make(chan struct{})
	return i.next
}

func (i *fakeInbox) Created() time.Time { return i.created }

func (i *fakeInbox) End(context.Context) (uint64, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return max(i.next, i.ended), nil
}

func (i *fakeInbox) Follow(ctx context.Context, after uint64, fn func(schema.ToldMessage) error) error {
	for {
		i.mu.Lock()
		var m *schema.ToldMessage
		for n := range i.stored {
			if i.stored[n].Sequence > after {
				m = &i.stored[n]
				break
			}
		}
		wait := i.changed
		i.mu.Unlock()
		if m == nil {
			select {
			case <-wait:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := fn(*m); err != nil {
			return err
		}
		after = m.Sequence
	}
}

type published struct {
	subject string
	payload []byte
}

// fakeNet connects the replicas of one system.
type fakeNet struct {
	mu        sync.Mutex
	actors    map[string]*Actor
	hangs     map[string]bool // does not answer, but is not known to be away
	published []published
}

type busHandle struct {
	net     *fakeNet
	replica string
	mu      sync.Mutex
	down    bool
	offset  time.Duration
	hooks   []func()
}

func (b *busHandle) Publish(subject string, payload []byte) error {
	b.net.mu.Lock()
	defer b.net.mu.Unlock()
	b.net.published = append(b.net.published, published{subject, payload})
	return nil
}

func (n *fakeNet) heard(subject string) [][]byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out [][]byte
	for _, p := range n.published {
		if p.subject == subject {
			out = append(out, p.payload)
		}
	}
	return out
}

func (b *busHandle) Forward(ctx context.Context, system, replica string, payload []byte) ([]byte, *schema.Error, error) {
	b.net.mu.Lock()
	to, hangs := b.net.actors[replica], b.net.hangs[replica]
	b.net.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return nil, nil, ctx.Err()
	}
	if to == nil {
		return nil, nil, errors.New("nobody is there")
	}
	type answer struct {
		out []byte
		bad *schema.Error
	}
	answers := make(chan answer, 1)
	go func() {
		out, bad := to.Peer(context.Background(), payload)
		answers <- answer{out, bad}
	}()
	select {
	case a := <-answers:
		return a.out, a.bad, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

func (b *busHandle) Time(context.Context) (time.Time, time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return time.Time{}, 0, errNoAnswer
	}
	return time.Now().Add(b.offset), time.Millisecond, nil
}

func (b *busHandle) Connected() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.down
}

func (b *busHandle) OnReconnect(fn func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hooks = append(b.hooks, fn)
}

func (b *busHandle) connect(up bool) {
	b.mu.Lock()
	b.down = !up
	hooks := b.hooks
	b.mu.Unlock()
	if up {
		for _, f := range hooks {
			f()
		}
	}
}

// fakeProjection keeps what it is given, as the database would.
type fakeProjection struct {
	mu       sync.Mutex
	docs     map[string]json.RawMessage
	position schema.Position
	records  int
	fails    error
}

func newFakeProjection() *fakeProjection {
	return &fakeProjection{docs: map[string]json.RawMessage{}}
}

func (p *fakeProjection) Load(_ context.Context, fn func(schema.Document) error) (schema.Position, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, v := range p.docs {
		if err := fn(schema.Document{Key: k, Value: v}); err != nil {
			return schema.Position{}, err
		}
	}
	return p.position, nil
}

func (p *fakeProjection) Enqueue(r schema.Record) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fails != nil {
		return p.fails
	}
	if r.Sequence <= p.position.Sequence {
		return nil
	}
	p.records++
	p.position = r.Position
	if r.Entry != nil {
		for _, d := range r.Entry.Documents {
			if len(d.Value) == 0 {
				delete(p.docs, d.Key)
			} else {
				p.docs[d.Key] = d.Value
			}
		}
	}
	return nil
}

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

package controller

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"expertcontroller/schema"
)

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
	stalled bool
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

func (b *busHandle) Time(ctx context.Context) (time.Time, time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return time.Time{}, 0, errNoAnswer
	}
	if b.stalled { // whoever asks waits for as long as it may
		b.mu.Unlock()
		<-ctx.Done()
		b.mu.Lock()
		return time.Time{}, 0, ctx.Err()
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

func (b *busHandle) stall(stalled bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stalled = stalled
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

package controller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// meets has each append meet this fault from now on; nil: none.
func (l *fakeLog) meets(f func(replica string, e *schema.Entry) fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = f
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
	cuts    int    // how often Follow ends after a message with an error
	ended   uint64 // what End says beyond what is stored
	next    uint64
	foreign error // what Follow ends with, if anything
}

// become has Follow end with this error from now on; nil: it reads again.
func (i *fakeInbox) become(foreign error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.foreign = foreign
	close(i.changed)
	i.changed = make(chan struct{})
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
		wait, foreign := i.changed, i.foreign
		i.mu.Unlock()
		if foreign != nil {
			return foreign
		}
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
		i.mu.Lock()
		cut := i.cuts > 0
		i.cuts--
		i.mu.Unlock()
		if cut {
			return errNoAnswer
		}
	}
}

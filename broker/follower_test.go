package broker_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
	"expertcontroller/schema"
)

// follower gathers what Follow gives.
type follower struct {
	mu      sync.Mutex
	records []broker.Record
	ended   chan error
}

// follow starts one at the log's beginning and ends it with the test.
func follow(t testing.TB, l *broker.Log) *follower {
	t.Helper()
	return followFrom(t, l, l.Start())
}

func followFrom(t testing.TB, l *broker.Log, p schema.Position) *follower {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{ended: make(chan error, 1)}
	go func() {
		f.ended <- l.Follow(ctx, p, func(r broker.Record) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.records = append(f.records, r)
			return nil
		})
		close(f.ended)
	}()
	t.Cleanup(func() { cancel(); <-f.ended })
	return f
}

func (f *follower) all() []broker.Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]broker.Record{}, f.records...)
}

func (f *follower) ids() (ids []string) {
	for _, r := range f.all() {
		if r.Entry != nil {
			ids = append(ids, r.Entry.ID)
		}
	}
	return ids
}

// reaches waits until the record at the sequence was given.
func (f *follower) reaches(t testing.TB, sequence uint64) {
	t.Helper()
	until(t, fmt.Sprintf("the record at %d", sequence), func() bool {
		select {
		case err := <-f.ended:
			t.Fatalf("following ended: %v", err)
		default:
		}
		all := f.all()
		return len(all) > 0 && all[len(all)-1].Sequence >= sequence
	})
}

// ends waits for Follow to end by itself.
func (f *follower) ends(t testing.TB) error {
	t.Helper()
	select {
	case err := <-f.ended:
		return err
	case <-time.After(patience):
		t.Fatal("following goes on")
		return nil
	}
}

// counter watches the log from outside.
type counter struct {
	l    *broker.Log
	from uint64
}

func newCounter(t testing.TB, url string) *counter {
	t.Helper()
	l := brokertest.Open(t, brokertest.Dial(t, url), 0).Log(system)
	end, err := l.End(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return &counter{l: l, from: end}
}

// grown tells whether the log has grown by a few entries.
func (c *counter) grown() bool {
	end, err := c.l.End(context.Background())
	return err == nil && end > c.from+20
}

// put stores whatever bytes in the log, as somebody with the right to publish may.
func put(t testing.TB, nc *nats.Conn, payload []byte) uint64 {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	a, err := js.Publish(within(t), schema.SubjectLog(system), payload)
	if err != nil {
		t.Fatal(err)
	}
	return a.Sequence
}

package broker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
	"expertcontroller/schema"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

func TestMain(m *testing.M) { brokertest.Main(m) }

const system = "cms"

// patience is how long a test waits for a fact. It costs nothing when all is well, and a
// busy machine with a slow disk takes its time.
const patience = 2 * time.Minute

// within gives a context that ends with the test's patience.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// written gives a broker on a server of its own, on whose log somebody has written n entries.
func written(t *testing.T, n int) (*nats.Conn, *broker.Broker, *writer) {
	t.Helper()
	nc := brokertest.Connect(t, brokertest.Start(t))
	b := brokertest.Open(t, nc, 1)
	w := newWriter(b, "w")
	if err := w.many(within(t), n); err != nil {
		t.Fatal(err)
	}
	return nc, b, w
}

// writer appends entries as an actor does: at the end of the log as it knows it.
type writer struct {
	log  *broker.Log
	name string
	at   schema.Position
	// mine are the ids that were acknowledged.
	mine []string
	// lost counts races.
	lost int
}

func newWriter(b *broker.Broker, name string) *writer {
	l := b.Log(system)
	return &writer{log: l, name: name, at: l.Start()}
}

// entry makes the entry that follows a position.
func entry(at schema.Position, id, replica string) []byte {
	e := schema.Entry{
		Type: schema.Type(schema.KindEntry), System: at.System, Entry: at.Entry + 1, Lineage: at.Lineage, Previous: at.Hash,
		ID: id, At: time.Now().UTC(), Replica: replica, Rules: schema.RulesVersion,
	}
	if e.Lineage == "" {
		e.Lineage = "lineage"
	}
	payload, err := schema.Encode(e)
	if err != nil {
		panic(err)
	}
	return payload
}

// decide appends one entry, however often it has to try.
func (w *writer) decide(ctx context.Context) error {
	for {
		id := nuid.Next()
		payload := entry(w.at, id, w.name)
		sequence, err := w.log.Append(ctx, w.at.Sequence, id, payload)
		switch {
		case err == nil:
			w.mine = append(w.mine, id)
			lineage := w.at.Lineage
			if lineage == "" {
				lineage = "lineage"
			}
			w.at = schema.Position{System: system, Created: w.at.Created, Sequence: sequence, At: sequence, Entry: w.at.Entry + 1, Hash: schema.HashEntry(payload), Lineage: lineage}
			return nil
		case errors.Is(err, broker.ErrConflict):
			w.lost++
			if err := w.catchUp(ctx); err != nil {
				return err
			}
		case errors.Is(err, broker.ErrNotSent) && ctx.Err() == nil:
			// nothing was written: the decision is made anew
		default:
			return err
		}
	}
}

func (w *writer) catchUp(ctx context.Context) error {
	at, err := w.log.CatchUp(ctx, w.at, func(broker.Record) error { return nil })
	w.at = at
	return err
}

func (w *writer) many(ctx context.Context, n int) error {
	for i := range n {
		if err := w.decide(ctx); err != nil {
			return fmt.Errorf("%s, entry %d: %w", w.name, i, err)
		}
	}
	return nil
}

// whole reads the log from its beginning and gives the ids in order; CatchUp itself
// finds gaps, doubles and wrong hashes.
func whole(t testing.TB, b *broker.Broker) (ids []string, skipped int) {
	t.Helper()
	l := b.Log(system)
	_, err := l.CatchUp(within(t), l.Start(), func(r broker.Record) error {
		if r.Entry == nil {
			skipped++
			return nil
		}
		ids = append(ids, r.Entry.ID)
		return nil
	})
	if err != nil {
		t.Fatalf("reading the whole log: %v", err)
	}
	return ids, skipped
}

// sameOnce fails unless the log holds exactly these ids, each once.
func sameOnce(t testing.TB, inLog []string, acknowledged ...[]string) {
	t.Helper()
	count := map[string]int{}
	for _, id := range inLog {
		count[id]++
	}
	total := 0
	for _, ids := range acknowledged {
		for _, id := range ids {
			total++
			if count[id] != 1 {
				t.Fatalf("id %s was acknowledged and stands %d times in the log", id, count[id])
			}
		}
	}
	if total != len(inLog) {
		t.Fatalf("%d entries in the log, %d acknowledged", len(inLog), total)
	}
}

// together runs all at the same time and fails with the first error.
func together(t testing.TB, all ...func() error) {
	t.Helper()
	errs := make(chan error, len(all))
	for _, f := range all {
		go func() { errs <- f() }()
	}
	for range all {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
}

// recreate deletes a stream; opening the broker again makes another one of that name.
func recreate(t testing.TB, nc *nats.Conn, stream string) {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(within(t), stream); err != nil {
		t.Fatal(err)
	}
}

// until waits for a fact.
func until(t testing.TB, what string, fact func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !fact(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %s for: %s", patience, what)
		}
	}
}

package broker_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
	"expertcontroller/schema"
)

// A log is trimmed before a checkpoint and nowhere else. Whoever stood before it is told
// so, whoever stood right before it goes on, and a trimming that was interrupted is
// completed by whoever finds it.
func TestTrim(t *testing.T) {
	ctx := t.Context()
	conn := brokertest.Connect(t, brokertest.Start(t))
	l := brokertest.Open(t, conn, 1).Log("cms")
	at := l.Start()
	var positions []schema.Position
	add := func(change func(*schema.Entry)) {
		t.Helper()
		var e schema.Entry
		if err := json.Unmarshal(entry(at, fmt.Sprint("id", at.Entry+1), "r1"), &e); err != nil {
			t.Fatal(err)
		}
		change(&e)
		payload, err := schema.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		sequence, err := l.Append(ctx, at.Sequence, e.ID, payload)
		if err != nil {
			t.Fatal(err)
		}
		at.Sequence, at.At, at.Entry, at.Hash, at.Lineage = sequence, sequence, e.Entry, schema.HashEntry(payload), e.Lineage
		positions = append(positions, at)
	}
	plain := func(*schema.Entry) {}
	for range 5 {
		add(plain)
	}
	add(func(e *schema.Entry) { e.Checkpoint = &schema.CheckpointPart{Part: 1, Of: 1} })
	cut := schema.Cut{Entry: at.Entry, Sequence: at.Sequence, Hash: at.Hash}
	add(func(e *schema.Entry) {
		value, err := schema.Encode(schema.RetentionDocument{At: e.At, Entry: e.Entry, Cut: &cut})
		if err != nil {
			t.Fatal(err)
		}
		e.Documents = []schema.Document{{Key: schema.KeyRetention, Value: value}}
	})

	wrong := cut
	wrong.Sequence--
	if err := l.Trim(ctx, wrong); !errors.Is(err, broker.ErrBroken) {
		t.Fatalf("it is trimmed where no checkpoint is: %v", err)
	}
	if err := l.FinishTrim(ctx); err != nil {
		t.Fatal(err)
	}
	if first, err := l.First(ctx); err != nil || first.Entry.Entry != 1 {
		t.Fatalf("it begins with %+v %v", first.Entry, err)
	}

	// The broker died in the middle: the log begins with entry 4.
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(ctx, schema.StreamLog)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(ctx, jetstream.WithPurgeSubject(schema.SubjectLog("cms")), jetstream.WithPurgeSequence(positions[3].Sequence)); err != nil {
		t.Fatal(err)
	}
	if err := l.FinishTrim(ctx); err != nil {
		t.Fatal(err)
	}
	if first, err := l.First(ctx); err != nil || first.Entry.Entry != cut.Entry {
		t.Fatalf("it begins with %+v %v", first.Entry, err)
	}
	if err := l.Trim(ctx, cut); err != nil {
		t.Fatalf("what is done is done again: %v", err)
	}

	if err := l.Check(ctx, positions[2]); !errors.Is(err, broker.ErrTrimmed) {
		t.Errorf("who stood at entry 3 is told %v", err)
	}
	if err := l.Check(ctx, positions[4]); err != nil {
		t.Errorf("who stood right before the checkpoint is told %v", err)
	}
	if reached, err := l.CatchUp(ctx, positions[4], func(broker.Record) error { return nil }); err != nil || reached.Entry != at.Entry {
		t.Errorf("it gets to %d: %v", reached.Entry, err)
	}
	if reached, err := l.CatchUp(ctx, l.Start(), func(broker.Record) error { return nil }); err != nil || reached.Entry != at.Entry {
		t.Errorf("who begins gets to %d: %v", reached.Entry, err)
	}
	if _, err := l.CatchUp(ctx, positions[2], func(broker.Record) error { return nil }); err == nil {
		t.Error("who stood at entry 3 reads on as if nothing were missing")
	}
}

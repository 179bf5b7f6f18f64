package controller

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"expertcontroller/schema"
)

// A database gives the ids in the order of their names, and a checkpoint repeats them all:
// each is listed once, in the order in which they are forgotten. Put in one by one, as many
// as a system remembers took half a minute, at every start.
func TestManyIDsAreListedOnce(t *testing.T) {
	const n = 20_000
	docs := make([]schema.Document, n)
	for i := range docs {
		raw, err := schema.Encode(&schema.Remembered{Fingerprint: "x", Until: epoch.Add(time.Duration(i*7919%n) * time.Second)})
		if err != nil {
			t.Fatal(err)
		}
		docs[i] = schema.Document{Key: fmt.Sprintf("%sexpert/a/%06d", schema.KeyID, i), Value: raw}
	}
	s := NewState("cms")
	if err := s.foldAll(func(fold func(schema.Document) error) error {
		for _, d := range docs {
			if err := fold(d); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.FoldEntry(&schema.Entry{Documents: docs, Checkpoint: &schema.CheckpointPart{Part: 1, Of: 1}}); err != nil {
		t.Fatal(err)
	}
	e := s.expiring[0]
	if len(e.keys) != n || !slices.IsSortedFunc(e.times, time.Time.Compare) {
		t.Errorf("%d keys are listed, in order: %t", len(e.keys), slices.IsSortedFunc(e.times, time.Time.Compare))
	}
	for i, key := range e.due(epoch.Add(10*time.Second), 10, s.outlivedID) {
		if s.ids[key] == nil || !s.ids[key].Until.Equal(epoch.Add(time.Duration(i)*time.Second)) {
			t.Errorf("%d. to be forgotten is %s", i, key)
		}
	}
}

package controller

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// Every so many entries all documents are repeated, in parts that follow one another;
// a fresh state that reads from there is the same.
func TestActorCheckpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", func(c *Config) { c.CheckpointEntries = 50 })
		r.ready()
		r.asked()
		for i := range 60 {
			notes(r, fmt.Sprint(i))
		}
		await(t, "a checkpoint", func() bool { return r.Counters().Checkpoints == 1 })
		s := NewState(testSystem)
		from := 0
		for _, e := range c.log.entries(t) {
			if e.Checkpoint != nil && e.Checkpoint.Part == 1 {
				s, from = NewState(testSystem), int(e.Entry)
			}
			if err := s.FoldEntry(e); err != nil {
				t.Fatal(err)
			}
		}
		if from < 50 || from > 52 {
			t.Fatalf("the checkpoint begins at entry %d", from)
		}
		docs, err := DocumentsOf(s.Documents())
		if err != nil {
			t.Fatal(err)
		}
		r.View(func(now *State) {
			want, err := DocumentsOf(now.Documents())
			if err != nil {
				t.Fatal(err)
			}
			if string(mustEncode(t, docs)) != string(mustEncode(t, want)) {
				t.Error("the state from the checkpoint is another one")
			}
		})
		r.stop()
	})
}

// meetsFirstPart has something happen to the first part of a checkpoint that is appended,
// and tells whether one was.
func (c *cluster) meetsFirstPart(fate func(*schema.Entry) fault) *bool {
	met := false
	c.log.fault = func(_ string, e *schema.Entry) fault {
		if e.Checkpoint == nil || met {
			return noFault
		}
		met = true
		return fate(e)
	}
	return &met
}

// An entry of somebody else between the parts makes a checkpoint void; another follows.
func TestActorCheckpointIsVoidAndMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", func(c *Config) { c.CheckpointEntries = 10 })
		r.ready()
		c.meetsFirstPart(func(e *schema.Entry) fault {
			other := *e
			other.Checkpoint, other.Documents, other.ID, other.Replica = nil, nil, "other", "other"
			c.log.mu.Lock()
			c.log.put("other", mustEncode(t, &other))
			c.log.mu.Unlock()
			return noFault
		})
		for i := range 40 {
			notes(r, fmt.Sprint(i))
		}
		if got := r.Counters(); got.Checkpoints == 0 || got.Conflicts != 1 {
			t.Fatalf("%+v", got)
		}
		r.stop()
	})
}

// A part that could not be sent makes the checkpoint void, too: the next part does not
// stand alone.
func TestActorCheckpointPartNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", func(c *Config) { c.CheckpointEntries = 300 })
		r.ready()
		lost := c.meetsFirstPart(func(*schema.Entry) fault { return notSent })
		long := strings.Repeat("x", 2000)
		for i := range 400 {
			r.call(schema.RoleOperator, "anna", schema.KindHold, &schema.Hold{Type: schema.Type(schema.KindHold), Expert: "daq", Problem: fmt.Sprint(i), For: schema.Duration(time.Hour), Note: long})
		}
		await(t, "a checkpoint", func() bool { return r.Counters().Checkpoints > 0 })
		part := 0
		for _, e := range c.log.entries(t) {
			if e.Checkpoint == nil {
				part = 0
				continue
			}
			if part++; e.Checkpoint.Part != part || e.Checkpoint.Of < 2 {
				t.Fatalf("part %d of %d stands where part %d should", e.Checkpoint.Part, e.Checkpoint.Of, part)
			}
		}
		if !*lost {
			t.Fatal("no part was lost: the test shows nothing")
		}
		r.stop()
	})
}

func TestCheckpointParts(t *testing.T) {
	var docs []schema.Document
	for range 10 {
		docs = append(docs, schema.Document{Key: "k", Value: make([]byte, 100)})
	}
	parts := inParts(docs, 300)
	n := 0
	for _, p := range parts {
		n += len(p)
		if len(p) > 2 {
			t.Fatalf("a part of %d", len(p))
		}
	}
	if n != 10 || len(inParts(nil, 300)) != 0 || len(inParts(docs[:1], 10)) != 1 {
		t.Fatalf("%d documents in %d parts", n, len(parts))
	}
}

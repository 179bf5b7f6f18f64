package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"expertcontroller/schema"
	"expertcontroller/store"
)

// noon is when the logs of the tests begin.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// chain writes a system's log as a controller would: numbers without gaps, hashes that fit.
type chain struct {
	system   string
	entry    uint64
	sequence uint64
	hash     string
	at       time.Time
	position schema.Position
}

func newChain(system string) *chain { return &chain{system: system, at: noon} }

// next gives the next entry, a second later than the one before.
func (c *chain) next(documents []schema.Document, events ...schema.Event) store.Applied {
	c.entry++
	c.sequence++
	c.at = c.at.Add(time.Second)
	e := schema.Entry{
		Type: schema.Type(schema.KindEntry), System: c.system, Entry: c.entry, Lineage: "lineage-" + c.system, Previous: c.hash,
		ID: fmt.Sprintf("id-%s-%d", c.system, c.entry), At: c.at, Replica: fmt.Sprintf("r%d", c.entry%2), Rules: schema.RulesVersion,
		Documents: documents, Events: events,
	}
	for i := range e.Events {
		if e.Events[i].At.IsZero() {
			e.Events[i].At = c.at
		}
	}
	payload, err := schema.Encode(e)
	if err != nil {
		panic(err)
	}
	c.hash = schema.HashEntry(payload)
	c.position = schema.Position{System: c.system, Created: noon, Sequence: c.sequence, At: c.sequence, Entry: c.entry, Hash: c.hash, Lineage: e.Lineage}
	return store.Applied{Position: c.position, Entry: &e, Payload: payload}
}

// skip gives a message of the log that is no entry.
func (c *chain) skip() store.Applied {
	c.sequence++
	at := c.position
	at.System, at.Created, at.Sequence = c.system, noon, c.sequence
	c.position = at
	return store.Applied{Position: at, Skipped: "no JSON"}
}

// recovery gives a status of an expert's request, as the given functions change it.
func recovery(system string, n uint64, state string, change ...func(*schema.Status)) schema.Status {
	created := noon.Add(time.Duration(n) * time.Minute)
	s := schema.Status{
		Type: schema.Type(schema.KindStatus), Token: schema.Token(system, n), System: system, State: state, Terminal: schema.Terminal(state),
		AskedBy:  schema.By{Role: schema.RoleExpert, Name: "daqexpert"},
		Problems: []schema.ProblemStatus{{Expert: "daqexpert", ID: fmt.Sprint(100 + n), Key: "FED stuck/HCAL", Title: "FED stuck"}},
		Steps:    []schema.StepStatus{{Title: "Recycle", Action: "recycle", State: schema.StepWaiting, Attempts: []schema.Attempt{}}},
		Created:  created, Updated: created,
	}
	if s.Terminal {
		ended := created.Add(30 * time.Second)
		s.Ended = &ended
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

func document(key string, v any) schema.Document {
	b, err := schema.Encode(v)
	if err != nil {
		panic(err)
	}
	return schema.Document{Key: key, Value: b}
}

// inState and recorded give the two kinds of documents that hold a status.
func inState(s schema.Status) schema.Document  { return document(schema.KeyRecovery+s.Token, s) }
func recorded(s schema.Status) schema.Document { return document(schema.KeyRecord+s.Token, s) }

func docs(d ...schema.Document) []schema.Document { return d }

func open(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{Path: path, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func fresh(t testing.TB) *store.Store { return open(t, filepath.Join(t.TempDir(), "store.db")) }

func apply(t testing.TB, s *store.Store, batch ...store.Applied) {
	t.Helper()
	if err := s.Apply(context.Background(), batch); err != nil {
		t.Fatal(err)
	}
}

func digest(t testing.TB, s *store.Store, system string) string {
	t.Helper()
	d, err := s.Digest(context.Background(), system)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func state(t testing.TB, s *store.Store, system string) map[string]string {
	t.Helper()
	out := map[string]string{}
	last := ""
	if err := s.Documents(context.Background(), system, func(d schema.Document) error {
		if d.Key <= last {
			t.Errorf("document %s comes after %s", d.Key, last)
		}
		last = d.Key
		out[d.Key] = string(d.Value)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func history(t testing.TB, s *store.Store, system string, q schema.HistoryQuery) schema.History {
	t.Helper()
	h, err := s.History(context.Background(), system, q)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// tokens gives the numbers of the records, as written.
func tokens(h schema.History) string {
	out := []uint64{}
	for _, r := range h.Records {
		_, n, err := schema.ParseToken(r.Token)
		if err != nil {
			panic(err)
		}
		out = append(out, n)
	}
	b, _ := json.Marshal(out)
	return string(b)
}

func operator(name string) schema.By {
	return schema.By{Role: schema.RoleOperator, Name: name, Via: schema.ViaCall}
}

func ptr[T any](v T) *T { return &v }

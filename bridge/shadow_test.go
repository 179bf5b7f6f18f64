package bridge

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"expertcontroller/schema"
)

// folded is a picture as docs/bridge.md says that it is folded, written without the
// bridge's own code. Its sum tells two pictures apart.
type folded struct {
	documents map[string]document
	sum       uint64
}

type document struct {
	sum   uint64
	value json.RawMessage
	// ended is 0 for what has not; never, for what was rejected or joined.
	ended  int64
	never  bool
	number uint64
}

func newFolded() folded { return folded{documents: map[string]document{}} }

func (f *folded) remove(key string) {
	f.sum ^= f.documents[key].sum
	delete(f.documents, key)
}

// put upserts a document; request is never shown.
func (f *folded) put(key string, value json.RawMessage) {
	f.remove(key)
	var v any
	if err := json.Unmarshal(value, &v); err != nil {
		panic(err)
	}
	d := document{value: value}
	if m, ok := v.(map[string]any); ok && strings.HasPrefix(key, "recovery/") {
		delete(m, "request")
		if ended, ok := m["ended"].(string); ok {
			at, err := time.Parse(time.RFC3339Nano, ended)
			if err != nil {
				panic(err)
			}
			d.ended, d.never = at.UnixMilli(), m["state"] == "rejected" || m["state"] == "joined"
			_, d.number, _ = schema.ParseToken(strings.TrimPrefix(key, "recovery/"))
		}
	}
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s=%s", key, mustEncode(v))
	d.sum = h.Sum64()
	f.documents[key] = d
	f.sum ^= d.sum
	if d.ended != 0 {
		f.forget(d.never)
	}
}

// forget keeps the last five that ended, of each of the two sorts.
func (f *folded) forget(never bool) {
	var ended []string
	for key, d := range f.documents {
		if d.ended != 0 && d.never == never {
			ended = append(ended, key)
		}
	}
	slices.SortFunc(ended, func(a, b string) int {
		x, y := f.documents[a], f.documents[b]
		return cmp.Or(cmp.Compare(y.ended, x.ended), cmp.Compare(y.number, x.number))
	})
	for i := 5; i < len(ended); i++ {
		f.remove(ended[i])
	}
}

// take folds an entry of the log, as a client should show it.
func (f *folded) take(e *schema.Entry) uint64 {
	for _, d := range e.Documents {
		key := strings.Replace(d.Key, "record/", "recovery/", 1)
		kind, _, _ := strings.Cut(key, "/")
		switch kind {
		case "recovery", "mode", "policy", "hold", "agent", "expert", "breaker":
		default:
			continue
		}
		switch {
		case len(d.Value) > 0:
			f.put(key, d.Value)
		case kind != "recovery":
			f.remove(key)
		}
	}
	return f.sum
}

// shadow is a client: what frames make of its picture.
type shadow struct {
	folded
	lineage string
	entry   uint64
	known   bool
	// snapshots, deltas and events count.
	snapshots, deltas, events int
}

// errGap: a delta does not follow what the client has.
var errGap = errors.New("a delta that does not follow")

// hear takes a frame.
func (s *shadow) hear(body []byte) error {
	var f struct {
		Type      string
		Lineage   string
		Entry     uint64
		Previous  uint64
		Documents []schema.Document
		Changes   []schema.Document
		Events    []schema.Event
	}
	if err := json.Unmarshal(body, &f); err != nil {
		return fmt.Errorf("%w: %s", err, body)
	}
	switch f.Type {
	case "recovery.v1.snapshot":
		s.snapshots++
		s.lineage, s.entry, s.folded, s.known = f.Lineage, f.Entry, newFolded(), true
		for _, d := range f.Documents {
			s.put(d.Key, d.Value)
		}
	case "recovery.v1.delta":
		if f.Previous != s.entry || !s.known {
			return fmt.Errorf("%w: from %d to %d, at %d", errGap, f.Previous, f.Entry, s.entry)
		}
		s.deltas++
		seen := map[string]bool{}
		for _, d := range f.Changes {
			if seen[d.Key] {
				return fmt.Errorf("%s stands twice in a delta", d.Key)
			}
			seen[d.Key] = true
			if len(d.Value) == 0 {
				s.remove(d.Key)
			} else {
				s.put(d.Key, d.Value)
			}
		}
		last := f.Previous + 1
		for _, e := range f.Events {
			if e.Entry < last || e.Entry > f.Entry {
				return fmt.Errorf("an event of entry %d after %d in a delta to %d", e.Entry, last, f.Entry)
			}
			last = e.Entry
		}
		s.events += len(f.Events)
		s.entry = f.Entry
	}
	return nil
}

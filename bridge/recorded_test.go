package bridge

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// recorded is a log that grows as the test says, as a bridge's client sees it: pictures of
// any of its entries, and a watch that never has a gap.
type recorded struct {
	system string

	mu      sync.Mutex
	lineage string
	entries []schema.Entry
	// changed is closed at each change.
	changed chan struct{}
}

func newRecorded(system, lineage string) *recorded {
	return &recorded{system: system, lineage: lineage, changed: make(chan struct{})}
}

func (r *recorded) add(e schema.Entry) schema.Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Type, e.System, e.Lineage, e.Entry = schema.Type(schema.KindEntry), r.system, r.lineage, uint64(len(r.entries)+1)
	if e.At.IsZero() {
		e.At = noon.Add(time.Duration(e.Entry) * 300 * time.Microsecond)
	}
	r.entries = append(r.entries, e)
	close(r.changed)
	r.changed = make(chan struct{})
	return e
}

// anew makes another log of it.
func (r *recorded) anew(lineage string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lineage, r.entries = lineage, nil
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *recorded) last() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return uint64(len(r.entries))
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// Picture gives the state as a store would: what was removed is gone, records stay.
func (r *recorded) Picture(_ context.Context, from string) (schema.Picture, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := schema.Picture{System: r.system, Lineage: r.lineage, Entry: uint64(len(r.entries)), At: noon}
	all := map[string]schema.Document{}
	for _, e := range r.entries {
		for _, d := range e.Documents {
			switch {
			case strings.HasPrefix(d.Key, schema.KeyRecovery) && len(d.Value) == 0:
			case len(d.Value) == 0:
				delete(all, d.Key)
			default:
				all[d.Key] = d
			}
		}
	}
	if len(r.entries) == 0 {
		p.Lineage = ""
	}
	for _, d := range all {
		if schema.InPicture(d.Key) {
			p.Documents = append(p.Documents, d)
		}
	}
	return p, nil
}

// Follow hands on every entry after one.
func (r *recorded) Follow(ctx context.Context, after uint64, fn func(client.Update) error) error {
	lineage := ""
	for {
		r.mu.Lock()
		changed := r.changed
		if lineage != "" && r.lineage != lineage {
			r.mu.Unlock()
			return client.ErrOtherLog
		}
		var next *schema.Entry
		if after < uint64(len(r.entries)) {
			next, lineage = &r.entries[after], r.lineage
		}
		r.mu.Unlock()
		if next != nil {
			if err := fn(client.Update{Entry: *next}); err != nil {
				return err
			}
			after++
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// randomEntry makes one of a plausible log: recoveries that open, change, end, are
// recorded and are forgotten, holds, agents, modes; checkpoints, and keys that nobody shows.
func randomEntry(random *rand.Rand, system string, state *logState) schema.Entry {
	var e schema.Entry
	n := random.IntN(4)
	for range n {
		switch random.IntN(12) {
		case 0, 1:
			if len(state.open) > 8 {
				continue
			}
			state.tokens++
			e.Documents = append(e.Documents, statusDocument(random, schema.KeyRecovery, system, state.tokens, schema.AwaitingApproval))
			state.open = append(state.open, state.tokens)
		case 2, 3, 4:
			if len(state.open) > 0 {
				i := random.IntN(len(state.open))
				states := []string{schema.Running, schema.Observing, schema.Postponed, schema.Completed, schema.Failed, schema.Cancelled, schema.Joined}
				s := states[random.IntN(len(states))]
				e.Documents = append(e.Documents, statusDocument(random, schema.KeyRecovery, system, state.open[i], s))
				if schema.Terminal(s) {
					state.ended = append(state.ended, state.open[i])
					state.open = append(state.open[:i:i], state.open[i+1:]...)
				}
			}
		case 5: // one, or a flood of them
			for range []int{1, 1, 1, 3, 12}[random.IntN(5)] {
				state.tokens++
				s := []string{schema.RejectedState, schema.Joined}[random.IntN(2)]
				e.Documents = append(e.Documents, statusDocument(random, schema.KeyRecord, system, state.tokens, s))
			}
		case 6:
			if len(state.ended) > 0 { // it leaves the state; its record stays
				e.Documents = append(e.Documents, schema.Document{Key: fmt.Sprintf("%s%s-%d", schema.KeyRecovery, system, state.ended[0])})
				state.ended = state.ended[1:]
			}
		case 7:
			d := schema.Document{Key: fmt.Sprintf("%sdaqexpert/key/%d", schema.KeyHold, random.IntN(5))}
			if random.IntN(2) == 0 {
				d.Value = mustEncode(map[string]any{"key": "<script>", "note": random.IntN(99)})
			}
			e.Documents = append(e.Documents, d)
		case 8:
			e.Documents = append(e.Documents, schema.Document{Key: schema.KeyMode, Value: mustEncode(map[string]any{"note": random.IntN(99)})})
		case 9:
			e.Documents = append(e.Documents, schema.Document{Key: schema.KeyAgent + fmt.Sprint(random.IntN(3)), Value: mustEncode(map[string]any{"simulated": random.IntN(2) == 0})})
		case 10:
			e.Documents = append(e.Documents, schema.Document{Key: schema.KeyCounter, Value: mustEncode(schema.CounterDocument{Requests: state.tokens})},
				schema.Document{Key: schema.KeyID + "expert/x/1", Value: mustEncode("x")})
		case 11:
			d := schema.Document{Key: schema.KeyExpert + "daqexpert"}
			if random.IntN(2) == 0 {
				d.Value = mustEncode(schema.ExpertDocument{SilentSince: noon})
			}
			e.Documents = append(e.Documents, d)
		}
	}
	e.Events = append(e.Events, schema.Event{Kind: schema.EventNote, At: noon, Text: "\u2028 </script>"})
	return e
}

type logState struct {
	tokens      uint64
	open, ended []uint64
}

// statusDocument is as much of a status as is looked at here: small, so that many are tried.
func statusDocument(random *rand.Rand, prefix, system string, n uint64, state string) schema.Document {
	token := schema.Token(system, n)
	// Old logs have the request in it; and what somebody wrote by hand may have spaces.
	request := []string{"", `,"request":{"id":"x"}`, `,"request":null`, " ,\n" + `  "request": {"id": "x"}`, " ,\n" + `  "of": [ 1, "a  b" ]`}[random.IntN(5)]
	b := fmt.Appendf(nil, `{"token":%q,"state":%q,"revision":%d%s`, token, state, random.IntN(1000), request)
	if schema.Terminal(state) {
		// Many end within the same millisecond.
		ended := noon.Add(time.Duration(n/8)*time.Millisecond + time.Duration(random.IntN(900))*time.Microsecond)
		b = fmt.Appendf(b, `,"ended":%q`, ended.Format(time.RFC3339Nano))
	}
	if state == schema.AwaitingApproval {
		b = fmt.Appendf(b, `,"prompt":{"id":%q}`, schema.PromptID(token, 1))
	}
	return schema.Document{Key: prefix + token, Value: append(b, '}')}
}

func inOrder(documents []schema.Document) []schema.Document {
	slices.SortFunc(documents, func(a, b schema.Document) int { return strings.Compare(a.Key, b.Key) })
	return documents
}

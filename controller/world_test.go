package controller

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

// world runs Step as the actor does, without a broker: every decision becomes an
// entry, encoded and folded, on two states that must stay equal: one that adopts
// its own decisions and one that folds the encoded documents, as another replica
// or a restart would.
type world struct {
	t       testing.TB
	now     time.Time
	state   *State
	folded  *State
	inbox   uint64
	entries []schema.Entry
	kept    map[string]string // what each document said when it was adopted
	light   bool              // no entries are encoded and folded
	once    bool              // decisions are not checked by deciding again
	later   bool              // entries are encoded, and folded only when same looks
}

var epoch = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, system string) *world {
	return &world{t: t, now: epoch, state: NewState(system), folded: NewState(system), kept: map[string]string{}}
}

// input makes an input that comes in now.
func (w *world) input(by schema.By, kind, id string, message any) Input {
	raw, err := json.Marshal(message)
	if err != nil {
		w.t.Fatal(err)
	}
	if by.Via == "" {
		by.Via = schema.ViaCall
	}
	return Input{Kind: kind, ID: id, By: by, At: w.now, Raw: raw, Fingerprint: schema.Fingerprint(raw), Message: message}
}

// step decides the inputs, appends, folds on both states, and returns the decision.
func (w *world) step(inputs ...Input) Decision {
	var all Decision
	all.Answers = make([]schema.Answer, len(inputs))
	rest := inputs
	for {
		d := w.decide(rest)
		if d.Empty() {
			return all
		}
		w.append(&d, rest)
		for i, a := range d.Answers {
			if a.Verdict != "" {
				all.Answers[len(inputs)-len(rest)+i] = a
			}
		}
		all.Events = append(all.Events, d.Events...)
		all.Changes = append(all.Changes, d.Changes...)
		all.Rulings = append(all.Rulings, d.Rulings...)
		all.Ring = append(all.Ring, d.Ring...)
		all.Taken += d.Taken
		if rest = rest[d.Taken:]; len(rest) == 0 {
			if due, ok := w.state.NextDue(); !ok || due.After(w.now) {
				return all
			}
		}
	}
}

// decide calls Step twice: it must change nothing of the state that it reads, and the same
// state and inputs must lead to the same decision, which leaves the first one as it was.
func (w *world) decide(inputs []Input) Decision {
	if w.once {
		return Step(w.state, inputs, w.now)
	}
	before := w.derived()
	d := Step(w.state, inputs, w.now)
	made := w.written(d)
	if again := Step(w.state, inputs, w.now); !reflect.DeepEqual(d, again) {
		w.t.Fatalf("Step decided the same in two ways:\nonce  %+v\nagain %+v", d, again)
	}
	if now := w.written(d); now != made {
		w.t.Fatalf("deciding again changed the first decision:\nmade %s\nnow  %s", made, now)
	}
	if after := w.derived(); !reflect.DeepEqual(after, before) {
		w.t.Fatalf("Step changed what it read:\nbefore %+v\nafter  %+v", before, after)
	}
	changes := keysOf(d.Changes)
	for _, c := range w.state.Documents() {
		if changes[c.Key()] {
			w.untouched(c)
		}
	}
	return d
}

func (w *world) append(d *Decision, inputs []Input) {
	if w.light {
		w.state.Adopt(d, "test")
		w.state.Position.Entry++
		return
	}
	e := schema.Entry{Entry: w.state.Position.Entry + 1, At: d.At, Replica: "test"}
	for _, i := range d.Order {
		a := d.Answers[i]
		e.Inputs = append(e.Inputs, schema.EntryInput{ID: inputs[i].ID, Kind: inputs[i].Kind, By: inputs[i].By, At: inputs[i].At, Inbox: inputs[i].Inbox, Message: inputs[i].Raw, Answer: &a})
	}
	e.Events = d.Events
	for _, c := range d.Changes {
		doc := schema.Document{Key: c.Key()}
		if c.Value != nil {
			raw, err := schema.Encode(c.Value)
			if err != nil {
				w.t.Fatalf("encoding %s: %v", c.Key(), err)
			}
			doc.Value = raw
		}
		e.Documents = append(e.Documents, doc)
	}
	w.state.Adopt(d, "test")
	w.state.Position.Entry++
	w.entries = append(w.entries, e)
	if !w.later {
		w.fold()
		w.alike(keysOf(d.Changes))
	}
}

// fold folds the entries that were not folded yet.
func (w *world) fold() {
	for ; w.folded.Position.Entry < w.state.Position.Entry; w.folded.Position.Entry++ {
		if err := w.folded.FoldEntry(&w.entries[w.folded.Position.Entry]); err != nil {
			w.t.Fatal(err)
		}
	}
}

// restart goes on with a fresh state that folded everything from the beginning.
func (w *world) restart() {
	fresh := NewState(w.state.System)
	for i := range w.entries {
		if err := fresh.FoldEntry(&w.entries[i]); err != nil {
			w.t.Fatal(err)
		}
		fresh.Position.Entry++
	}
	w.state = fresh
	w.same()
}

// line writes a recovery as one line.
func line(r *schema.Status) string {
	var b strings.Builder
	fmt.Fprintf(&b, "= %s %s", r.Token, r.State)
	if r.Reason.Code != "" {
		fmt.Fprintf(&b, ": %s", r.Reason.Code)
	}
	fmt.Fprintf(&b, "; step %d", r.Step)
	if r.Prompt != nil {
		fmt.Fprintf(&b, "; %s %s", r.Prompt.Kind, strings.TrimPrefix(r.Prompt.ID, r.Token+"."))
	}
	if a := lastAttempt(r); a != nil {
		fmt.Fprintf(&b, "; attempt %d %s %s", a.Number, a.State, a.Outcome)
	}
	if r.Step < len(r.Steps) {
		for _, m := range r.Steps[r.Step].Members {
			fmt.Fprintf(&b, "; %s %s", m.Agent, m.State)
		}
		if code := r.Steps[r.Step].Halted; code != "" {
			fmt.Fprintf(&b, "; halted %s", code)
		}
	}
	if n := len(r.Probes); n > 0 {
		fmt.Fprintf(&b, "; probe %d %s %s", n, r.Probes[n-1].State, r.Probes[n-1].Outcome)
	}
	if r.Stop != nil {
		fmt.Fprintf(&b, "; stop %s", r.Stop.Reason)
	}
	for _, p := range r.Problems {
		state := "there"
		if p.Cleared != nil {
			state = "cleared"
		}
		fmt.Fprintf(&b, "; %s %s", p.ID, state)
	}
	if r.Joined != "" {
		fmt.Fprintf(&b, "; joined %s", r.Joined)
	}
	if r.Deadline != nil {
		fmt.Fprintf(&b, "; until %s", clock(*r.Deadline, *r.Deadline))
	}
	return strings.ReplaceAll(b.String(), " ;", ";")
}

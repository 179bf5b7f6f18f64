package controller

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"expertcontroller/schema"
)

// derived is what Step reads beside the documents.
type derived struct {
	open             []string
	ended            []endedOne
	underWay, limits string
	expiring         [2]expiring
	at               time.Time
}

func (w *world) derived() derived {
	s := w.state
	d := derived{slices.Clone(s.open), slices.Clone(s.ended), s.underWay, fmt.Sprint(s.limits), s.expiring, s.At}
	for i := range d.expiring {
		e := &d.expiring[i]
		e.keys, e.times = slices.Clone(e.keys), slices.Clone(e.times)
	}
	return d
}

// untouched: a document says what it said when it was adopted. A decision's documents are
// looked at before they are replaced, and the others by same: nothing that Step changed in
// place stays unseen.
func (w *world) untouched(c Change) {
	w.t.Helper()
	if now := w.written(c.Value); now != w.kept[c.Key()] {
		w.t.Fatalf("Step changed %s, which it read:\nadopted %s\nnow     %s", c.Key(), w.kept[c.Key()], now)
	}
}

// written writes a value with all that it points to.
func (w *world) written(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(raw)
}

// keysOf gives the keys of changes.
func keysOf(changes []Change) map[string]bool {
	keys := make(map[string]bool, len(changes))
	for _, c := range changes {
		keys[c.Key()] = true
	}
	return keys
}

// alike fails when the state that adopted and the state that folded differ at these keys,
// or at all for nil.
func (w *world) alike(keys map[string]bool) {
	w.t.Helper()
	adopted, folded := w.state.Documents(), w.folded.Documents()
	if len(adopted) != len(folded) {
		w.t.Fatalf("folding the entries gives another state:\nadopted %s\nfolded  %s", w.written(adopted), w.written(folded))
	}
	for key := range keys {
		delete(w.kept, key)
	}
	for i, c := range adopted {
		if keys != nil && !keys[c.Key()] {
			continue
		}
		a, b := w.written(c.Value), w.written(folded[i].Value)
		if a != b || c.Key() != folded[i].Key() {
			w.t.Fatalf("folding the entries gives another state:\nadopted %s %s\nfolded  %s %s", c.Key(), a, folded[i].Key(), b)
		}
		if keys == nil && !w.once {
			w.untouched(c)
		}
		w.kept[c.Key()] = a
	}
	if !slices.Equal(w.state.Open(), w.folded.Open()) || w.state.underWay != w.folded.underWay {
		w.t.Fatalf("folding gives other indexes: %v %v, %q %q", w.state.Open(), w.folded.Open(), w.state.underWay, w.folded.underWay)
	}
}

// forgotten lists ids, or clears, in the order in which they are forgotten.
func (s *State) forgotten(which int) []string {
	const ever = 1 << 30
	gone := []outlived{s.outlivedID, s.outlivedClear}[which]
	return s.expiring[which].due(time.Unix(ever, 0).AddDate(200, 0, 0), ever, gone)
}

// same looks at every document, and at what a checkpoint of them gives.
func (w *world) same() {
	w.t.Helper()
	if w.light {
		return
	}
	w.fold()
	w.alike(nil)
	w.loaded(w.written(w.folded.Documents()))
}

// loaded: a state that is read from a checkpoint, or a database, is the one that wrote it.
func (w *world) loaded(documents string) {
	w.t.Helper()
	docs, err := DocumentsOf(w.folded.Documents())
	if err != nil {
		w.t.Fatal(err)
	}
	fresh := NewState(w.state.System)
	if err := fresh.FoldEntry(&schema.Entry{Documents: docs, At: w.folded.At, Replica: w.folded.Preferred}); err != nil {
		w.t.Fatal(err)
	}
	again, err := json.Marshal(fresh.Documents())
	if err != nil {
		w.t.Fatal(err)
	}
	if string(again) != documents {
		w.t.Fatalf("a checkpoint gives another state:\nwritten %s\nread    %s", documents, again)
	}
	if !slices.Equal(w.folded.Open(), fresh.Open()) || w.folded.underWay != fresh.underWay || w.folded.simulated != fresh.simulated {
		w.t.Fatalf("a checkpoint gives other indexes: %v %v, %q %q", w.folded.Open(), fresh.Open(), w.folded.underWay, fresh.underWay)
	}
	if !slices.EqualFunc(w.folded.ended, fresh.ended, func(a, b endedOne) bool { return compareEnded(a, b) == 0 }) {
		w.t.Fatalf("a checkpoint gives another order of those that have ended: %v, %v", w.folded.ended, fresh.ended)
	}
	for i := range fresh.expiring {
		if folded, read := w.folded.forgotten(i), fresh.forgotten(i); !slices.Equal(folded, read) {
			w.t.Fatalf("a checkpoint gives another order of what is forgotten: %q, %q", folded, read)
		}
	}
	due, ok := w.folded.NextDue()
	if again, okAgain := fresh.NextDue(); !due.Equal(again) || ok != okAgain {
		w.t.Fatalf("a checkpoint gives another deadline: %s %t, %s %t", due, ok, again, okAgain)
	}
}

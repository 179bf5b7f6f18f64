package controller

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"expertcontroller/schema"
)

// newEntry makes the entry that follows the position.
func (a *Actor) newEntry(at time.Time) *schema.Entry {
	p := a.state.Position
	e := &schema.Entry{
		Type: schema.Type(schema.KindEntry), System: a.config.System, Entry: p.Entry + 1, Lineage: p.Lineage, Previous: p.Hash,
		ID: randomID(), At: at, Replica: a.config.Replica, Rules: schema.RulesVersion, Build: a.config.Build,
	}
	if e.Entry == 1 {
		e.Lineage = randomID()
	}
	return e
}

// encode makes the entry of a decision.
func (a *Actor) encode(t *attempt) error {
	d := &t.decision
	e := a.newEntry(d.At)
	e.Events = d.Events
	e.Inputs = make([]schema.EntryInput, len(d.Order))
	for i, n := range d.Order {
		in := &t.batch[n].in
		id := in.ID
		if id == "" {
			id = in.Own
		}
		e.Inputs[i] = schema.EntryInput{ID: id, Kind: in.Kind, By: in.By, At: in.At, Inbox: in.Inbox, Message: in.Raw, Answer: &d.Answers[n]}
	}
	var err error
	if e.Documents, err = encodeAll(d.Changes); err != nil {
		return err
	}
	return t.put(e)
}

// put makes e the attempt's entry, if it fits a message.
func (t *attempt) put(e *schema.Entry) (err error) {
	t.entry = e
	if t.payload, err = schema.Encode(e); err != nil {
		return err
	}
	if len(t.payload) > schema.MaxEntry {
		return fmt.Errorf("%w: %d bytes, %d are the most", errTooLarge, len(t.payload), schema.MaxEntry)
	}
	return nil
}

// encodeAll encodes documents, each once: the same bytes go into the log, the database
// and the status subjects. Many are shared among the processors.
func encodeAll(changes []Change) ([]schema.Document, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	docs := make([]schema.Document, len(changes))
	encode := func(from, to int) error {
		for i := from; i < to; i++ {
			docs[i].Key = changes[i].Key
			if changes[i].Value == nil {
				continue
			}
			value, err := schema.Encode(changes[i].Value)
			if err != nil {
				return fmt.Errorf("document %s: %w", changes[i].Key, err)
			}
			docs[i].Value = value
		}
		return nil
	}
	const few = 64
	if len(changes) <= few {
		return docs, encode(0, len(changes))
	}
	parts := min(runtime.GOMAXPROCS(0), len(changes)/(few/2))
	errs := make([]error, parts)
	var all sync.WaitGroup
	for p := range parts {
		all.Go(func() { errs[p] = encode(p*len(changes)/parts, (p+1)*len(changes)/parts) })
	}
	all.Wait()
	return docs, errors.Join(errs...)
}

// append puts the entry behind the one that was folded last. Only when that is
// acknowledged it is folded, and only then anything leaves.
func (a *Actor) append(ctx context.Context, t *attempt) (appended bool, err error) {
	a.config.Failpoint("append.before")
	if a.now().Sub(t.entry.At) > decisionKeeps && t.entry.At.After(a.state.At) {
		a.counts.remade.Add(1)
		return false, nil
	}
	sequence, err := a.config.Log.Append(ctx, t.expect, t.entry.ID, t.payload)
	a.config.Failpoint("append.after")
	switch {
	case err == nil:
	case grave(err):
		return false, err
	case errors.Is(err, schema.ErrConflict):
		a.counts.conflicts.Add(1)
		a.loop.doubts[t.entry.ID] = t
		a.loop.behind = true
		return false, nil
	case errors.Is(err, schema.ErrNotSent):
		a.later("the log takes nothing", err)
		return false, nil
	default:
		// It may still arrive: whoever reads it next recognises it by its id.
		a.loop.doubts[t.entry.ID] = t
		if ctx.Err() != nil {
			return false, err
		}
		a.later("the log did not acknowledge", err)
		return false, nil
	}
	a.counts.appends.Add(1)
	position := a.state.Position
	position.Sequence, position.At = sequence, sequence
	position.Entry, position.Lineage, position.Hash = t.entry.Entry, t.entry.Lineage, schema.HashEntry(t.payload)
	a.mu.Lock()
	a.state.Adopt(&t.decision, a.config.Replica)
	a.state.Position = position
	a.mu.Unlock()
	clear(a.loop.doubts)
	if err := a.folded(schema.Record{Sequence: sequence, Payload: t.payload, Entry: t.entry, Position: position}); err != nil {
		return true, err
	}
	a.act(t)
	return true, nil
}

// act lets leave what waited for the entry: answers, the changed recoveries, bells.
func (a *Actor) act(t *attempt) {
	d := &t.decision
	l := &a.loop
	for _, n := range d.Order {
		q := t.batch[n]
		if q.in.Inbox > 0 && !q.done {
			a.publish(schema.SubjectAnswer(a.config.System, q.in.By.Role, q.in.By.Name), d.Answers[n])
		}
		a.resolve(q, outcome{answer: d.Answers[n]})
	}
	n := uint64(len(d.Order))
	a.counts.decided.Add(n)
	if n > a.counts.largest.Load() {
		a.counts.largest.Store(n)
	}
	if l.left > 0 {
		if l.left -= len(d.Order); l.left <= 0 {
			l.left, l.limit = 0, 0
		}
	}
	for _, doc := range t.entry.Documents {
		if t.entry.Checkpoint != nil {
			break // nothing changed
		}
		token, ok := strings.CutPrefix(doc.Key, schema.KeyRecovery)
		if !ok {
			token, ok = strings.CutPrefix(doc.Key, schema.KeyRecord)
		}
		if ok && len(doc.Value) > 0 {
			a.send(schema.SubjectStatus(a.config.System, token), doc.Value)
		}
	}
	for _, agent := range d.Ring {
		a.publish(schema.SubjectBell(a.config.System, agent), schema.Bell{Type: schema.Type(schema.KindBell)})
	}
	a.config.Failpoint("answered")
}

func (a *Actor) publish(subject string, v any) {
	payload, err := schema.Encode(v)
	if err != nil {
		a.counts.unsent.Add(1)
		a.log.Error("a message can't be encoded", "subject", subject, "error", err)
		return
	}
	a.send(subject, payload)
}

// send publishes what may be lost: whoever needs it asks for the truth.
func (a *Actor) send(subject string, payload []byte) {
	if err := a.config.Bus.Publish(subject, payload); err != nil {
		a.counts.unsent.Add(1)
		a.log.Debug("a message could not be published", "subject", subject, "error", err)
	}
}

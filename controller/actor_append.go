package controller

import (
	"context"
	"errors"
	"runtime"
	"time"

	"expertcontroller/schema"
)

// appendPatience is after how long without an acknowledgement this replica is not ready.
const appendPatience = 3 * time.Second

// fewAnswers are so few that the loop lets those who wait for them go first.
const fewAnswers = 4

// append puts the entry behind the one that was folded last. Only when that is
// acknowledged it is folded, and only then anything leaves.
func (a *Actor) append(ctx context.Context, p *proposal) (appended bool, err error) {
	a.config.Failpoint("append.before")
	if a.now().Sub(p.entry.At) > decisionKeeps && p.entry.At.After(a.state.At) {
		a.counts.remade.Add(1)
		return false, nil
	}
	slow := time.AfterFunc(appendPatience, func() {
		a.notReady("the log has not acknowledged an entry for " + schema.Duration(appendPatience).String() + ": the broker's log says why, for example a full disk")
	})
	hash := hashing(p.payload)
	sequence, err := a.config.Log.Append(ctx, p.expect, p.entry.ID, p.payload)
	slow.Stop() // where it was too late, the next turn of the loop says that all is well again
	a.config.Failpoint("append.after")
	switch {
	case err == nil:
	case grave(err):
		return false, err
	case errors.Is(err, schema.ErrConflict):
		a.counts.conflicts.Add(1)
		a.loop.doubts[p.entry.ID] = p
		a.loop.behind = true
		return false, nil
	case errors.Is(err, schema.ErrNotSent):
		a.later("the log takes nothing", err)
		return false, nil
	default:
		// It may still arrive: whoever reads it next recognises it by its id.
		a.loop.doubts[p.entry.ID] = p
		if ctx.Err() != nil {
			return false, err
		}
		a.later("the log did not acknowledge", err)
		return false, nil
	}
	a.counts.appends.Add(1)
	position := a.state.Position
	position.Sequence, position.At = sequence, sequence
	position.Entry, position.Lineage, position.Hash = p.entry.Entry, p.entry.Lineage, hash()
	a.mu.Lock()
	a.state.Adopt(&p.decision, a.config.Replica)
	a.state.Position = position
	a.mu.Unlock()
	a.wrote.add(position)
	clear(a.loop.doubts)
	a.loop.backoff = 0
	r := schema.Record{Sequence: sequence, Payload: p.payload, Entry: p.entry, Position: position}
	a.folded(r)
	// The answers first: the database is woken by what it gets, and would be in their way.
	a.act(p)
	// Its hash was made of these very bytes a moment ago: nobody has to compare them again.
	r.Payload = nil
	return true, a.project(r)
}

// hashing computes an entry's hash while the entry is on its way, where that takes longer
// than handing it over.
func hashing(payload []byte) func() string {
	if len(payload) < 16<<10 {
		return func() string { return schema.HashEntry(payload) }
	}
	done := make(chan string, 1)
	go func() { done <- schema.HashEntry(payload) }()
	return func() string { return <-done }
}

// act lets leave what waited for the entry: answers, the changed recoveries, bells.
func (a *Actor) act(p *proposal) {
	d := &p.decision
	l := &a.loop
	n := uint64(len(d.Order))
	a.counts.decided.Add(n)
	if n > a.counts.largest.Load() {
		a.counts.largest.Store(n)
	}
	for _, n := range d.Order {
		q := p.batch[n]
		if q.in.Inbox > 0 && !q.done {
			a.publish(schema.SubjectAnswer(a.config.System, q.in.By.Role, q.in.By.Name), d.Answers[n])
		}
		a.resolve(q, outcome{answer: d.Answers[n]})
	}
	if len(d.Order) <= fewAnswers {
		// Who waits for the answer goes first, on this very processor: waking another one
		// for it takes longer than what is left to do here.
		runtime.Gosched()
	}
	if l.left > 0 {
		if l.left -= len(d.Order); l.left <= 0 {
			l.left, l.limit = 0, 0
		}
	}
	for _, agent := range d.Ring {
		a.publish(schema.SubjectBell(a.config.System, agent), schema.Bell{Type: schema.Type(schema.KindBell)})
	}
	for i := range d.Changes {
		switch v := d.Changes[i].Value.(type) {
		case *schema.Status:
			a.tellOf(heralded{v.Token, p.entry.Documents[i].Value, v.Request})
		case *record:
			a.tellOf(heralded{v.token, p.entry.Documents[i].Value, v.request.message})
		}
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

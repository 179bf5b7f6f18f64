package controller

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"expertcontroller/schema"
)

// decisionKeeps is how old a decision may be when it is sent.
const decisionKeeps = 2 * time.Second

var errTooLarge = errors.New("the entry is too large")

// proposal is a decision on its way into the log.
type proposal struct {
	batch    []*ask
	decision Decision
	entry    *schema.Entry
	payload  []byte
	expect   uint64
}

// decide takes all that came in, decides it with what is due, appends it and acts.
func (a *Actor) decide(ctx context.Context) (did bool, err error) {
	now := a.now()
	a.sweep(now)
	if !a.deciding() {
		for _, q := range a.loop.asks {
			if !q.keep.Load() {
				a.resolve(q, outcome{err: a.unavailable()})
			}
		}
		return false, nil
	}
	batch := a.batch(now)
	if len(batch) == 0 && !a.due(now) {
		return false, nil
	}
	p, err := a.propose(batch, now)
	if err != nil || p == nil {
		return p != nil, err
	}
	_, err = a.append(ctx, p)
	return true, err
}

// batch gives what is decided now. Where anything is, everything is: messages and
// deadlines are handled in the order of their times.
func (a *Actor) batch(now time.Time) []*ask {
	l := &a.loop
	out := a.firstSeeds()
	ready := func(q *ask) bool { return !q.shared || !now.Before(q.received.Add(a.patience())) }
	if len(out) == 0 && !slices.ContainsFunc(l.asks, ready) && (len(l.tolds) == 0 || !ready(l.tolds[0])) && !a.due(now) {
		return nil
	}
	if len(out) == 0 {
		out = make([]*ask, 0, len(l.asks)+len(l.tolds))
		out = append(append(out, l.asks...), l.tolds...)
	}
	if l.limit > 0 && len(out) > l.limit {
		slices.SortStableFunc(out, func(p, q *ask) int { return p.in.At.Compare(q.in.At) })
		out = out[:l.limit]
	}
	return out
}

// due tells whether a deadline is this replica's to handle now.
func (a *Actor) due(now time.Time) bool {
	t, ok := a.state.NextDue()
	return ok && !t.Add(a.patience()).After(now) && !now.Before(a.loop.idle)
}

// propose decides the batch. A panic, or an entry that is too large, leads to smaller
// batches, down to the one input that is the culprit. nil without an error: there is
// nothing to append.
func (a *Actor) propose(batch []*ask, now time.Time) (*proposal, error) {
	p := &proposal{batch: batch, expect: a.state.Position.Sequence}
	d, panicked := a.try(batch, now, schema.MaxBatch)
	if panicked == nil && len(batch) > 0 && d.Empty() {
		panicked = errors.New("the rules took none of the inputs")
	}
	if panicked == nil {
		if d.Empty() {
			// A deadline that nothing comes of must not keep the loop spinning.
			a.loop.idle = now.Add(time.Second)
			return nil, nil
		}
		p.decision = d
		err := a.encode(p)
		if err == nil {
			return p, nil
		}
		panicked = err
	} else {
		a.counts.panics.Add(1)
	}
	if len(batch) > 1 {
		a.counts.remade.Add(1)
		l := &a.loop
		l.left = max(l.left, len(batch))
		l.limit = 1
		if errors.Is(panicked, errTooLarge) {
			l.limit = len(batch) / 2
		}
		a.log.Warn("a batch can't be decided as a whole: its inputs are decided in smaller ones", "inputs", len(batch), "next", l.limit, "error", panicked)
		return a.propose(a.batch(now), now)
	}
	if errors.Is(panicked, errTooLarge) {
		// What is due as well may be what doesn't fit: one thing at a time.
		if d, err := a.try(batch, now, least); err == nil && !d.Empty() {
			p.decision = d
			if err = a.encode(p); err == nil {
				return p, nil
			}
		}
	}
	if len(batch) == 1 {
		if _, alone := a.try(nil, now, schema.MaxBatch); alone == nil {
			return a.culprit(p, now, panicked)
		}
	}
	err := fmt.Errorf("system %s decides no more: a deadline makes the rules fail: %w: interrupt what is under way on the agent's host if it must stop, and run a build that corrects this", a.config.System, panicked)
	a.stuck.Store(&err)
	a.log.Error("decisions stop", "error", err)
	return nil, nil
}

// try decides an entry of a size; a panic becomes an error.
func (a *Actor) try(batch []*ask, now time.Time, most int) (d Decision, err error) {
	inputs := make([]Input, len(batch))
	short := a.config.Room()
	for i, q := range batch {
		inputs[i] = q.in
		if q.in.Inbox > 0 && q.in.Kind == schema.KindRequest {
			inputs[i].Short = short
		}
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the rules panicked: %v", p)
			a.log.Error("the rules panicked", "panic", p, "inputs", len(batch), "stack", string(debug.Stack()))
		}
	}()
	return a.config.step(a.state, inputs, now, most), nil
}

// culprit records an input that can't be decided: refused, with its message, so that
// the log shows it and a repeat gets the same answer.
func (a *Actor) culprit(p *proposal, now time.Time, why error) (*proposal, error) {
	q := p.batch[0]
	in := &q.in
	at := now
	if at.Before(a.state.At) {
		at = a.state.At
	}
	text := "this message makes the rules fail: it was refused and recorded, nothing else changed; report it with the entry's number"
	if errors.Is(why, errTooLarge) {
		text = "what this message leads to does not fit an entry of the log: it was refused and recorded; ask for less at once"
	}
	answer := schema.Answer{
		Type: schema.Type(schema.KindAnswer), Verdict: schema.Refused, ID: in.ID, Entry: a.state.Position.Entry + 1,
		Reason: schema.Reason{Code: schema.CodeInternal, Text: text},
	}
	p.decision = Decision{
		Taken: 1, Answers: []schema.Answer{answer}, Order: []int{0}, At: at,
		Events: []schema.Event{{Kind: schema.EventCulprit, At: at, By: in.By, Code: schema.CodeInternal, Text: in.Kind + " of " + in.By.String() + " refused: " + schema.ShortenBytes(why.Error(), 500)}},
	}
	for _, key := range idKeys(in) {
		p.decision.Changes = append(p.decision.Changes, Change{schema.KeyID, key, &schema.Remembered{
			Fingerprint: in.Fingerprint, Answer: answer, Until: at.Add(schema.RememberID),
		}})
	}
	if in.Inbox > 0 {
		p.decision.Changes = append(p.decision.Changes, Change{schema.KeyInbox, "", &schema.InboxDocument{Created: q.inbox, Sequence: in.Inbox}})
	}
	if err := a.encode(p); err != nil {
		return nil, fmt.Errorf("recording a message that can't be decided: %w", err)
	}
	a.log.Error("an input can't be decided: it is recorded as refused", "kind", in.Kind, "by", in.By.String(), "id", in.ID, "error", why)
	return p, nil
}

// by is how the log names this replica.
func (a *Actor) by() schema.By {
	return schema.By{Role: schema.RoleController, Name: schema.CleanName(a.config.Replica), Via: schema.ViaController}
}

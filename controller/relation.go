package controller

import (
	"expertcontroller/schema"
)

// related answers a request while another recovery is under way: its relation
// decides, and busy is the answer to everything that does not fit.
func (d *draft) related(in *Input, m *schema.Request) schema.Answer {
	rel := m.Relation
	if rel == nil {
		return d.busy(in, m, "")
	}
	kind, under := rel.Kind, d.recovery(d.underWay)
	if kind == schema.ByPriority {
		kind = schema.Postpone
		if m.Priority > under.Priority {
			kind = schema.Preempt
		}
	}
	fits := rel.To == under.Token || rel.To == "" && rel.Kind == schema.ByPriority
	if kind == schema.Continue {
		return d.continues(in, m, fits)
	}
	switch {
	case !fits:
		return d.busy(in, m, rel.To+" is not under way (any more); ")
	case d.queueFull():
		return d.reject(in, schema.CodeQueueFull, "the queue is full; ask again later", m)
	case kind == schema.Preempt:
		return d.preempts(in, m, under.Token)
	}
	r := d.add(in, m)
	d.requested(r, in, "postponed until "+under.Token+" has ended")
	d.postpone(r, schema.CodeQueued, controllerBy, "waits until "+under.Token+" has ended")
	return schema.Answer{Verdict: schema.AcceptedToPostpone, Token: r.Token, Reason: r.Reason}
}

// preempts makes the recovery under way give way. The new one waits in front of the
// queue until the other has stopped.
func (d *draft) preempts(in *Input, m *schema.Request, under string) schema.Answer {
	r := d.add(in, m)
	d.requested(r, in, "accepted; "+under+" gives way")
	d.postpone(r, schema.CodePreempting, controllerBy, "waits until "+under+" has stopped")
	d.happen(under, happening{what: preempted, by: in.By, by2: r.Token})
	d.turn()
	return schema.Answer{Verdict: schema.AcceptedWithPreemption, Token: r.Token, Reason: reason("", under+" gives way"), Prompt: promptID(r)}
}

// continues adds the problem to the recovery named, and lets it go on where it is
// observing. It may be the one under way or a postponed one.
func (d *draft) continues(in *Input, m *schema.Request, fits bool) schema.Answer {
	to := d.recovery(m.Relation.To)
	if !fits && (to == nil || to.State != schema.Postponed) {
		return d.busy(in, m, m.Relation.To+" is not under way (any more); ")
	}
	sit := situationOf(to)
	if sit == stopping || sit == unclear && stopReason(to) == schema.StopInterrupted {
		return d.busy(in, m, to.Token+" was told to stop; ")
	}
	if (sit == observing || sit == probing || sit == waiting) && noStepLeft(to) {
		return d.afresh(in, m, to.Token)
	}
	problem := problemOf(in.By, m)
	if !roomFor(to, &problem) {
		return d.busy(in, m, to.Token+" covers as many problems as it can hold; ")
	}
	a := d.join(in, m, to.Token, "its problem is added to "+to.Token)
	d.happen(to.Token, happening{what: continued, by: in.By, adds: &problem})
	return a
}

// noStepLeft tells whether nothing could follow the step that the recovery is at.
func noStepLeft(r *schema.Status) bool {
	return stepFrom(r, r.Step) >= len(r.Steps)
}

// afresh ends the recovery that has no step left, lets the queue go first, and
// decides the request as a new one.
func (d *draft) afresh(in *Input, m *schema.Request, old string) schema.Answer {
	r := d.edit(old)
	d.withdraw(r, in.By, "the problem is back")
	d.fail(r, schema.CodeNoEffect, in.By)
	d.turn()
	if d.underWay == "" {
		return d.accept(in, m)
	}
	return d.busy(in, m, old+" had no step left; ")
}

func (d *draft) busy(in *Input, m *schema.Request, before string) schema.Answer {
	text, blocked := d.said.busy(d.recovery(d.underWay))
	a := d.reject(in, schema.CodeBusy, before+text, m)
	a.BlockedBy = blocked
	return a
}

// busySaid is what was said last to a request that came while another recovery was under
// way. The same condition makes an expert ask again and again: then it need not be put
// together each time. It is never changed, so that many answers may share it.
type busySaid struct {
	title, text string
	by          *schema.BlockedBy
}

// busy says that the recovery is under way, and with which problems.
func (s *busySaid) busy(under *schema.Status) (string, *schema.BlockedBy) {
	same := s.by != nil && s.by.Token == under.Token && s.title == under.Problems[0].Title && len(s.by.Problems) == len(under.Problems)
	for i := 0; same && i < len(under.Problems); i++ {
		same = s.by.Problems[i] == under.Problems[i].ID
	}
	if !same {
		s.title, s.by = under.Problems[0].Title, blockedBy(under)
		s.text = under.Token + " is under way (" + s.title + "); ask again with a relation to it (preempt, continue, postpone), or when it has ended"
	}
	return s.text, s.by
}

// blockedBy names the recovery under way and its problems.
func blockedBy(under *schema.Status) *schema.BlockedBy {
	b := new(struct {
		schema.BlockedBy
		one [1]string // most have one problem
	})
	b.Token, b.Problems = under.Token, b.one[:0]
	for i := range under.Problems {
		b.Problems = append(b.Problems, under.Problems[i].ID)
	}
	return &b.BlockedBy
}

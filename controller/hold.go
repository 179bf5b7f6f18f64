package controller

import (
	"time"

	"expertcontroller/schema"
)

// holdKey names what is held: the kind of problem where its request gave a key, else
// this one occurrence; never a key that was only a default.
func holdKey(expert, key, problem string) string {
	if key != "" {
		return expert + "/key/" + key
	}
	return expert + "/problem/" + problem
}

// held gives the hold in force for a problem, or nil.
func (d *draft) held(owner string, p *schema.Problem) *schema.HoldDocument {
	if len(d.base.holds) == 0 && !d.changed.any(schema.KeyHold) {
		return nil
	}
	for _, key := range []string{holdKey(owner, p.Key, p.ID), holdKey(owner, "", p.ID)} {
		if h := get(d, schema.KeyHold, key, d.base.holds); h != nil && h.Until.After(d.now) {
			return h
		}
	}
	return nil
}

// heldOf gives the hold in force for a problem of a recovery that is still there, or nil:
// one that was taken in before it was held.
func (d *draft) heldOf(r *schema.Status) *schema.HoldDocument {
	for i := range r.Problems {
		p := &r.Problems[i]
		if p.Cleared != nil {
			continue
		}
		same := schema.Problem{ID: p.ID}
		if p.KeyGiven {
			same.Key = p.Key
		}
		if h := d.held(ownerOf(p), &same); h != nil {
			return h
		}
	}
	return nil
}

// hold keeps the recovery's problems away for a while, after a decline or an interrupt.
func (d *draft) hold(r *schema.Status, why string, h *happening) {
	span := d.limits.hold
	if h.decide != nil && h.decide.Hold != nil {
		span = h.decide.Hold.D()
	}
	if span <= 0 {
		return
	}
	note := h.note
	if 2*len(r.Problems)*schema.TextSize(note) > schema.MaxBatch/2 {
		note = "" // it stands in what the operator said, and would be repeated with each problem
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		key := ""
		if p.KeyGiven {
			key = p.Key
		}
		d.holdFor(&schema.HoldDocument{Expert: ownerOf(p), Key: key, Problem: p.ID, By: h.by, Why: why, Token: r.Token, Note: note}, span)
	}
}

// holdFor keeps what doc names away for a while. What follows from a decline or an
// interrupt never shortens a hold that is in force; only who sets one says how long.
func (d *draft) holdFor(doc *schema.HoldDocument, span time.Duration) {
	doc.At, doc.Until = d.now, d.now.Add(span)
	what := doc.Key
	if what == "" {
		what = "problem " + doc.Problem
	} else if doc.Token != "" {
		doc.Problem = ""
	}
	key := holdKey(doc.Expert, doc.Key, doc.Problem)
	if h := get(d, schema.KeyHold, key, d.base.holds); h != nil && doc.Token != "" && h.Until.After(doc.Until) {
		return
	}
	d.put(schema.KeyHold, key, doc)
	d.size += 400 + 3*schema.TextSize(key) + 2*schema.TextSize(doc.Note)
	d.event(schema.EventHeld, nil, doc.By, "holds "+what+" of "+doc.Expert+" until "+clock(doc.Until, d.now)+note(doc.Note)).Token = doc.Token
}

func (d *draft) setHold(in *Input, m *schema.Hold) schema.Answer {
	if m.For > 0 {
		d.holdFor(&schema.HoldDocument{Expert: m.Expert, Key: m.Key, Problem: m.Problem, By: in.By, Why: "set", Note: m.Note}, m.For.D())
		return schema.Answer{Verdict: schema.Recorded}
	}
	// A name alone is an expert's; where no hold of an expert's is meant, an operator's.
	for _, whose := range []string{m.Expert, owner(schema.By{Role: schema.RoleOperator, Name: m.Expert})} {
		key := holdKey(whose, m.Key, m.Problem)
		if h := get(d, schema.KeyHold, key, d.base.holds); h == nil || !h.Until.After(d.now) {
			continue
		}
		d.put(schema.KeyHold, key, nil)
		d.event(schema.EventHoldLifted, nil, in.By, "lifts the hold on "+key+note(m.Note))
		return schema.Answer{Verdict: schema.Recorded}
	}
	return schema.Answer{Verdict: schema.Ignored, Reason: reason(schema.CodeUnknown, "nothing of that kind is held")}
}

package controller

import (
	"time"

	"expertcontroller/schema"
)

// record is a request that never becomes a recovery, rejected or joined: a token and a
// document, but no part of the state. Its document follows from what stands here, and is
// made when it is written: an expert that asks again and again brings many of them, and a
// whole status each would be most of what deciding allocates.
type record struct {
	system, token string
	entry         uint64
	at            time.Time
	by            schema.By
	simulated     bool

	state  string
	reason schema.Reason
	joined string
	// kind and text are its event's.
	kind, text string

	request given
}

// newRecord makes the record of a request, with a token of its own.
func (d *draft) newRecord(in *Input, m *schema.Request, state string, why schema.Reason) *record {
	return &record{
		system: d.base.System, token: d.nextToken(), entry: d.entry, at: d.now, by: in.By, simulated: d.base.simulated,
		state: state, reason: why, request: given{raw: in.Raw, message: m},
	}
}

// record keeps what is recorded, with the line that tells of it.
func (d *draft) record(r *record, kind, text string) *schema.Event {
	r.kind, r.text = kind, text
	d.change(schema.KeyRecord, r.token, r)
	d.change(schema.KeyRequest, r.token, &r.request)
	m := r.request.message
	d.size += requestSize(m) + bareSize + problemSize(m.Problem.ID, m.Problem.Key, m.Problem.Title, m.Problem.Description, m.Problem.Context)
	e := d.event(kind, nil, r.by, text)
	e.Token = r.token
	return e
}

// status makes the document.
func (r *record) status() *schema.Status {
	m, ended := r.request.message, r.at
	return &schema.Status{
		Type: statusType, Token: r.token, System: r.system, Revision: 1, Entry: r.entry,
		State: r.state, Terminal: true, Reason: r.reason, Joined: r.joined,
		AskedBy: r.by, RequestID: m.ID, Priority: m.Priority, Request: m, Simulated: r.simulated,
		Problems: []schema.ProblemStatus{problemOf(r.by, m)}, Steps: []schema.StepStatus{},
		Event:   schema.Event{Kind: r.kind, At: r.at, By: r.by, Text: r.text, Token: r.token},
		Created: r.at, Updated: r.at, Ended: &ended,
	}
}

// MarshalJSON writes the document.
func (r *record) MarshalJSON() ([]byte, error) { return schema.Encode(r.status()) }

// statusOf gives the status that a change is about, or nil.
func statusOf(c *Change) *schema.Status {
	switch v := c.Value.(type) {
	case *schema.Status:
		return v
	case *record:
		return v.status()
	}
	return nil
}

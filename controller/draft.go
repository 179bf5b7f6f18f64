package controller

import (
	"slices"
	"time"

	"expertcontroller/schema"
)

// draft is a decision in the making: the state as it was, and what has changed on
// top of it. Documents are copied before they change.
type draft struct {
	base  *State
	now   time.Time
	entry uint64
	dec   Decision
	rooms rooms
	said  busySaid

	// edited are the recoveries that have changed so far; counter and inbox are the
	// draft's own copies, once they have. Nearly every input meets these, so that they
	// are not looked up by name, as everything else that has changed is.
	edited  []*schema.Status
	counter *schema.CounterDocument
	inbox   *schema.InboxDocument
	changed changed
	// last is the recovery of the state that was looked up last: mostly the one under way.
	last     *schema.Status
	open     []string
	underWay string
	limits   *limits
	size     int        // what the entry is expected to take, in bytes
	most     int        // with how much of that it takes nothing further
	shared   *time.Time // see instant
	what     happening  // what happens just now: no cell makes anything else happen
}

// newDraft begins a decision. The draft itself is the state's scratch, with what its lists
// have grown to; only what becomes the decision is allocated.
func newDraft(s *State, now time.Time, inputs int) *draft {
	d := &s.scratch
	d.base, d.now, d.entry = s, now, s.Position.Entry+1
	d.rooms.begin(&d.dec, inputs)
	d.dec.At, d.dec.Taken, d.dec.Ring = now, 0, nil // as a panic may have left them
	d.counter, d.inbox, d.last, d.shared = nil, nil, nil, nil
	d.edited = d.edited[:0]
	d.changed.reset()
	d.open, d.underWay, d.limits = append(d.open[:0], s.open...), s.underWay, &s.limits
	d.size, d.most = 1024, schema.MaxBatch
	return d
}

// done gives the decision away. What it points to is not the scratch's any more.
func (d *draft) done() Decision {
	d.rooms.end(&d.dec)
	dec := d.dec
	if d.rooms.own { // a small one is overwritten soon, and clearing it takes as long as making it
		d.dec = Decision{}
	}
	clear(d.edited)
	return dec
}

// requests is how many tokens were given out.
func (d *draft) requests() uint64 {
	if d.counter != nil {
		return d.counter.Requests
	}
	return d.base.counter.Requests
}

// nextToken gives out a token.
func (d *draft) nextToken() string {
	if d.counter == nil {
		counter := d.base.counter
		d.counter = &counter
		d.change(schema.KeyCounter, "", d.counter)
	}
	d.counter.Requests++
	return schema.Token(d.base.System, d.counter.Requests)
}

// recovery gives a recovery to read, or nil.
func (d *draft) recovery(token string) *schema.Status {
	for i := len(d.edited) - 1; i >= 0; i-- {
		if d.edited[i].Token == token {
			return d.edited[i]
		}
	}
	if d.last == nil || d.last.Token != token {
		d.last = d.base.recoveries[token]
	}
	return d.last
}

// edit gives a recovery to change. It is copied the first time.
func (d *draft) edit(token string) *schema.Status {
	for i := len(d.edited) - 1; i >= 0; i-- {
		if d.edited[i].Token == token {
			return d.edited[i]
		}
	}
	old := d.base.recoveries[token]
	// What no rule changes in place is shared with the old one: prompt and stop are
	// replaced whole, problems are copied where one clears or is added.
	r := *old
	r.Steps = slices.Clone(old.Steps)
	for i := range r.Steps {
		r.Steps[i].Attempts = slices.Clone(old.Steps[i].Attempts)
	}
	r.Probes = slices.Clone(old.Probes)
	r.ClosedPrompts = slices.Clip(old.ClosedPrompts)
	r.Revision++
	r.Entry, r.Updated = d.entry, d.now
	d.edited = append(d.edited, &r)
	d.change(schema.KeyRecovery, token, &r)
	d.size += sizeOf(&r)
	return &r
}

// add brings the recovery that a request asks for into the state.
func (d *draft) add(in *Input, m *schema.Request) *schema.Status {
	made := d.newRecovery(in, m)
	r := &made.Status
	d.edited = append(d.edited, r)
	d.change(schema.KeyRecovery, r.Token, r)
	// The request stands behind its status; the entry's input leaves it out.
	d.change(schema.KeyRequest, r.Token, &made.given)
	d.size += requestSize(m) + sizeOf(r)
	d.open = insertToken(d.open, r.Token)
	return r
}

func (d *draft) mode() string {
	if v, changed := d.look(schema.KeyMode, ""); changed {
		return v.(*schema.ModeDocument).Mode
	}
	if d.base.mode != nil {
		return d.base.mode.Mode
	}
	return d.limits.mode
}

func (d *draft) agent(name string) *schema.AgentDocument {
	return get(d, schema.KeyAgent, name, d.base.agents)
}

// state changes a recovery's state; everything that hangs on it follows here.
func (d *draft) state(r *schema.Status, state string) {
	r.State = state
	r.Terminal = schema.Terminal(state)
	r.Deadline = nil
	switch {
	case schema.UnderWay(state):
		d.underWay = r.Token
	case d.underWay == r.Token:
		d.underWay = ""
	}
	if r.Terminal {
		r.Ended = d.instant()
		if i := slices.Index(d.open, r.Token); i >= 0 {
			d.open = slices.Delete(d.open, i, i+1)
		}
	}
	r.PollAfter = pollAfter(state)
}

// pollAfter is the hint for those who poll: often while things move.
func pollAfter(state string) schema.Duration {
	switch {
	case schema.Terminal(state):
		return 0
	case state == schema.Running, state == schema.Stopping:
		return schema.Duration(time.Second)
	case state == schema.Postponed:
		return schema.Duration(5 * time.Second)
	}
	return schema.Duration(2 * time.Second)
}

// instant gives the decision's time to documents that point to it. They share it: nothing
// is written through such a pointer.
func (d *draft) instant() *time.Time {
	if d.shared == nil {
		t := d.now
		d.shared = &t
	}
	return d.shared
}

func (d *draft) deadline(r *schema.Status, after time.Duration) {
	t := d.now.Add(after)
	r.Deadline = &t
}

// event records a line of the audit trail about a recovery. It does not change the
// recovery's document: say calls that.
func (d *draft) event(kind string, r *schema.Status, by schema.By, text string) *schema.Event {
	e := schema.Event{Kind: kind, At: d.now, By: by, Text: text}
	if r != nil {
		e.Token, e.Step = r.Token, r.Step
	}
	d.dec.Events = append(d.dec.Events, e)
	d.size += 250 + len(text)
	return &d.dec.Events[len(d.dec.Events)-1]
}

// say records a line that is also the recovery's last event.
func (d *draft) say(kind string, r *schema.Status, by schema.By, text string) *schema.Event {
	e := d.event(kind, r, by, text)
	r.Event = *e
	return e
}

// sayAttempt is say about an attempt.
func (d *draft) sayAttempt(kind string, r *schema.Status, a *schema.Attempt, by schema.By, text string) {
	e := d.event(kind, r, by, text)
	e.Attempt = a.Number
	r.Event = *e
}

func (d *draft) ring(agent string) {
	if agent != "" && !slices.Contains(d.dec.Ring, agent) {
		d.dec.Ring = append(d.dec.Ring, agent)
	}
}

var controllerBy = schema.By{Role: schema.RoleController, Name: "controller", Via: schema.ViaController}

func reason(code, text string) schema.Reason { return schema.Reason{Code: code, Text: text} }

// clock writes a time for a sentence that is said now: with its day, where that is not today.
func clock(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05Z")
	}
	return t.Format("2006-01-02 15:04:05Z")
}

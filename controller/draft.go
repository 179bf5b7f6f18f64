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
	dec   *Decision

	// edited are the recoveries that have changed so far; counter and inbox are the
	// draft's own copies, once they have. Nearly every input meets these, so that they
	// are not looked up by key.
	edited  []*schema.Status
	counter *schema.CounterDocument
	inbox   *schema.InboxDocument
	// keyed are the positions in dec.Changes of everything else; index finds them once
	// they are many.
	keyed    []int
	index    map[string]int
	open     []string
	underWay string
	limits   *limits
	size     int // what the entry is expected to take, in bytes
}

func newDraft(s *State, now time.Time, inputs int) *draft {
	return &draft{
		base: s, now: now, entry: s.Position.Entry + 1,
		dec: &Decision{
			At: now, Answers: make([]schema.Answer, inputs), Order: make([]int, 0, inputs),
			Events: make([]schema.Event, 0, inputs+inputs/2+2), Changes: make([]Change, 0, 2*inputs), Rulings: make([]Ruling, 0, inputs),
		},
		open: s.open, underWay: s.underWay, limits: &s.limits,
		size: 1024,
	}
}

// indexFrom is how many changes are looked through one by one: a map for each input
// costs more than it saves.
const indexFrom = 12

func (d *draft) find(key string) int {
	if d.index != nil {
		if i, ok := d.index[key]; ok {
			return i
		}
		return -1
	}
	for _, i := range d.keyed {
		if d.dec.Changes[i].Key == key {
			return i
		}
	}
	return -1
}

// put changes a document that is found by its key.
func (d *draft) put(key string, v any) {
	if i := d.find(key); i >= 0 {
		d.dec.Changes[i].Value = v
		return
	}
	d.keyed = append(d.keyed, len(d.dec.Changes))
	d.change(key, v)
	switch n := len(d.keyed); {
	case d.index != nil:
		d.index[key] = d.keyed[n-1]
	case n == indexFrom:
		d.index = make(map[string]int, 8*indexFrom)
		for _, i := range d.keyed {
			d.index[d.dec.Changes[i].Key] = i
		}
	}
}

// change adds a document that nothing looks up again by its key.
func (d *draft) change(key string, v any) { d.dec.Changes = append(d.dec.Changes, Change{key, v}) }

// look gives a document as it stands in this draft: changed, removed (nil, true) or
// untouched (nil, false).
func (d *draft) look(key string) (any, bool) {
	if i := d.find(key); i >= 0 {
		return d.dec.Changes[i].Value, true
	}
	return nil, false
}

func get[T any](d *draft, kind, name string, base map[string]*T) *T {
	if len(d.keyed) > 0 {
		if v, changed := d.look(kind + name); changed {
			if v == nil {
				return nil
			}
			return v.(*T)
		}
	}
	return base[name]
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
		d.change(schema.KeyCounter, d.counter)
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
	return d.base.recoveries[token]
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
	d.change(schema.KeyRecovery+token, &r)
	d.size += sizeOf(&r)
	return &r
}

// add brings a new recovery into the state.
func (d *draft) add(r *schema.Status, in *Input) {
	d.edited = append(d.edited, r)
	d.change(schema.KeyRecovery+r.Token, r)
	d.keepRequest(r, in)
	d.size += sizeOf(r)
	d.open = insertToken(slices.Clone(d.open), r.Token)
}

func (d *draft) mode() string {
	if v, changed := d.look(schema.KeyMode); changed {
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
		ended := d.now
		r.Ended = &ended
		if i := slices.Index(d.open, r.Token); i >= 0 {
			d.open = slices.Delete(slices.Clone(d.open), i, i+1)
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

// clock writes a time for a sentence.
func clock(t time.Time) string { return t.UTC().Format("15:04:05Z") }

package controller

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"expertcontroller/schema"
)

const (
	// agentsMost is how many agents a system knows at most. Each holds what it offers in
	// the state, for as long as it is known.
	agentsMost = 256
	// seenEvery is how often the log notes that an agent which offers the same as before is
	// still there; unseenFor is how long one may be away before it is forgotten.
	seenEvery = 24 * time.Hour
	unseenFor = 30 * 24 * time.Hour
)

// offered keeps what an agent offers, and forgets those that are long gone.
func (d *draft) offered(in *Input, m *schema.Offered) schema.Answer {
	name := in.By.Name
	d.forgetAgents(name)
	doc := &schema.AgentDocument{Name: name, Actions: m.Actions, Simulated: m.Simulated, Since: d.now, Seen: d.now}
	known := d.agent(name)
	if known == nil && d.agents() >= agentsMost {
		full := tooManyAgents()
		return schema.Answer{Verdict: schema.Refused, Reason: reason(full.Reason, full.Text)}
	}
	if known != nil && sameOffer(known, m.Actions, m.Simulated) {
		doc.Since = known.Since
	} else {
		d.event(schema.EventOffers, nil, in.By, "offers "+actionNames(m.Actions))
	}
	d.put(schema.KeyAgent, name, doc)
	d.size += 400 * (1 + len(m.Actions))
	return schema.Answer{Verdict: schema.Recorded}
}

// forgetAgents forgets the agents that the log has not seen for long, unless an open
// recovery names them. It is done when an agent is logged, so that it needs no deadline.
func (d *draft) forgetAgents(but string) {
	for _, name := range slices.Sorted(maps.Keys(d.base.agents)) { // the same state leads to the same entry
		doc := d.agent(name)
		if name == but || doc == nil || !d.forgettable(doc) {
			continue
		}
		d.put(schema.KeyAgent, name, nil)
		d.event(schema.EventAgentForgotten, nil, controllerBy, "agent "+name+" has not been there since "+day(doc)+"; what it offered is forgotten")
	}
}

func day(doc *schema.AgentDocument) string { return seen(doc).UTC().Format(time.DateOnly) }

// seen is when the log noted last that an agent is there.
func seen(doc *schema.AgentDocument) time.Time {
	if doc.Seen.IsZero() {
		return doc.Since // logged before that was noted
	}
	return doc.Seen
}

// away tells whether an agent was not seen for so long that it may be forgotten.
func away(doc *schema.AgentDocument, now time.Time) bool { return now.Sub(seen(doc)) >= unseenFor }

// forgettable tells whether an agent is long gone, and nothing that is open names it, as
// all stands in this draft.
func (d *draft) forgettable(doc *schema.AgentDocument) bool {
	return away(doc, d.now) && !slices.ContainsFunc(d.open, func(token string) bool { return names(d.recovery(token), doc.Name) })
}

// forgettable tells the same of the state.
func (s *State) forgettable(doc *schema.AgentDocument, now time.Time) bool {
	return away(doc, now) && !slices.ContainsFunc(s.open, func(token string) bool { return names(s.recoveries[token], doc.Name) })
}

// names tells whether a recovery has to do with an agent.
func names(r *schema.Status, agent string) bool {
	its := func(a schema.Attempt) bool { return a.Agent == agent }
	return slices.ContainsFunc(r.Probes, its) || slices.ContainsFunc(r.Steps, func(s schema.StepStatus) bool {
		return s.Agent == agent || slices.ContainsFunc(s.Attempts, its)
	})
}

// agents counts the known agents as they stand in this draft.
func (d *draft) agents() int {
	n := len(d.base.agents)
	for _, c := range d.dec.Changes {
		if c.Kind != schema.KeyAgent {
			continue
		}
		_, before := d.base.agents[c.Name]
		switch after := c.Value != nil; {
		case after && !before:
			n++
		case before && !after:
			n--
		}
	}
	return n
}

// roomForAgent says why an agent that is not known yet can't be taken in, if so.
func (s *State) roomForAgent(now time.Time) *schema.Error {
	if len(s.agents) < agentsMost {
		return nil
	}
	for _, doc := range s.agents {
		if s.forgettable(doc, now) {
			return nil
		}
	}
	return tooManyAgents()
}

func tooManyAgents() *schema.Error {
	return &schema.Error{
		Type: schema.Type(schema.KindError), Code: 503, Reason: schema.CodeFull,
		Text: fmt.Sprintf("as many agents are known as may be (%d): use the name of one that is gone, or wait until one that is away for %d days is forgotten", agentsMost, unseenFor/(24*time.Hour)),
	}
}

// OffersChanged gives the input to log when what an agent offers is not in the log yet,
// or was noted there long ago.
func (s *State) OffersChanged(agent string, next *schema.Next, now time.Time) *schema.Offered {
	doc := s.agents[agent]
	if doc != nil && sameOffer(doc, next.Actions, next.Simulated) && now.Sub(seen(doc)) < seenEvery {
		return nil
	}
	return &schema.Offered{Type: schema.Type(schema.KindOffered), Actions: next.Actions, Simulated: next.Simulated}
}

func sameOffer(doc *schema.AgentDocument, actions []schema.Action, simulated bool) bool {
	return doc.Simulated == simulated && (len(doc.Actions) == 0 && len(actions) == 0 || reflect.DeepEqual(doc.Actions, actions))
}

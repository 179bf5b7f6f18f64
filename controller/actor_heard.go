package controller

import (
	"sync"
	"time"

	"expertcontroller/schema"
)

const (
	// presentFor is how long an agent counts as present after it was heard: it asks every
	// second, and every five at least.
	presentFor = 6 * time.Second
	// heardMost bounds the agents that a replica keeps in mind: names are the callers'.
	heardMost = 1024
)

// presence is which agents a replica has heard, and when. It is no part of the state and
// of no decision: it only tells who asks whether an agent is there, and keeps apart two
// processes that ask under one name.
type presence struct {
	mu sync.Mutex
	// since is when this replica began to hear what agents say.
	since  time.Time
	agents map[string]*heardAgent
}

// heardAgent is what was heard under one name.
type heardAgent struct {
	at time.Time
	// instance is the process that is served: the first one; it asked at asked last.
	instance string
	asked    time.Time
	// rival is another process that asks under this name. Only when the first one is heard
	// after it, it is no restart: doubled is when that was noticed last.
	rival   string
	rivalAt time.Time
	doubled time.Time
}

// listen notes that from now on everything that agents say is heard here.
func (p *presence) listen(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since = now
}

// hear notes a message of an agent. instance is empty where the message names none.
func (p *presence) hear(agent, instance string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.agents[agent]
	if h == nil {
		h = p.add(agent, now)
	}
	h.at = now
	switch {
	case instance == "":
	case h.instance == instance:
		h.asked = now
		if h.rival != "" && now.Sub(h.rivalAt) < presentFor {
			h.doubled = now
		}
	case h.instance == "", now.Sub(h.asked) >= presentFor:
		*h = heardAgent{at: now, instance: instance, asked: now}
	default:
		h.rival, h.rivalAt = instance, now
	}
}

// add makes room for another name: whoever was heard longest ago is forgotten.
func (p *presence) add(agent string, now time.Time) *heardAgent {
	if p.agents == nil {
		p.agents = map[string]*heardAgent{}
	}
	if len(p.agents) >= heardMost {
		oldest := ""
		for name, h := range p.agents {
			if oldest == "" || h.at.Before(p.agents[oldest].at) {
				oldest = name
			}
		}
		delete(p.agents, oldest)
	}
	h := &heardAgent{at: now}
	p.agents[agent] = h
	return h
}

// taken tells whether another process is served under this agent's name.
func (p *presence) taken(agent, instance string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.agents[agent]
	return h != nil && instance != "" && h.instance != instance && now.Sub(h.doubled) < presentFor
}

// seenAgents is what replicas tell one another about the agents that they hear.
type seenAgents struct {
	Since  time.Time            `json:"since"`
	Agents map[string]seenAgent `json:"agents,omitempty"`
}

type seenAgent struct {
	At      time.Time `json:"at"`
	Doubled bool      `json:"doubled,omitzero"`
}

func (p *presence) seen(now time.Time) seenAgents {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := seenAgents{Since: p.since, Agents: make(map[string]seenAgent, len(p.agents))}
	for name, h := range p.agents {
		out.Agents[name] = seenAgent{At: h.at, Doubled: now.Sub(h.doubled) < presentFor}
	}
	return out
}

// fill says of an agent what two replicas know of its presence: this one, and the one
// to which everything is forwarded. Without that one's word nobody can say "away".
func fill(doc *schema.AgentDocument, own, preferred *seenAgents, now time.Time) {
	doc.Presence = schema.PresenceUnknown
	last := own.Agents[doc.Name]
	if preferred != nil {
		if there := preferred.Agents[doc.Name]; there.At.After(last.At) {
			last.At = there.At
		}
		last.Doubled = last.Doubled || preferred.Agents[doc.Name].Doubled
	}
	if !last.At.IsZero() {
		at := last.At
		doc.LastHeard, doc.Doubled = &at, last.Doubled
	}
	switch {
	case now.Sub(last.At) < presentFor:
		doc.Presence = schema.Present
	case preferred != nil && now.Sub(preferred.Since) >= presentFor:
		doc.Presence = schema.Away
	}
}

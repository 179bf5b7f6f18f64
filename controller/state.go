package controller

import (
	"slices"
	"strings"
	"time"

	"expertcontroller/schema"
)

// State is a system as its log tells it: keyed documents, and indexes derived from
// them. Step reads it and changes nothing; only folding an entry changes it.
type State struct {
	System string
	// Position is where in the log this state stands; At is that entry's time.
	Position schema.Position
	At       time.Time
	// Preferred is the replica that appended last.
	Preferred string
	// InboxCreated is the creation time of the inbox stream that inputs come from.
	InboxCreated time.Time

	recoveries map[string]*schema.Status
	requests   map[string]*given // as they came in, for checkpoints
	ids        map[string]*schema.Remembered
	clears     map[string]*schema.ClearedProblem
	holds      map[string]*schema.HoldDocument
	agents     map[string]*schema.AgentDocument
	experts    map[string]*schema.ExpertDocument
	counter    schema.CounterDocument
	breaker    schema.BreakerDocument
	mode       *schema.ModeDocument
	policy     *schema.PolicyDocument
	retention  *schema.RetentionDocument
	inbox      schema.InboxDocument

	limits   limits
	open     []string   // tokens of open recoveries, in the order of their numbers
	ended    []endedOne // ended recoveries that are still part of the state, oldest first
	underWay string
	// simulated: an agent that plays its actions serves the system, so that no record of
	// it is taken for a real one.
	simulated bool
	secrets   map[string][]string // see Secrets; never changed in place
	expiring  [2]expiring         // ids and clears

	// scratch is what Step works in, so that it is not allocated for each call. It is no part
	// of the state: nothing in it outlives the call, so that one call at a time may use it.
	scratch draft
}

// endedOne names a recovery that has ended, and when: each decision looks at the oldest.
type endedOne struct {
	token string
	at    time.Time
}

// NewState gives the state of a system whose log is empty.
func NewState(system string) *State {
	return &State{
		System:     system,
		recoveries: map[string]*schema.Status{},
		requests:   map[string]*given{},
		ids:        map[string]*schema.Remembered{},
		clears:     map[string]*schema.ClearedProblem{},
		holds:      map[string]*schema.HoldDocument{},
		agents:     map[string]*schema.AgentDocument{},
		experts:    map[string]*schema.ExpertDocument{},
		limits:     newLimits(schema.Policy{}),
	}
}

// Recovery gives a recovery that is part of the state, or nil. It must not be changed.
func (s *State) Recovery(token string) *schema.Status { return s.recoveries[token] }

// UnderWay gives the recovery that occupies the system, or nil.
func (s *State) UnderWay() *schema.Status { return s.recoveries[s.underWay] }

// Open lists the open recoveries' tokens, oldest first. The list must not be kept.
func (s *State) Open() []string { return s.open }

// Requests is how many tokens were given out.
func (s *State) Requests() uint64 { return s.counter.Requests }

// Inbox is how far the inbox has been decided.
func (s *State) Inbox() schema.InboxDocument { return s.inbox }

// Mode is the mode in force.
func (s *State) Mode() string {
	if s.mode != nil {
		return s.mode.Mode
	}
	return s.limits.mode
}

// Policy is the policy in force, or nil when the defaults are.
func (s *State) Policy() *schema.PolicyDocument { return s.policy }

// Agents gives what each agent offers. It must not be changed.
func (s *State) Agents() map[string]*schema.AgentDocument { return s.agents }

// Full tells whether the system remembers as much as it may: new inputs have to wait.
// When something may be forgotten by now they need not: the next decision forgets it,
// and without one nothing would ever be.
func (s *State) Full(now time.Time) bool {
	return len(s.ids)+len(s.clears) >= schema.MaxRemembered &&
		len(s.expiring[0].due(now, 1, s.outlivedID)) == 0 && len(s.expiring[1].due(now, 1, s.outlivedClear)) == 0
}

// Known gives the answer that an input's id already got, if its content is the same. A
// silent expert's repeat is left to Step: it ends the silence.
func (s *State) Known(in *Input) (schema.Answer, bool) {
	if in.By.Role == schema.RoleExpert && s.experts[in.By.Name] != nil {
		return schema.Answer{}, false
	}
	for _, key := range idKeys(in) {
		if r := s.ids[key]; r != nil && r.Fingerprint == in.Fingerprint {
			return r.Answer, true
		}
	}
	return schema.Answer{}, false
}

// Documents gives every document of the state, for a checkpoint, in the order of keys.
func (s *State) Documents() []Change {
	var out []Change
	add := func(kind, name string, v any) { out = append(out, Change{kind, name, v}) }
	for k, v := range s.recoveries {
		add(schema.KeyRecovery, k, v)
	}
	for k, v := range s.requests {
		add(schema.KeyRequest, k, v)
	}
	for k, v := range s.ids {
		add(schema.KeyID, k, v)
	}
	for k, v := range s.clears {
		add(schema.KeyClear, k, v)
	}
	for k, v := range s.holds {
		add(schema.KeyHold, k, v)
	}
	for k, v := range s.agents {
		add(schema.KeyAgent, k, v)
	}
	for k, v := range s.experts {
		add(schema.KeyExpert, k, v)
	}
	if s.counter.Requests > 0 {
		add(schema.KeyCounter, "", &s.counter)
	}
	if len(s.breaker.Starts) > 0 {
		add(schema.KeyBreaker, "", &s.breaker)
	}
	if s.mode != nil {
		add(schema.KeyMode, "", s.mode)
	}
	if s.policy != nil {
		add(schema.KeyPolicy, "", s.policy)
	}
	if s.retention != nil {
		add(schema.KeyRetention, "", s.retention)
	}
	if s.inbox.Sequence > 0 {
		add(schema.KeyInbox, "", &s.inbox)
	}
	slices.SortFunc(out, func(a, b Change) int {
		if a.Kind != b.Kind { // no kind begins with another
			return strings.Compare(a.Kind, b.Kind)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

package controller

import (
	"encoding/json"
	"fmt"
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
	ids        map[string]*schema.Remembered
	clears     map[string]*schema.ClearedProblem
	holds      map[string]*schema.HoldDocument
	agents     map[string]*schema.AgentDocument
	experts    map[string]*schema.ExpertDocument
	counter    schema.CounterDocument
	breaker    schema.BreakerDocument
	mode       *schema.ModeDocument
	policy     *schema.PolicyDocument
	inbox      schema.InboxDocument

	limits   limits
	open     []string // tokens of open recoveries, in the order of their numbers
	ended    []string // tokens of ended recoveries that are still part of the state, oldest first
	underWay string
	expiring [2]expiring // ids and clears
}

// NewState gives the state of a system whose log is empty.
func NewState(system string) *State {
	return &State{
		System:     system,
		recoveries: map[string]*schema.Status{},
		ids:        map[string]*schema.Remembered{},
		clears:     map[string]*schema.ClearedProblem{},
		holds:      map[string]*schema.HoldDocument{},
		agents:     map[string]*schema.AgentDocument{},
		experts:    map[string]*schema.ExpertDocument{},
		limits:     newLimits(schema.Policy{}),
	}
}

// Fold upserts one document of the log or of a store.
func (s *State) Fold(doc schema.Document) error {
	value, err := decodeDocument(doc)
	if err != nil {
		return err
	}
	s.adopt(Change{Key: doc.Key, Value: value})
	return nil
}

// FoldEntry upserts every document of an entry. The caller moves the position.
func (s *State) FoldEntry(e *schema.Entry) error {
	for _, doc := range e.Documents {
		if err := s.Fold(doc); err != nil {
			return fmt.Errorf("folding entry %d of %s: %w", e.Entry, s.System, err)
		}
	}
	s.At, s.Preferred = e.At, e.Replica
	return nil
}

// Adopt upserts what Step decided, after its entry was appended.
func (s *State) Adopt(d *Decision, replica string) {
	for _, c := range d.Changes {
		s.adopt(c)
	}
	s.At, s.Preferred = d.At, replica
}

func decodeDocument(doc schema.Document) (any, error) {
	if len(doc.Value) == 0 {
		return nil, nil
	}
	var v any
	switch prefix(doc.Key) {
	case schema.KeyRecovery:
		v = new(schema.Status)
	case schema.KeyID:
		v = new(schema.Remembered)
	case schema.KeyClear:
		v = new(schema.ClearedProblem)
	case schema.KeyHold:
		v = new(schema.HoldDocument)
	case schema.KeyAgent:
		v = new(schema.AgentDocument)
	case schema.KeyExpert:
		v = new(schema.ExpertDocument)
	case schema.KeyCounter:
		v = new(schema.CounterDocument)
	case schema.KeyBreaker:
		v = new(schema.BreakerDocument)
	case schema.KeyMode:
		v = new(schema.ModeDocument)
	case schema.KeyPolicy:
		v = new(schema.PolicyDocument)
	case schema.KeyInbox:
		v = new(schema.InboxDocument)
	default:
		return nil, nil // a record, or a document of a newer build: no part of this state
	}
	if err := json.Unmarshal(doc.Value, v); err != nil {
		return nil, fmt.Errorf("document %s: %w", doc.Key, err)
	}
	return v, nil
}

// prefix gives the part of a key that says what kind of document it is.
func prefix(key string) string {
	if i := strings.IndexByte(key, '/'); i >= 0 {
		return key[:i+1]
	}
	return key
}

func (s *State) adopt(c Change) {
	kind, name := prefix(c.Key), c.Key
	name = name[len(kind):]
	switch kind {
	case schema.KeyRecovery:
		s.adoptRecovery(name, value[schema.Status](c))
	case schema.KeyID:
		r := put(s.ids, name, value[schema.Remembered](c))
		if r != nil {
			s.expiring[0].add(name, r.Until)
		}
	case schema.KeyClear:
		r := put(s.clears, name, value[schema.ClearedProblem](c))
		if r != nil {
			s.expiring[1].add(name, r.Until)
		}
	case schema.KeyHold:
		put(s.holds, name, value[schema.HoldDocument](c))
	case schema.KeyAgent:
		put(s.agents, name, value[schema.AgentDocument](c))
	case schema.KeyExpert:
		put(s.experts, name, value[schema.ExpertDocument](c))
	case schema.KeyCounter:
		s.counter = orZero(value[schema.CounterDocument](c))
	case schema.KeyBreaker:
		s.breaker = orZero(value[schema.BreakerDocument](c))
	case schema.KeyMode:
		s.mode = value[schema.ModeDocument](c)
	case schema.KeyPolicy:
		s.policy = value[schema.PolicyDocument](c)
		s.limits = newLimits(orZero(s.policy).Policy)
	case schema.KeyInbox:
		s.inbox = orZero(value[schema.InboxDocument](c))
	}
	s.expiring[0].drop(func(k string, t time.Time) bool { r := s.ids[k]; return r == nil || !r.Until.Equal(t) })
	s.expiring[1].drop(func(k string, t time.Time) bool { r := s.clears[k]; return r == nil || !r.Until.Equal(t) })
}

func value[T any](c Change) *T {
	if c.Value == nil {
		return nil
	}
	return c.Value.(*T)
}

func orZero[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}

func put[T any](m map[string]*T, key string, v *T) *T {
	if v == nil {
		delete(m, key)
	} else {
		m[key] = v
	}
	return v
}

func (s *State) adoptRecovery(token string, r *schema.Status) {
	old := s.recoveries[token]
	put(s.recoveries, token, r)
	wasOpen, isOpen := old != nil && !old.Terminal, r != nil && !r.Terminal
	wasEnded, isEnded := old != nil && old.Terminal, r != nil && r.Terminal
	if wasOpen != isOpen {
		if isOpen {
			s.open = insertToken(s.open, token)
		} else {
			s.open = remove(s.open, token)
		}
	}
	if wasEnded != isEnded {
		if isEnded {
			s.ended = append(s.ended, token)
		} else {
			s.ended = remove(s.ended, token)
		}
	}
	switch {
	case r != nil && schema.UnderWay(r.State):
		s.underWay = token
	case s.underWay == token:
		s.underWay = ""
	}
}

func remove(tokens []string, token string) []string {
	i := slices.Index(tokens, token)
	if i == 0 {
		return tokens[1:] // the oldest, nearly always
	}
	return slices.Delete(tokens, i, i+1)
}

// insertToken keeps tokens in the order of their numbers.
func insertToken(tokens []string, token string) []string {
	i, _ := slices.BinarySearchFunc(tokens, token, compareTokens)
	return slices.Insert(tokens, i, token)
}

func compareTokens(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
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
func (s *State) Full() bool { return len(s.ids)+len(s.clears) >= schema.MaxRemembered }

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
	add := func(key string, v any) { out = append(out, Change{key, v}) }
	for k, v := range s.recoveries {
		add(schema.KeyRecovery+k, v)
	}
	for k, v := range s.ids {
		add(schema.KeyID+k, v)
	}
	for k, v := range s.clears {
		add(schema.KeyClear+k, v)
	}
	for k, v := range s.holds {
		add(schema.KeyHold+k, v)
	}
	for k, v := range s.agents {
		add(schema.KeyAgent+k, v)
	}
	for k, v := range s.experts {
		add(schema.KeyExpert+k, v)
	}
	if s.counter.Requests > 0 {
		add(schema.KeyCounter, &s.counter)
	}
	if len(s.breaker.Starts) > 0 {
		add(schema.KeyBreaker, &s.breaker)
	}
	if s.mode != nil {
		add(schema.KeyMode, s.mode)
	}
	if s.policy != nil {
		add(schema.KeyPolicy, s.policy)
	}
	if s.inbox.Sequence > 0 {
		add(schema.KeyInbox, &s.inbox)
	}
	slices.SortFunc(out, func(a, b Change) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// expiring lists keys by the time at which they are forgotten. Keys are added in
// that order, nearly always; a removed or renewed key is dropped when it comes up.
type expiring struct {
	keys  []string
	times []time.Time
}

func (e *expiring) add(key string, t time.Time) {
	i := len(e.times)
	for i > 0 && e.times[i-1].After(t) {
		i--
	}
	e.keys = slices.Insert(e.keys, i, key)
	e.times = slices.Insert(e.times, i, t)
}

func (e *expiring) drop(gone func(string, time.Time) bool) {
	n := 0
	for n < len(e.keys) && gone(e.keys[n], e.times[n]) {
		n++
	}
	e.keys, e.times = e.keys[n:], e.times[n:]
}

// due lists at most n keys that are to be forgotten by now.
func (e *expiring) due(now time.Time, n int) []string {
	i := 0
	for i < len(e.keys) && i < n && !e.times[i].After(now) {
		i++
	}
	return e.keys[:i]
}

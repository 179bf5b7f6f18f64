package controller

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"expertcontroller/schema"
)

// Fold upserts one document of the log or of a store.
func (s *State) Fold(doc schema.Document) error {
	value, err := decodeDocument(doc)
	if err != nil {
		return err
	}
	if given, ok := value.(*given); ok {
		return s.readRequest(doc.Key[len(schema.KeyRequest):], given)
	}
	s.adopt(changeOf(doc.Key, value))
	return nil
}

// foldAll upserts documents that come in any order, as from a database.
func (s *State) foldAll(all func(fold func(schema.Document) error) error) error {
	for i := range s.expiring {
		s.expiring[i].loose = true
	}
	defer func() {
		for i := range s.expiring {
			s.expiring[i].settle()
		}
	}()
	return all(s.Fold)
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
	case schema.KeyRequest:
		return &given{raw: doc.Value}, nil
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
	case schema.KeyRetention:
		v = new(schema.RetentionDocument)
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
	name := c.Name
	switch c.Kind {
	case schema.KeyRecovery:
		s.adoptRecovery(name, value[schema.Status](c))
	case schema.KeyRequest:
		if s.recoveries[name] != nil {
			put(s.requests, name, value[given](c))
		}
	case schema.KeyID:
		old := s.ids[name]
		r := put(s.ids, name, value[schema.Remembered](c))
		// A checkpoint repeats all of them.
		if r != nil && (old == nil || !old.Until.Equal(r.Until)) {
			s.expiring[0].add(name, r.Until)
		}
		s.expiring[0].drop(s.At, s.outlivedID)
	case schema.KeyClear:
		old := s.clears[name]
		r := put(s.clears, name, value[schema.ClearedProblem](c))
		if r != nil && (old == nil || !old.Until.Equal(r.Until)) {
			s.expiring[1].add(name, r.Until)
		}
		s.expiring[1].drop(s.At, s.outlivedClear)
	case schema.KeyHold:
		put(s.holds, name, value[schema.HoldDocument](c))
	case schema.KeyAgent:
		put(s.agents, name, value[schema.AgentDocument](c))
		s.secrets = s.findSecrets()
		s.simulated = false
		for _, a := range s.agents {
			s.simulated = s.simulated || a.Simulated
		}
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
	case schema.KeyRetention:
		s.retention = value[schema.RetentionDocument](c)
	case schema.KeyInbox:
		s.inbox = orZero(value[schema.InboxDocument](c))
	}
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

// readRequest takes in the request of a recovery that was read without it. Whose request
// follows no recovery is no part of the state: a rejected one's.
func (s *State) readRequest(token string, g *given) error {
	r := s.recoveries[token]
	if r == nil {
		return nil
	}
	s.requests[token] = g
	return r.Take(g.raw)
}

func (s *State) adoptRecovery(token string, r *schema.Status) {
	old := s.recoveries[token]
	switch {
	case r == nil:
		delete(s.requests, token)
	case r.Request == nil && old != nil:
		r.Request = old.Request // read from the log, where it stands once
	}
	put(s.recoveries, token, r)
	wasOpen, isOpen := old != nil && !old.Terminal, r != nil && !r.Terminal
	wasEnded, isEnded := old != nil && old.Terminal, r != nil && r.Terminal
	if wasOpen != isOpen {
		if isOpen {
			s.open = insertToken(s.open, token)
		} else {
			s.open = remove(s.open, func(t string) bool { return t == token })
		}
	}
	if wasEnded != isEnded {
		if isEnded {
			s.ended = insertEnded(s.ended, endedOne{token, orZero(r.Ended)})
		} else {
			s.ended = remove(s.ended, func(e endedOne) bool { return e.token == token })
		}
	}
	switch {
	case r != nil && schema.UnderWay(r.State):
		s.underWay = token
	case s.underWay == token:
		s.underWay = ""
	}
}

func (s *State) outlivedID(key string, t time.Time) bool {
	r := s.ids[key]
	return r == nil || !r.Until.Equal(t)
}

func (s *State) outlivedClear(key string, t time.Time) bool {
	c := s.clears[key]
	return c == nil || !c.Until.Equal(t)
}

// insertEnded keeps those that have ended in the order in which they did, of one moment in
// the order of their numbers: a database and a checkpoint give them in any.
func insertEnded(list []endedOne, e endedOne) []endedOne {
	i := len(list)
	for i > 0 && compareEnded(list[i-1], e) > 0 {
		i--
	}
	return slices.Insert(list, i, e)
}

func compareEnded(a, b endedOne) int {
	return cmp.Or(a.at.Compare(b.at), compareTokens(a.token, b.token))
}

func remove[T any](list []T, is func(T) bool) []T {
	i := slices.IndexFunc(list, is)
	if i == 0 {
		return list[1:] // the oldest, nearly always
	}
	return slices.Delete(list, i, i+1)
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

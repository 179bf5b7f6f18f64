package schema

import (
	"encoding/json"
	"fmt"
)

// Defaults are what the policy filled in where a request left it out. They stay with the
// recovery, so that a policy that changes later does not change what was accepted.
type Defaults struct {
	// Observe is the observe period.
	Observe Duration `json:"observe"`
	// Timeout is how long an attempt may take.
	Timeout Duration `json:"timeout"`
}

// Normalise fills in what a request left out. The request itself stays as it came.
func Normalise(m *Request, d Defaults) *Request {
	out := *m
	if out.Cure == "" {
		out.Cure = CureCleared
	}
	if m.Observe == nil {
		out.Observe = &d.Observe
	}
	out.Steps = make([]Step, len(m.Steps))
	for i, s := range m.Steps {
		if s.Title == "" {
			s.Title = s.Action
		}
		if s.Attempts == 0 {
			s.Attempts = 1
		}
		if s.Timeout == nil {
			s.Timeout = &d.Timeout
		}
		if s.Observe == nil {
			s.Observe = out.Observe
		}
		if len(s.Agents) > 0 && s.Order == "" {
			s.Order = Serial
		}
		s.Needed = timed(s.Needed, &d.Timeout)
		out.Steps[i] = s
	}
	out.Probe = timed(m.Probe, &d.Timeout)
	return &out
}

// timed gives a probe a timeout, where it has none of its own.
func timed(p *Probe, timeout *Duration) *Probe {
	if p == nil || p.Timeout != nil {
		return p
	}
	probe := *p
	probe.Timeout = timeout
	return &probe
}

// Take puts the request, as it came, into a status that was kept without it.
func (s *Status) Take(request []byte) error {
	m, err := rereadRequest(request)
	if err != nil {
		return fmt.Errorf("the request of %s: %w", s.Token, err)
	}
	s.Request = &m
	if s.Defaults != nil {
		s.Request = Normalise(&m, *s.Defaults)
	}
	return nil
}

// Whole gives a status as people and programs get it, made of the bytes that are kept
// without the request and of the request, normalised.
func Whole(kept []byte, request *Request) (json.RawMessage, error) {
	if request == nil || len(kept) < 2 {
		return kept, nil
	}
	m, err := Encode(request)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(kept)+len(m)+16)
	out = append(append(out, kept[:len(kept)-1]...), `,"request":`...)
	return append(append(out, m...), '}'), nil
}

package controller

import (
	"fmt"

	"expertcontroller/schema"
)

// seed puts what the program brings in front of everything else, where the state does
// not hold it yet.
func (a *Actor) seed() error {
	l := &a.loop
	if l.seeded {
		return nil
	}
	l.seeded = true
	at := a.state.At
	if at.IsZero() {
		at = a.now()
	}
	for _, s := range a.config.Seed {
		in, err := a.made(s.Kind, s.By, at, s.Message)
		if err != nil {
			return fmt.Errorf("seeding %s: %w", s.Kind, err)
		}
		q := &ask{in: in, seed: true, received: a.now()}
		switch m := s.Message.(type) {
		case *schema.ApplyPolicy:
			q.valid = func(s *State) bool { return s.Policy() == nil }
		case *schema.Offered:
			next := &schema.Next{Actions: m.Actions, Simulated: m.Simulated}
			q.valid = func(st *State) bool { return st.OffersChanged(in.By.Name, next, in.At) != nil }
		default:
			return fmt.Errorf("seeding %s: only a policy and what an agent offers can be seeded", s.Kind)
		}
		l.asks = append(l.asks, q)
	}
	return nil
}

// firstSeeds gives the seeds that a log without entries begins with.
func (a *Actor) firstSeeds() []*ask {
	if a.state.Position.Entry > 0 {
		return nil
	}
	var out []*ask
	for _, q := range a.loop.asks {
		if q.seed && !q.done && q.valid(a.state) {
			out = append(out, q)
		}
	}
	return out
}

package controller

import (
	"fmt"
	"slices"
	"time"

	"expertcontroller/schema"
)

// keepEnded is how many ended recoveries stay part of the state, so that a late
// click hears who was faster; keepEndedFor is how long at most.
const (
	keepEnded    = 100
	keepEndedFor = 24 * time.Hour
	forgetAtOnce = 64 // how many expired documents one entry removes at least, if so many are
)

// forget removes what is remembered no longer, a little with each entry.
func (d *draft) forget() {
	s := d.base
	// A large batch brings many ids: as many have to go.
	most := max(forgetAtOnce, 2*len(d.dec.Order))
	for _, key := range s.expiring[0].due(d.now, most, s.outlivedID) {
		if _, changed := d.look(schema.KeyID, key); changed {
			continue
		}
		known := s.ids[key]
		if known == nil || known.Until.After(d.now) {
			continue
		}
		if until := d.rememberUntil(known.Token); until.After(d.now) {
			again := *known
			again.Until = until
			d.put(schema.KeyID, key, &again)
			continue
		}
		d.put(schema.KeyID, key, nil)
	}
	for _, key := range s.expiring[1].due(d.now, most, s.outlivedClear) {
		if c := s.clears[key]; c != nil && !c.Until.After(d.now) {
			if _, changed := d.look(schema.KeyClear, key); !changed {
				d.put(schema.KeyClear, key, nil)
			}
		}
	}
	var over []string
	for key, h := range s.holds {
		if _, changed := d.look(schema.KeyHold, key); !changed && !h.Until.After(d.now) {
			over = append(over, key)
		}
	}
	slices.Sort(over)                  // the same state leads to the same entry
	over = over[:min(len(over), most)] // all at once might fit no entry
	for _, key := range over {
		d.change(schema.KeyHold, key, nil)
	}
	for i := range s.ended {
		e := &s.ended[i]
		if i >= forgetAtOnce || len(s.ended)-i <= keepEnded && d.now.Sub(e.at) < keepEndedFor {
			break
		}
		if _, changed := d.look(schema.KeyRecovery, e.token); !changed { // the same entry may let it go
			d.change(schema.KeyRecovery, e.token, nil)
		}
	}
}

// rememberUntil gives the time until which an id is remembered for its recovery's sake:
// while that is open, and a day after; zero when nothing is known of it.
func (d *draft) rememberUntil(token string) time.Time {
	switch r := d.recovery(token); {
	case r == nil:
		return time.Time{}
	case r.Terminal:
		return r.Ended.Add(schema.RememberID)
	}
	return d.now.Add(schema.RememberID)
}

func memoryFull() *schema.Error {
	return &schema.Error{
		Type: schema.Type(schema.KindError), Code: 503, Reason: schema.CodeFull,
		Text: fmt.Sprintf("the system remembers %d ids and cleared problems, the most that it may: ask again when some are forgotten, a cleared problem after %s, an id after %s", schema.MaxRemembered, schema.Duration(schema.RememberClear), schema.Duration(schema.RememberID)),
	}
}

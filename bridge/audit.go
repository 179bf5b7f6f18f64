package bridge

import (
	"context"
	"slices"
	"time"

	"expertcontroller/schema"
)

// auditReads is how many times the log is read at most for the hashes of one trail.
const auditReads = 200

// auditEvent is an event, and the hash of its entry.
type auditEvent struct {
	schema.Event
	// Hash is what the next entry names; left out where that is not there yet.
	Hash string `json:"hash,omitempty"`
}

type eventsAnswer struct {
	System string       `json:"system"`
	Token  string       `json:"token"`
	Entry  uint64       `json:"entry"`
	Events []auditEvent `json:"events"`
}

// events gives a recovery's audit trail.
func (c *call) events() (any, *schema.Error) {
	token, bad := c.token()
	if bad != nil {
		return nil, bad
	}
	return ask(c, func(ctx context.Context) (eventsAnswer, error) {
		out := eventsAnswer{System: c.system, Token: token, Events: []auditEvent{}}
		if _, err := c.looking().Record(ctx, token); err != nil {
			return out, err
		}
		h, err := c.looking().History(ctx, schema.HistoryQuery{Token: token, Limit: 1})
		if err != nil {
			return out, err
		}
		out.Entry = h.Entry
		hashes, err := c.hashes(ctx, h.Events)
		for _, e := range h.Events {
			out.Events = append(out.Events, auditEvent{e, hashes[e.Entry]})
		}
		return out, err
	})
}

// hashes gives those of the entries that the events are of: each stands in the next entry.
func (c *call) hashes(ctx context.Context, events []schema.Event) (map[uint64]string, error) {
	wanted := map[uint64]bool{}
	for _, e := range events {
		wanted[e.Entry] = true
	}
	var numbers []uint64
	for n := range wanted {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	out := map[uint64]string{}
	for reads := 0; len(numbers) > 0 && reads < auditReads; reads++ {
		first := numbers[0]
		// Those that lie near come with one reading.
		last := first
		for _, n := range numbers {
			if n-first < 100 {
				last = n
			}
		}
		page, err := c.looking().Entries(ctx, schema.EntriesQuery{After: first, Limit: int(last-first) + 1})
		if err != nil {
			return out, err
		}
		if len(page.Entries) == 0 {
			break
		}
		end := first
		for _, e := range page.Entries {
			if wanted[e.Entry-1] {
				out[e.Entry-1] = e.Previous
			}
			end = e.Entry - 1
		}
		numbers = slices.DeleteFunc(numbers, func(n uint64) bool { return n <= end })
	}
	return out, nil
}

const (
	// handoverUsual is how far back a handover looks where nobody says.
	handoverUsual = 8 * time.Hour
	// handoverRead is of how many recoveries the trail is read.
	handoverRead = 100
)

// handoverAnswer is what the next shift must know.
type handoverAnswer struct {
	System string                `json:"system"`
	Since  time.Time             `json:"since"`
	Until  time.Time             `json:"until"`
	Mode   schema.ModeDocument   `json:"mode"`
	Holds  []schema.HoldDocument `json:"holds"`
	Open   []schema.Summary      `json:"open"`
	Ended  []schema.Summary      `json:"ended"`
	States map[string]int        `json:"states"`
	ToDo   []leftToDo            `json:"to_do"`
	Events []schema.Event        `json:"events"`
	Entry  uint64                `json:"entry"`
}

// leftToDo is what a recovery that ended wants people to do.
type leftToDo struct {
	Token string `json:"token"`
	State string `json:"state"`
	Text  string `json:"text"`
}

// care gives what a recovery that ended wants people to do.
func (c *call) care(ctx context.Context, r schema.Summary) ([]leftToDo, error) {
	if r.State != schema.Completed && r.State != schema.Failed {
		return nil, nil
	}
	s, err := c.looking().Status(ctx, r.Token)
	if err != nil || s.Request == nil || s.Request.Aftercare == nil {
		return nil, err
	}
	texts := s.Request.Aftercare.Completed
	if r.State == schema.Failed {
		texts = s.Request.Aftercare.Failed
	}
	var out []leftToDo
	for _, text := range texts {
		out = append(out, leftToDo{Token: r.Token, State: r.State, Text: text})
	}
	return out, nil
}

// worthSaying are the events that a handover repeats.
var worthSaying = []string{
	schema.EventNote, schema.EventDeclined, schema.EventUnclear, schema.EventClarified, schema.EventFailed,
	schema.EventDecisionRefused, schema.EventStepByHand, schema.EventMode, schema.EventHeld, schema.EventHoldLifted,
}

func (c *call) handover() (any, *schema.Error) {
	since, bad := c.when("since")
	if bad != nil {
		return nil, bad
	}
	until := time.Now().UTC()
	if since == nil {
		t := until.Add(-handoverUsual)
		since = &t
	}
	return ask(c, func(ctx context.Context) (handoverAnswer, error) {
		out := handoverAnswer{System: c.system, Since: *since, Until: until, Ended: []schema.Summary{}, Open: []schema.Summary{}, States: map[string]int{}, ToDo: []leftToDo{}, Events: []schema.Event{}}
		o, err := c.looking().Overview(ctx)
		if err != nil {
			return out, err
		}
		out.Mode, out.Holds, out.Entry = o.Mode, o.Holds, o.Entry
		if o.UnderWay != nil {
			out.Open = append(out.Open, *o.UnderWay)
		}
		out.Open = append(out.Open, o.Postponed...)
		page, err := c.looking().History(ctx, schema.HistoryQuery{Since: since, Limit: exportPage})
		if err != nil {
			return out, err
		}
		for i, r := range page.Records {
			out.States[r.State]++
			if r.Terminal && r.State != schema.RejectedState && r.State != schema.Joined {
				out.Ended = append(out.Ended, r)
			}
			if i >= handoverRead {
				continue
			}
			care, err := c.care(ctx, r)
			if err != nil {
				return out, err
			}
			out.ToDo = append(out.ToDo, care...)
			trail, err := c.looking().History(ctx, schema.HistoryQuery{Token: r.Token, Limit: 1})
			if err != nil {
				return out, err
			}
			for _, e := range trail.Events {
				if slices.Contains(worthSaying, e.Kind) && !e.At.Before(*since) {
					out.Events = append(out.Events, e)
				}
			}
		}
		slices.SortStableFunc(out.Events, func(a, b schema.Event) int { return a.At.Compare(b.At) })
		return out, nil
	})
}

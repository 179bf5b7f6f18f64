package bridge

import (
	"context"
	"slices"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// auditReads is how many times the log is read at most for the hashes of one trail.
const auditReads = 200

// auditPage is how many events are asked for at a time, auditPages how often at most.
const auditPage, auditPages = 1000, 10

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
		events, entry, err := c.trail(ctx, token)
		if err != nil {
			return out, err
		}
		out.Entry = entry
		hashes, err := c.hashes(ctx, events)
		for _, e := range events {
			out.Events = append(out.Events, auditEvent{e, hashes[e.Entry]})
		}
		return out, err
	})
}

// trail gives all events of a recovery, oldest first, and the entry that they reflect.
func (c *call) trail(ctx context.Context, token string) (events []schema.Event, entry uint64, err error) {
	q := schema.AuditQuery{Token: token, Oldest: true, Limit: auditPage}
	for range auditPages {
		page, err := c.looking().Audit(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		if entry == 0 {
			entry = page.Entry
		}
		events = append(events, page.Events...)
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	return events, entry, nil
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

// handoverUsual is how far back a handover looks where nobody says.
const handoverUsual = 8 * time.Hour

func (c *call) handover() (any, *schema.Error) {
	since, bad := c.when("since")
	if bad != nil {
		return nil, bad
	}
	from := c.bridge.clock.now().Add(-handoverUsual)
	if since != nil {
		from = *since
	}
	return ask(c, func(ctx context.Context) (client.Handover, error) {
		return c.looking().Handover(ctx, from)
	})
}

package cmd

import (
	"context"
	"errors"

	"expertcontroller/broker"
	"expertcontroller/controller"
	"expertcontroller/schema"
)

const (
	// entriesUsual is how many entries an answer holds where nobody says.
	entriesUsual = 100
	// entriesSize is how large an answer may grow, in bytes; one entry always fits.
	entriesSize = 512 << 10
)

// errEnough ends a reading of the log whose answer is full.
var errEnough = errors.New("enough")

// entries gives entries of the log in order, read from the broker.
func (s *served) entries(ctx context.Context, q *schema.EntriesQuery) (any, *schema.Error) {
	limit := q.Limit
	if limit == 0 {
		limit = entriesUsual
	}
	out := schema.Entries{Type: schema.Type(schema.KindEntries), System: s.system, Entries: []schema.Entry{}}
	s.actor.View(func(state *controller.State) {
		out.Last, out.Lineage = state.Position.Entry, state.Position.Lineage
	})
	if out.Last > 0 {
		out.First = 1
	}
	s.actor.View(func(state *controller.State) {
		if r := state.Retention(); r != nil && r.Cut != nil {
			out.First = r.Cut.Entry
		}
	})
	if q.After >= out.Last {
		return out, nil
	}
	// What lay before the first is no longer kept: who asks from there gets what is, and
	// sees by its number what is missing.
	from := s.log.Start()
	if q.After >= out.First {
		var refused *schema.Error
		if from, refused = s.positionOf(ctx, q.After); refused != nil {
			return nil, refused
		}
	}
	size := 0
	_, err := s.log.CatchUp(ctx, from, func(r broker.Record) error {
		if r.Entry == nil || r.Entry.Entry <= q.After {
			return nil
		}
		if len(out.Entries) > 0 && size+len(r.Payload) > entriesSize {
			return errEnough
		}
		out.Entries = append(out.Entries, *r.Entry)
		size += len(r.Payload)
		if len(out.Entries) >= limit {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, s.trouble(err)
	}
	if n := len(out.Entries); n > 0 {
		out.Last = max(out.Last, out.Entries[n-1].Entry)
	}
	return out, nil
}

// positionOf gives where to read from to get what follows an entry.
func (s *served) positionOf(ctx context.Context, entry uint64) (schema.Position, *schema.Error) {
	if behind := s.fresh(ctx, entry); behind != nil {
		return schema.Position{}, behind
	}
	at, ok, err := s.store.PositionOf(ctx, s.system, entry)
	switch {
	case err != nil:
		return at, s.trouble(err)
	case !ok:
		return at, refusal(410, schema.CodeRemoved, "entry %d of system %s is no longer kept: begin again at entry 0", entry, s.system)
	}
	return at, nil
}

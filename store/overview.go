package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// The states are written out: only so can SQLite see that the index of ended ones holds them.
const (
	selectEnded = `SELECT id FROM records WHERE system = ? AND ended IS NOT NULL AND state IN ('completed', 'failed', 'cancelled')
		ORDER BY ended DESC, id DESC LIMIT ?`
	selectOpen = `SELECT id FROM records WHERE state IN (?, ?, ?, ?, ?, ?) AND id >= ? AND id < ? ORDER BY id`
)

// Overview gives a system at a glance: what is under way, what waits in the order of its
// turn, the last ones that ended (at most recent; rejected and joined ones never began),
// the holds in force at now, and who decided last. Who answers, and the counters, are the
// caller's to fill in.
func (s *Store) Overview(ctx context.Context, name string, recent int, now time.Time) (schema.Overview, error) {
	o := schema.Overview{
		Type: schema.Type(schema.KindOverview), System: name, At: now.UTC(),
		Postponed: []schema.Summary{}, Recent: []schema.Summary{}, Holds: []schema.HoldDocument{}, Agents: []schema.AgentDocument{},
	}
	_, err := s.viewSystem(ctx, "reading the overview of "+name, name, func(tx *sqlx.Tx, sys system) error {
		o.Entry, o.Lineage = uint64(sys.Entry), sys.Lineage
		var err error
		if o.Mode, _, err = one[schema.ModeDocument](ctx, tx, sys, schema.KeyMode); err != nil {
			return err
		}
		if err := each(ctx, tx, sys, schema.KeyHold, func(h schema.HoldDocument) {
			if h.Until.After(now) {
				o.Holds = append(o.Holds, h)
			}
		}); err != nil {
			return err
		}
		if err := each(ctx, tx, sys, schema.KeyAgent, func(a schema.AgentDocument) { o.Agents = append(o.Agents, a) }); err != nil {
			return err
		}
		var replicas []string
		if err := tx.SelectContext(ctx, &replicas, `SELECT replica FROM entries WHERE id = ?`, idOf(sys.ID, uint64(sys.Entry))); err != nil {
			return err
		}
		for _, replica := range replicas {
			o.Preferred = replica
		}
		if err := openRecords(ctx, tx, sys, &o); err != nil {
			return err
		}
		var ended []int64
		if err := tx.SelectContext(ctx, &ended, selectEnded, sys.ID, max(0, recent)); err != nil {
			return err
		}
		o.Recent, err = summaries(ctx, tx, sys, ended)
		return err
	})
	return o, err
}

// openRecords sorts the open recoveries into the one under way and those that wait.
func openRecords(ctx context.Context, tx *sqlx.Tx, sys system, o *schema.Overview) error {
	var ids []int64
	if err := tx.SelectContext(ctx, &ids, selectOpen,
		schema.Postponed, schema.AwaitingApproval, schema.Running, schema.Stopping, schema.Unclear, schema.Observing, sys.low(), sys.high()); err != nil {
		return err
	}
	found, err := statuses(ctx, tx, sys, ids)
	if err != nil {
		return err
	}
	var waiting []schema.Status
	for _, r := range found {
		status, err := schema.Read[schema.Status](r.Value)
		if err != nil {
			return fmt.Errorf("record %s: %w", schema.Token(sys.Name, numberOf(r.ID)), err)
		}
		switch {
		case status.State == schema.Postponed:
			waiting = append(waiting, status)
		case o.UnderWay == nil:
			summary := schema.Summarise(&status)
			o.UnderWay = &summary
		}
	}
	slices.SortStableFunc(waiting, turn)
	for i := range waiting {
		o.Postponed = append(o.Postponed, schema.Summarise(&waiting[i]))
	}
	return nil
}

// turn orders the queue: preempting first, scheduled last, between them priority, then
// age. Records come in the order of their numbers, which decides the rest.
func turn(a, b schema.Status) int {
	rank := func(s schema.Status) int {
		switch s.Reason.Code {
		case schema.CodePreempting:
			return 0
		case schema.CodeScheduled:
			return 2
		}
		return 1
	}
	queued := func(s schema.Status) time.Time {
		if s.Queued != nil {
			return *s.Queued
		}
		return s.Created
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Priority, a.Priority), queued(a).Compare(queued(b)))
}

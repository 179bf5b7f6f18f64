package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// Status gives a recovery as it last stood, with its request, and the same encoded; ok is false when the
// store knows no such token.
func (s *Store) Status(ctx context.Context, name, token string) (status *schema.Status, raw json.RawMessage, ok bool, err error) {
	n, fits := recordNumber(name, token)
	if !fits {
		return nil, nil, false, nil
	}
	_, err = s.viewSystem(ctx, "reading the status of "+token, name, func(tx *sqlx.Tx, sys system) error {
		found, err := statuses(ctx, tx, sys, []int64{idOf(sys.ID, n)})
		if err != nil || len(found) == 0 {
			return err
		}
		kept := found[0]
		raw, ok = kept.Value, true
		v, err := schema.Read[schema.Status](raw)
		if err != nil {
			return err
		}
		status = &v
		asked, err := requests(ctx, tx, sys, []int64{kept.ID})
		if err != nil || asked[kept.ID] == nil {
			return err
		}
		if err := status.Take(asked[kept.ID]); err != nil {
			return err
		}
		raw, err = schema.Whole(kept.Value, status.Request)
		return err
	})
	if err != nil || !ok {
		return nil, nil, false, err
	}
	return status, raw, true, nil
}

// numbered is a status's row.
type numbered struct {
	ID    int64  `db:"id"`
	Value []byte `db:"value"`
	Sum   int64  `db:"sum"`
}

// statuses gives those with the ids, in the order of the ids; those that are not there are left out.
func statuses(ctx context.Context, tx *sqlx.Tx, sys system, ids []int64) ([]numbered, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []numbered
	if err := tx.SelectContext(ctx, &rows, `SELECT id, value, sum FROM statuses WHERE id IN (`+numberList(ids)+`)`); err != nil {
		return nil, err
	}
	at := make(map[int64]numbered, len(rows))
	for _, r := range rows {
		if err := verify(schema.Token(sys.Name, numberOf(r.ID)), r.Value, r.Sum); err != nil {
			return nil, err
		}
		at[r.ID] = r
	}
	out := rows[:0]
	for _, id := range ids {
		if r, ok := at[id]; ok {
			out = append(out, r)
		}
	}
	return out, nil
}

// summaries gives the records with the ids in a line each, in the order of the ids.
func summaries(ctx context.Context, tx *sqlx.Tx, sys system, ids []int64) ([]schema.Summary, error) {
	out := make([]schema.Summary, 0, len(ids))
	found, err := statuses(ctx, tx, sys, ids)
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		status, err := schema.Read[schema.Status](r.Value)
		if err != nil {
			return nil, fmt.Errorf("record %s: %w", schema.Token(sys.Name, numberOf(r.ID)), err)
		}
		out = append(out, schema.Summarise(&status))
	}
	return out, nil
}

// The comparison with the empty text lets SQLite use the index, which holds only those that have an id.
const (
	findRequest = `SELECT id FROM records WHERE request = ? AND request <> '' AND name = ? AND id >= ? AND id < ?
		ORDER BY code = 'conflict', role <> 'expert', id DESC LIMIT 1`
	findProblem = `SELECT p.record FROM problems p
		WHERE p.id = ? AND p.expert = (SELECT id FROM terms WHERE system = ? AND kind = ? AND text = ?) AND p.record >= ? AND p.record < ?
		ORDER BY p.record DESC LIMIT 1`
)

// FindByRequest gives the newest recovery that was asked for with the id by the expert,
// or by an operator of that name. One that was rejected because the id was used for
// another request counts only where there is no other.
func (s *Store) FindByRequest(ctx context.Context, name, expert, id string) (string, bool, error) {
	if id == "" {
		return "", false, nil
	}
	return s.find(ctx, "looking for the request "+id, name, findRequest, func(system) []any { return []any{id, expert} })
}

// FindByProblem gives the newest recovery that covers, or covered, the expert's problem.
func (s *Store) FindByProblem(ctx context.Context, name, expert, problem string) (string, bool, error) {
	doing := "looking for the problem " + problem
	return s.find(ctx, doing, name, findProblem, func(sys system) []any { return []any{problem, sys.ID, termWhose, expert} })
}

// find gives the token of the record that the statement finds; its last two parameters
// bound the ids.
func (s *Store) find(ctx context.Context, doing, name, statement string, args func(system) []any) (token string, ok bool, err error) {
	_, err = s.viewSystem(ctx, doing, name, func(tx *sqlx.Tx, sys system) error {
		var ids []int64
		if err := tx.SelectContext(ctx, &ids, statement, append(args(sys), sys.low(), sys.high())...); err != nil || len(ids) == 0 {
			return err
		}
		token, ok = schema.Token(name, numberOf(ids[0])), true
		return nil
	})
	return token, ok, err
}

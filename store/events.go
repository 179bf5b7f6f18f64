package store

import (
	"context"
	"math"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// line is an event's row.
type line struct {
	ID      int64  `db:"id"`
	N       int64  `db:"n"`
	Record  int64  `db:"record"`
	Kind    string `db:"kind"`
	At      int64  `db:"at"`
	Role    string `db:"role"`
	Name    string `db:"name"`
	Via     string `db:"via"`
	Auth    string `db:"auth"`
	Text    string `db:"text"`
	Token   string `db:"token"`
	Step    int    `db:"step"`
	Attempt int    `db:"attempt"`
	Prompt  string `db:"prompt"`
	Code    string `db:"code"`
}

const lineColumns = `id, n, record, kind, at, role, name, via, auth, text, token, step, attempt, prompt, code`

func (l line) event(system string) schema.Event {
	e := schema.Event{
		Kind: l.Kind, At: fromNanos(l.At), By: schema.By{Role: l.Role, Name: l.Name, Via: l.Via, Auth: l.Auth},
		Text: l.Text, Token: l.Token, Step: l.Step, Attempt: l.Attempt, Prompt: l.Prompt, Code: l.Code, Entry: numberOf(l.ID),
	}
	if n := numberOf(l.Record); n > 0 {
		e.Token = schema.Token(system, n)
	}
	return e
}

// Events gives the audit trail of a recovery, or with an empty token that of the system,
// in order, from behind an entry. A page ends with the entry in which it reaches the
// limit, so that the next one begins behind the last event's entry; 0 is no limit.
func (s *Store) Events(ctx context.Context, name, token string, after uint64, limit int) ([]schema.Event, error) {
	var n uint64
	if token != "" {
		var fits bool
		if n, fits = recordNumber(name, token); !fits {
			return nil, nil
		}
	}
	var out []schema.Event
	_, err := s.viewSystem(ctx, "reading the events of "+name+" "+token, name, func(tx *sqlx.Tx, sys system) error {
		var err error
		out, err = events(ctx, tx, sys, n, after, limit)
		return err
	})
	return out, err
}

func events(ctx context.Context, tx *sqlx.Tx, sys system, n, after uint64, limit int) ([]schema.Event, error) {
	if after > maxNumber {
		return nil, nil
	}
	last := int64(math.MaxInt64)
	record := idOf(sys.ID, n)
	if limit > 0 {
		var ends []int64
		if err := tx.SelectContext(ctx, &ends, `SELECT id FROM events WHERE record = ? AND id > ? ORDER BY id, n LIMIT 1 OFFSET ?`,
			record, idOf(sys.ID, after), limit-1); err != nil {
			return nil, err
		}
		if len(ends) > 0 {
			last = ends[0]
		}
	}
	var lines []line
	if err := tx.SelectContext(ctx, &lines, `SELECT `+lineColumns+` FROM events WHERE record = ? AND id > ? AND id <= ? ORDER BY id, n`,
		record, idOf(sys.ID, after), last); err != nil {
		return nil, err
	}
	out := make([]schema.Event, len(lines))
	for i, l := range lines {
		out[i] = l.event(sys.Name)
	}
	return out, nil
}

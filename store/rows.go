package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
)

// A table that Apply writes, and what happens to a row that is there already.
type table struct {
	name     string
	columns  []string
	conflict string
	// removes says that the rows are the keys of those to remove.
	removes bool
}

const (
	tableRemoved = iota
	tableDocuments
	tableEntries
	tableRecords
	tableStatuses
	tableRequests
	tableFacets
	tableProblems
	tablePrompts
	tableHours
	tableEvents
	tableCheckpoints
)

var tables = []table{
	tableRemoved: {name: "documents", columns: []string{"system", "key"}, removes: true},
	tableDocuments: {name: "documents", columns: []string{"system", "key", "value", "sum"},
		conflict: "ON CONFLICT (system, key) DO UPDATE SET value = excluded.value, sum = excluded.sum"},
	tableEntries: {name: "entries", columns: []string{"id", "at", "replica", "hash", "sequence"}},
	tableRecords: {name: "records", columns: []string{"id", "system", "state", "code", "role", "name", "request", "key", "created", "ended"},
		conflict: `ON CONFLICT (id) DO UPDATE SET state = excluded.state, code = excluded.code, role = excluded.role, name = excluded.name,
		request = excluded.request, key = excluded.key, created = excluded.created, ended = excluded.ended`},
	tableStatuses: {name: "statuses", columns: []string{"id", "value", "sum"},
		conflict: "ON CONFLICT (id) DO UPDATE SET value = excluded.value, sum = excluded.sum"},
	// A request never changes; a checkpoint repeats it.
	tableRequests: {name: "requests", columns: []string{"id", "value", "sum"}, conflict: "ON CONFLICT DO NOTHING"},
	tableFacets:   {name: "facets", columns: []string{"record", "term"}, conflict: "ON CONFLICT DO NOTHING"},
	tableProblems: {name: "problems", columns: []string{"record", "expert", "id"}, conflict: "ON CONFLICT DO NOTHING"},
	// What is known first stays: a repeated event tells nothing new.
	tablePrompts: {name: "prompts", columns: []string{"record", "number", "opened", "approved"},
		conflict: `ON CONFLICT (record, number) DO UPDATE SET opened = coalesce(opened, excluded.opened), approved = coalesce(approved, excluded.approved)`},
	tableHours: {name: "hours", columns: []string{"system", "hour", "low", "high"},
		conflict: "ON CONFLICT (system, hour) DO UPDATE SET low = min(low, excluded.low), high = max(high, excluded.high)"},
	tableEvents: {name: "events", columns: []string{"id", "n", "record", "kind", "at", "role", "name", "via", "auth", "text",
		"token", "step", "attempt", "prompt", "code"}},
	tableCheckpoints: {name: "checkpoints", columns: []string{"id", "part", "parts"}},
}

// atOnce is how many rows one statement takes where there are that many: a call into
// SQLite, and waking up who makes it, costs more than many a row. What is left over is
// written in the smaller numbers.
const atOnce = 256

var leftOver = []int{64, 16, 4, 1}

// statement writes so many rows.
func (t table) statement(rows int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(t.columns)), ",") + ")"
	columns, values := strings.Join(t.columns, ", "), strings.TrimSuffix(strings.Repeat(row+",", rows), ",")
	if t.removes {
		return fmt.Sprintf("DELETE FROM %s WHERE (%s) IN (VALUES %s)", t.name, columns, values)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s %s", t.name, columns, values, t.conflict)
}

// statements are those that a commit needs, prepared once on the only writing connection.
type statements struct {
	many        []*sqlx.Stmt   // by table
	few         [][]*sqlx.Stmt // by number of rows, as in leftOver, and table
	findTerm    *sqlx.Stmt
	addTerm     *sqlx.Stmt
	putSystem   *sqlx.Stmt
	putTexts    *sqlx.Stmt
	moreTexts   *sqlx.Stmt
	findCovered *sqlx.Stmt
	all         []*sqlx.Stmt
}

func prepare(ctx context.Context, db *sqlx.DB) (*statements, error) {
	s := &statements{}
	var failed error
	statement := func(text string) *sqlx.Stmt {
		st, err := db.PreparexContext(ctx, text)
		if err != nil {
			failed = errors.Join(failed, err)
			return nil
		}
		s.all = append(s.all, st)
		return st
	}
	writing := func(rows int) (by []*sqlx.Stmt) {
		for _, t := range tables {
			by = append(by, statement(t.statement(rows)))
		}
		return by
	}
	s.many = writing(atOnce)
	for _, rows := range leftOver {
		s.few = append(s.few, writing(rows))
	}
	s.findTerm = statement(`SELECT id FROM terms WHERE system = ? AND kind = ? AND text = ?`)
	s.addTerm = statement(`INSERT INTO terms (id, system, kind, text) VALUES (?, ?, ?, ?)`)
	s.putSystem = statement(`INSERT INTO systems (id, name, created, sequence, at, entry, hash, lineage) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET created = excluded.created, sequence = excluded.sequence, at = excluded.at,
		entry = excluded.entry, hash = excluded.hash, lineage = excluded.lineage`)
	// In the order of the primary key. What is the same already is not written again.
	s.putTexts = statement(`INSERT INTO problem_texts (chunk, ids)
		SELECT ?, char(10) || group_concat(substr(id, 1, instr(id || char(0), char(0)) - 1), char(10)) || char(10)
		FROM problems WHERE record >= ? AND record < ? HAVING count(*) > 0
		ON CONFLICT (chunk) DO UPDATE SET ids = excluded.ids WHERE ids <> excluded.ids`)
	s.findCovered = statement(`SELECT count(*) FROM problems WHERE record = ? AND expert = ? AND id = ?`)
	s.moreTexts = statement(`INSERT INTO problem_texts (chunk, ids) VALUES (?, ?) ON CONFLICT (chunk) DO UPDATE SET ids = ids || substr(excluded.ids, 2)`)
	if failed != nil {
		return nil, errors.Join(failed, s.close())
	}
	return s, nil
}

func (s *statements) close() error {
	var err error
	for _, st := range s.all {
		err = errors.Join(err, st.Close())
	}
	return err
}

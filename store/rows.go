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
}

const (
	tableDocuments = iota
	tableEntries
	tableRecords
	tableStatuses
	tableRequests
	tableFacets
	tableProblems
	tablePrompts
	tableHours
	tableEvents
)

var tables = []table{
	tableDocuments: {"documents", []string{"system", "key", "value", "sum"},
		"ON CONFLICT (system, key) DO UPDATE SET value = excluded.value, sum = excluded.sum"},
	tableEntries: {"entries", []string{"id", "at", "replica", "hash", "sequence"}, ""},
	tableRecords: {"records", []string{"id", "system", "state", "code", "role", "name", "request", "key", "created", "ended"},
		`ON CONFLICT (id) DO UPDATE SET state = excluded.state, code = excluded.code, role = excluded.role, name = excluded.name,
		request = excluded.request, key = excluded.key, created = excluded.created, ended = excluded.ended`},
	tableStatuses: {"statuses", []string{"id", "value", "sum"},
		"ON CONFLICT (id) DO UPDATE SET value = excluded.value, sum = excluded.sum"},
	// A request never changes; a checkpoint repeats it.
	tableRequests: {"requests", []string{"id", "value", "sum"}, "ON CONFLICT DO NOTHING"},
	tableFacets:   {"facets", []string{"record", "term"}, "ON CONFLICT DO NOTHING"},
	tableProblems: {"problems", []string{"record", "expert", "id"}, "ON CONFLICT DO NOTHING"},
	// What is known first stays: a repeated event tells nothing new.
	tablePrompts: {"prompts", []string{"record", "number", "opened", "approved"},
		`ON CONFLICT (record, number) DO UPDATE SET opened = coalesce(opened, excluded.opened), approved = coalesce(approved, excluded.approved)`},
	tableHours: {"hours", []string{"system", "hour", "low", "high"},
		"ON CONFLICT (system, hour) DO UPDATE SET low = min(low, excluded.low), high = max(high, excluded.high)"},
	tableEvents: {"events", []string{"record", "entry", "n", "kind", "at", "role", "name", "via", "auth", "text",
		"token", "step", "attempt", "prompt", "code"}, ""},
}

// atOnce is how many rows one statement inserts where there are that many: a call into
// SQLite costs more than a small row.
const atOnce = 32

func (t table) insert(rows int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(t.columns)), ",") + ")"
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s %s", t.name, strings.Join(t.columns, ", "),
		strings.TrimSuffix(strings.Repeat(row+",", rows), ","), t.conflict)
}

// statements are those that a commit needs, prepared once on the only writing connection.
type statements struct {
	one, many      []*sqlx.Stmt
	removeDocument *sqlx.Stmt
	findTerm       *sqlx.Stmt
	addTerm        *sqlx.Stmt
	putSystem      *sqlx.Stmt
	all            []*sqlx.Stmt
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
	for _, t := range tables {
		s.one = append(s.one, statement(t.insert(1)))
		s.many = append(s.many, statement(t.insert(atOnce)))
	}
	s.removeDocument = statement(`DELETE FROM documents WHERE system = ? AND key = ?`)
	s.findTerm = statement(`SELECT id FROM terms WHERE system = ? AND kind = ? AND text = ?`)
	s.addTerm = statement(`INSERT INTO terms (id, system, kind, text) VALUES (?, ?, ?, ?)`)
	s.putSystem = statement(`INSERT INTO systems (id, name, created, sequence, at, entry, hash, lineage) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET created = excluded.created, sequence = excluded.sequence, at = excluded.at,
		entry = excluded.entry, hash = excluded.hash, lineage = excluded.lineage`)
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

// transaction gathers rows per table and writes them many at a time. Its statements run
// without the caller's context: a cancellable one costs a goroutine for each of them, and
// a commit is short.
type transaction struct {
	tx         *sqlx.Tx
	statements *statements
	terms      *terms
	bound      map[*sqlx.Stmt]*sqlx.Stmt
	pending    [][]any
}

func (t *transaction) stmt(st *sqlx.Stmt) *sqlx.Stmt {
	if b := t.bound[st]; b != nil {
		return b
	}
	b := t.tx.Stmtx(st)
	t.bound[st] = b
	return b
}

// add queues a row; rows of one table are written in the order in which they were added.
func (t *transaction) add(table int, values ...any) error {
	t.pending[table] = append(t.pending[table], values...)
	if len(t.pending[table]) < atOnce*len(tables[table].columns) {
		return nil
	}
	_, err := t.stmt(t.statements.many[table]).Exec(t.pending[table]...)
	t.pending[table] = t.pending[table][:0]
	if err != nil {
		return fmt.Errorf("writing to %s: %w", tables[table].name, err)
	}
	return nil
}

// flush writes what is left.
func (t *transaction) flush() error {
	for i, values := range t.pending {
		width := len(tables[i].columns)
		for ; len(values) > 0; values = values[width:] {
			if _, err := t.stmt(t.statements.one[i]).Exec(values[:width]...); err != nil {
				return fmt.Errorf("writing to %s: %w", tables[i].name, err)
			}
		}
		t.pending[i] = t.pending[i][:0]
	}
	return nil
}

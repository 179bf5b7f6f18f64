package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// A filter is one condition on records. Its predicate tests the record r; its sources, if
// it has any, list all records that fit by an index, in the order of their ids.
type filter struct {
	predicate fragment
	// sources give the column record, from tables or indexes that are ordered by it; nil
	// when there is no quick way.
	sources []fragment
}

// fragment is a piece of a statement with its parameters.
type fragment struct {
	text string
	args []any
}

const (
	// manySources is how many lists are merged at most; beyond, records are tested one by one.
	manySources = 64
	// fewRecords is how many records a list may have to be taken as short.
	fewRecords = 2000
)

// nothing is a filter that no record fits.
func (f filter) nothing() bool { return f.sources != nil && len(f.sources) == 0 }

// filterState wants one of the states.
func filterState(states []string) filter {
	f := filter{sources: []fragment{}}
	for _, state := range slices.Compact(slices.Sorted(slices.Values(states))) {
		f.sources = append(f.sources, fragment{`SELECT id AS record FROM records WHERE state = ?`, []any{state}})
		f.predicate.args = append(f.predicate.args, state)
	}
	f.predicate.text = `r.state IN (` + strings.TrimSuffix(strings.Repeat("?,", len(f.predicate.args)), ",") + `)`
	return f
}

// filterTerm wants a term of the kind that fits the text.
func filterTerm(ctx context.Context, tx *sqlx.Tx, sys system, kind int, text string) (filter, error) {
	ids, few, err := findTerms(ctx, tx, sys, kind, parsePattern(text))
	if err != nil {
		return filter{}, err
	}
	if !few {
		where, args := parsePattern(text).where("t.text")
		return filter{predicate: fragment{`EXISTS (SELECT 1 FROM facets f CROSS JOIN terms t ON t.id = f.term
			WHERE f.record = r.id AND t.kind = ? AND ` + where + `)`, append([]any{kind}, args...)}}, nil
	}
	f := filter{predicate: fragment{text: `EXISTS (SELECT 1 FROM facets f WHERE f.record = r.id AND f.term IN (` + list(ids) + `))`}, sources: []fragment{}}
	for _, id := range ids {
		f.sources = append(f.sources, fragment{`SELECT record FROM facets WHERE term = ?`, []any{id}})
	}
	return f, nil
}

func findTerms(ctx context.Context, tx *sqlx.Tx, sys system, kind int, p pattern) (ids []int64, few bool, err error) {
	where, args := p.where("text")
	err = tx.SelectContext(ctx, &ids, fmt.Sprintf(`SELECT id FROM terms WHERE system = ? AND kind = ? AND %s LIMIT %d`, where, manySources+1),
		append([]any{sys.ID, kind}, args...)...)
	return ids, len(ids) <= manySources, err
}

// filterProblem wants a problem whose title or id fits the text.
func filterProblem(ctx context.Context, tx *sqlx.Tx, sys system, text string) (filter, error) {
	f, err := filterTerm(ctx, tx, sys, termTitle, text)
	if err != nil {
		return f, err
	}
	p := parsePattern(text)
	where, args := p.where("p.id")
	f.predicate = fragment{
		`(` + f.predicate.text + ` OR EXISTS (SELECT 1 FROM problems p WHERE p.record = r.id AND ` + where + `))`,
		append(f.predicate.args, args...),
	}
	if f.sources == nil {
		return f, nil
	}
	if !p.wild {
		experts, few, err := findTerms(ctx, tx, sys, termWhose, parsePattern("*"))
		if err != nil {
			return f, err
		}
		if !few {
			f.sources = nil
			return f, nil
		}
		for _, expert := range experts {
			f.sources = append(f.sources, fragment{`SELECT record FROM problems WHERE id = ? AND expert = ?`, []any{p.exact, expert}})
		}
		return f, nil
	}
	// Ids differ from record to record: where few fit, their records are listed; where
	// many do, going through the newest soon finds a page of them.
	var records []int64
	where, args = p.where("id")
	if err := tx.SelectContext(ctx, &records, fmt.Sprintf(`SELECT record FROM problems WHERE %s AND record >= ? AND record < ? LIMIT %d`, where, fewRecords+1),
		append(args, sys.low(), sys.high())...); err != nil {
		return f, err
	}
	switch {
	case len(records) > fewRecords:
		f.sources = nil
	case len(records) > 0:
		f.sources = append(f.sources, fragment{text: `SELECT id AS record FROM records WHERE id IN (` + list(records) + `)`})
	}
	return f, nil
}

// span is a range of ids: low <= id < high.
type span struct{ low, high int64 }

// estimate tells about how many records of the span fit: exactly where they are few, else
// as if the rest of the span were like the newest of it. That is enough to choose the
// shortest list.
func (f filter) estimate(ctx context.Context, tx *sqlx.Tx, in span) (float64, error) {
	total := 0.0
	most := max(50, fewRecords/max(1, len(f.sources)))
	for _, s := range f.sources {
		var sample struct {
			Count  int64         `db:"count"`
			Oldest sql.NullInt64 `db:"oldest"`
		}
		statement := fmt.Sprintf(`SELECT count(*) AS count, min(record) AS oldest
			FROM (SELECT record FROM (%s) WHERE record >= ? AND record < ? ORDER BY record DESC LIMIT %d)`, s.text, most)
		if err := tx.GetContext(ctx, &sample, statement, append(slices.Clone(s.args), in.low, in.high)...); err != nil {
			return 0, err
		}
		n := float64(sample.Count)
		if sample.Count == int64(most) {
			n *= float64(in.high-in.low) / float64(in.high-sample.Oldest.Int64)
		}
		total += n
	}
	return total, nil
}

// newest gives the ids of the newest records in the span that fit all filters, and the
// extra condition, newest first.
func newest(ctx context.Context, tx *sqlx.Tx, in span, filters []filter, extra fragment, limit int) ([]int64, error) {
	first, shortest := -1, 0.0
	for i, f := range filters {
		if f.nothing() {
			return nil, nil
		}
		if f.sources == nil || len(f.sources) > manySources {
			continue
		}
		n, err := f.estimate(ctx, tx, in)
		if err != nil {
			return nil, err
		}
		if first < 0 || n < shortest {
			first, shortest = i, n
		}
	}
	where := extra
	for i, f := range filters {
		if i != first {
			where.text += ` AND ` + f.predicate.text
			where.args = append(where.args, f.predicate.args...)
		}
	}
	if first < 0 {
		var ids []int64
		args := append([]any{in.low, in.high}, append(where.args, limit)...)
		err := tx.SelectContext(ctx, &ids, `SELECT r.id FROM records r WHERE r.id >= ? AND r.id < ?`+where.text+` ORDER BY r.id DESC LIMIT ?`, args...)
		return ids, err
	}
	// Each list gives its newest that fit; the newest of all are among them.
	var ids []int64
	for _, s := range filters[first].sources {
		var some []int64
		args := append(slices.Clone(s.args), in.low, in.high)
		args = append(append(args, where.args...), limit)
		if err := tx.SelectContext(ctx, &some, fromList(s.text, where.text), args...); err != nil {
			return nil, err
		}
		ids = append(ids, some...)
	}
	slices.SortFunc(ids, func(a, b int64) int { return int(max(-1, min(1, b-a))) })
	ids = slices.Compact(ids)
	return ids[:min(limit, len(ids))], nil
}

// fromList takes the newest records of a list that fit the conditions. CROSS JOIN keeps
// SQLite from choosing another order.
func fromList(source, where string) string {
	return `SELECT s.record FROM (` + source + `) s CROSS JOIN records r ON r.id = s.record
		WHERE s.record >= ? AND s.record < ?` + where + ` ORDER BY s.record DESC LIMIT ?`
}

package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// A filter is one condition on records. Its predicate tests the record r; its list, if it
// has one, finds the records that fit by an index.
type filter struct {
	predicate fragment
	list      *list
}

// list gives records that fit.
type list struct {
	// rows selects the column record, up to and with a condition; column names the record
	// in it, so that a span can be added.
	rows   fragment
	column string
	// parts is how many runs of the index it is made of: each is in the order of records.
	parts int
}

// fragment is a piece of a statement with its parameters.
type fragment struct {
	text string
	args []any
}

func (f fragment) and(more fragment) fragment {
	return fragment{f.text + more.text, append(slices.Clone(f.args), more.args...)}
}

// within adds a span.
func (l *list) within(in span) fragment {
	return l.rows.and(fragment{` AND ` + l.column + ` >= ? AND ` + l.column + ` < ?`, []any{in.low, in.high}})
}

// manyParts is how many runs of an index a list is made of at most; beyond, records are
// tested one by one.
const manyParts = 500

// nothing is a filter that no record fits.
func (f filter) nothing() bool { return f.list != nil && f.list.parts == 0 }

// filterState wants one of the states.
func filterState(states []string) filter {
	states = slices.Compact(slices.Sorted(slices.Values(states)))
	in := fragment{text: `state IN (` + strings.TrimSuffix(strings.Repeat("?,", len(states)), ",") + `)`}
	for _, state := range states {
		in.args = append(in.args, state)
	}
	return filter{
		predicate: fragment{`r.` + in.text, in.args},
		list:      &list{rows: fragment{`SELECT id AS record FROM records INDEXED BY records_state WHERE ` + in.text, in.args}, column: `id`, parts: len(states)},
	}
}

// filterTerm wants a term of the kind that fits the text.
func filterTerm(ctx context.Context, tx *sqlx.Tx, sys system, kind int, text string) (filter, error) {
	p := parsePattern(text)
	ids, few, err := findTerms(ctx, tx, sys, kind, p)
	if err != nil {
		return filter{}, err
	}
	if !few {
		where, args := p.where("t.text")
		return filter{predicate: fragment{`EXISTS (SELECT 1 FROM facets f CROSS JOIN terms t ON t.id = f.term
			WHERE f.record = r.id AND t.kind = ? AND ` + where + `)`, append([]any{kind}, args...)}}, nil
	}
	// A record has few terms: going through them is cheaper than looking for each one wanted.
	return filter{
		predicate: fragment{text: `EXISTS (SELECT 1 FROM facets f WHERE f.record = r.id AND +f.term IN (` + numberList(ids) + `))`},
		list:      &list{rows: fragment{text: `SELECT record FROM facets WHERE term IN (` + numberList(ids) + `)`}, column: `record`, parts: len(ids)},
	}, nil
}

func findTerms(ctx context.Context, tx *sqlx.Tx, sys system, kind int, p pattern) (ids []int64, few bool, err error) {
	where, args := p.where("text")
	err = tx.SelectContext(ctx, &ids, fmt.Sprintf(`SELECT id FROM terms WHERE system = ? AND kind = ? AND %s LIMIT %d`, where, manyParts+1),
		append([]any{sys.ID, kind}, args...)...)
	return ids, len(ids) <= manyParts, err
}

// filterRecords wants one of the records.
func filterRecords(ids []int64) filter {
	return filter{
		predicate: fragment{text: `r.id IN (` + numberList(ids) + `)`},
		list:      &list{rows: fragment{text: `SELECT id AS record FROM records WHERE id IN (` + numberList(ids) + `)`}, column: `id`, parts: len(ids)},
	}
}

package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// countedRecord is as much of a record as is counted.
type countedRecord struct {
	id, created, key, took int64
	expired, ended         bool
	state                  string
}

// stretchRecords is how many records are read at a time, so that the memory is bounded.
const stretchRecords = 16384

// Each stretch of records comes as one text: handing over every row by itself takes
// longer than all the counting, and grouping in SQLite sorts all the rows. The state is
// the last word of a line, so that it may be anything.
const selectStretch = `SELECT max(id) AS last, count(*) AS count, group_concat(line, char(10)) AS lines FROM (
	SELECT r.id, r.id || ' ' || r.created || ' ' || r.key || ' ' || (r.ended IS NOT NULL) || ' ' || coalesce(r.ended - r.created, 0)
		|| ' ' || (r.code = '` + schema.CodeApprovalTimeout + `') || ' ' || r.state AS line
	FROM records r WHERE r.id >= ? AND r.id < ?%s ORDER BY r.id LIMIT %d)`

// read counts the records of the span that fit the condition.
func (t *tally) read(ctx context.Context, tx *sqlx.Tx, sys system, in span, condition fragment) error {
	attended, err := attendedTerm(ctx, tx, sys)
	if err != nil {
		return err
	}
	for {
		var stretch struct {
			Last  sql.NullInt64  `db:"last"`
			Count int            `db:"count"`
			Lines sql.NullString `db:"lines"`
		}
		if err := tx.GetContext(ctx, &stretch, fmt.Sprintf(selectStretch, condition.text, stretchRecords),
			append([]any{in.low, in.high}, condition.args...)...); err != nil {
			return err
		}
		if stretch.Count == 0 {
			return nil
		}
		here := span{in.low, stretch.Last.Int64 + 1}
		seen, err := t.attended(ctx, tx, here, attended)
		if err != nil {
			return err
		}
		counted := make(map[int64]struct{}, stretch.Count)
		for line := range strings.SplitSeq(stretch.Lines.String, "\n") {
			r, err := parseRecord(line)
			if err != nil {
				return err
			}
			counted[r.id] = struct{}{}
			_, was := seen[r.id]
			t.count(r, was)
		}
		if err := t.readPrompts(ctx, tx, here, counted); err != nil {
			return err
		}
		in.low = here.high
	}
}

func parseRecord(line string) (r countedRecord, err error) {
	var words [6]int64
	for i := range words {
		word, rest, _ := strings.Cut(line, " ")
		if words[i], err = strconv.ParseInt(word, 10, 64); err != nil {
			return r, fmt.Errorf("reading a record to count: %w", err)
		}
		line = rest
	}
	return countedRecord{
		id: words[0], created: words[1], key: words[2], ended: words[3] == 1, took: words[4], expired: words[5] == 1, state: line,
	}, nil
}

func attendedTerm(ctx context.Context, tx *sqlx.Tx, sys system) (id int64, err error) {
	err = tx.GetContext(ctx, &id, `SELECT coalesce(max(id), 0) FROM terms WHERE system = ? AND kind = ? AND text = ''`, sys.ID, termAttended)
	return id, err
}

// attended gives the records to which an operator did anything.
func (t *tally) attended(ctx context.Context, tx *sqlx.Tx, in span, term int64) (map[int64]struct{}, error) {
	var list sql.NullString
	if err := tx.GetContext(ctx, &list, `SELECT group_concat(record, ' ') FROM facets WHERE term = ? AND record >= ? AND record < ?`,
		term, in.low, in.high); err != nil {
		return nil, err
	}
	out := map[int64]struct{}{}
	for word := range strings.FieldsSeq(list.String) {
		id, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("reading who was attended: %w", err)
		}
		out[id] = struct{}{}
	}
	return out, nil
}

// readPrompts takes in how long the prompts of the records counted stayed open until
// somebody approved.
func (t *tally) readPrompts(ctx context.Context, tx *sqlx.Tx, in span, counted map[int64]struct{}) error {
	var list sql.NullString
	if err := tx.GetContext(ctx, &list, `SELECT group_concat(record || ' ' || (approved - opened), char(10)) FROM prompts
		WHERE record >= ? AND record < ? AND opened IS NOT NULL AND approved IS NOT NULL`, in.low, in.high); err != nil {
		return err
	}
	for line := range strings.SplitSeq(list.String, "\n") {
		if line == "" {
			continue
		}
		record, open, _ := strings.Cut(line, " ")
		id, err := strconv.ParseInt(record, 10, 64)
		if err != nil {
			return fmt.Errorf("reading a prompt: %w", err)
		}
		if _, ok := counted[id]; !ok {
			continue
		}
		n, err := strconv.ParseInt(open, 10, 64)
		if err != nil {
			return fmt.Errorf("reading a prompt: %w", err)
		}
		t.approvals = append(t.approvals, n)
	}
	return nil
}

package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// recordToCount is as much of a record as is counted.
type recordToCount struct {
	day, key, took int64
	expired, ended bool
	state          string
}

// stretchRecords is how many numbers of records are read at a time, so that the memory is bounded.
const stretchRecords = 16384

// countedStates are those that stand as their place in this list; any other text is
// possible, and then the states are read as they are.
var countedStates = []string{
	schema.Completed, schema.Failed, schema.Cancelled, schema.RejectedState, schema.Joined,
	schema.Postponed, schema.AwaitingApproval, schema.Running, schema.Stopping, schema.Unclear, schema.Observing,
}

// Each column of a stretch of records comes as one text. Handing over every row by itself
// takes longer than all the counting, and so does putting the columns of a row together in
// SQLite, or grouping there, which sorts all the rows. The shorter the numbers, the better:
// a code is twice the state's place, and one more for what expired; how long one took is
// told of what was completed only; before 1970 a division has to round down, too.
var (
	selectStretch = `SELECT count(*) AS count, coalesce(group_concat(r.id - ?), '') AS places, coalesce(group_concat(r.key), '') AS keys,
		coalesce(group_concat(CASE WHEN r.created >= 0 THEN r.created / ` + dayNanos + ` ELSE -1 - (-1 - r.created) / ` + dayNanos + ` END), '') AS days,
		coalesce(group_concat(coalesce(CASE r.state WHEN '` + schema.Completed + `' THEN r.ended - r.created END, '')), '') AS took,
		coalesce(group_concat(CASE r.state` + placesOfStates() + ` ELSE -1 END * 2 + (r.code = '` + schema.CodeApprovalTimeout + `')), '') AS codes
		FROM records r WHERE r.id >= ? AND r.id < ?`
	selectStates = `SELECT json_group_array(r.state) FROM records r WHERE r.id >= ? AND r.id < ?`
)

const (
	dayNanos       = `86400000000000`
	selectAttended = `SELECT count(*) AS count, coalesce(group_concat(record - ?), '') AS places FROM facets WHERE term = ? AND record >= ? AND record < ?`
	selectPrompts  = `SELECT count(*) AS count, coalesce(group_concat(record - ?), '') AS places, coalesce(group_concat(approved - opened), '') AS took
		FROM prompts WHERE record >= ? AND record < ? AND opened IS NOT NULL AND approved IS NOT NULL`
)

func placesOfStates() string {
	var b strings.Builder
	for i, state := range countedStates {
		fmt.Fprintf(&b, " WHEN '%s' THEN %d", state, i)
	}
	return b.String()
}

// stretch is what one of these statements gives: columns of numbers, of equal length.
type stretch struct {
	Count                           int
	Places, Keys, Days, Took, Codes string
}

// read counts the records of the span that fit the condition.
func (t *tally) read(ctx context.Context, tx *sqlx.Tx, sys system, in span, condition fragment) error {
	attended, err := attendedTerm(ctx, tx, sys)
	if err != nil {
		return err
	}
	for ; in.low < in.high; in.low += stretchRecords {
		if err := t.readStretch(ctx, tx, span{in.low, min(in.high, in.low+stretchRecords)}, condition, attended); err != nil {
			return fmt.Errorf("counting records: %w", err)
		}
	}
	return nil
}

func attendedTerm(ctx context.Context, tx *sqlx.Tx, sys system) (id int64, err error) {
	err = tx.GetContext(ctx, &id, `SELECT coalesce(max(id), 0) FROM terms WHERE system = ? AND kind = ? AND text = ''`, sys.ID, termAttended)
	return id, err
}

func (t *tally) readStretch(ctx context.Context, tx *sqlx.Tx, in span, condition fragment, attendedTerm int64) error {
	var records, attended, prompts stretch
	args := append([]any{in.low, in.high}, condition.args...)
	if err := tx.GetContext(ctx, &records, selectStretch+condition.text, append([]any{in.low}, args...)...); err != nil || records.Count == 0 {
		return err
	}
	if err := tx.GetContext(ctx, &attended, selectAttended, in.low, attendedTerm, in.low, in.high); err != nil {
		return err
	}
	if err := tx.GetContext(ctx, &prompts, selectPrompts, in.low, in.low, in.high); err != nil {
		return err
	}
	// Whether an operator did anything to a record, and whether it is counted, by its place in the stretch.
	var seen, counted [stretchRecords]bool
	places, err := numbers(attended.Places, attended.Count)
	if err != nil {
		return err
	}
	for _, place := range places {
		seen[place] = true
	}
	states := func() (states []string, err error) {
		var list []byte
		if err := tx.GetContext(ctx, &list, selectStates+condition.text, args...); err != nil {
			return nil, err
		}
		return states, json.Unmarshal(list, &states)
	}
	if err := t.countRecords(records, states, &seen, &counted); err != nil {
		return err
	}
	if places, err = numbers(prompts.Places, prompts.Count); err != nil {
		return err
	}
	took, err := numbers(prompts.Took, prompts.Count)
	if err != nil {
		return err
	}
	for i, place := range places {
		if counted[place] {
			t.approvals = append(t.approvals, took[i])
		}
	}
	return nil
}

// countRecords counts a stretch of records; states gives their states, where one is none
// of those that are usually counted.
func (t *tally) countRecords(s stretch, states func() ([]string, error), seen, counted *[stretchRecords]bool) error {
	var columns [5][]int64
	for i, text := range [...]string{s.Places, s.Keys, s.Days, s.Took, s.Codes} {
		var err error
		if columns[i], err = numbers(text, s.Count); err != nil {
			return err
		}
	}
	var other []string
	for i, place := range columns[0] {
		counted[place] = true
		took, code := columns[3][i], columns[4][i]
		r := recordToCount{day: columns[2][i], key: columns[1][i], took: took, ended: took != none, expired: code&1 == 1}
		if code >= 0 {
			r.state = countedStates[code>>1]
		} else {
			if other == nil {
				var err error
				if other, err = states(); err != nil {
					return err
				}
			}
			r.state = other[i]
		}
		t.count(r, seen[place])
	}
	return nil
}

// none stands for a number that is left out.
const none = math.MinInt64

// numbers reads so many numbers with commas between them.
func numbers(text string, count int) ([]int64, error) {
	out := make([]int64, 0, count)
	if count == 0 {
		return out, nil
	}
	n, digits, sign := int64(0), 0, int64(1)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			n, digits = n*10+int64(c-'0'), digits+1
		case c == ',':
			if digits == 0 {
				n = none
			}
			out = append(out, sign*n)
			n, digits, sign = 0, 0, 1
		case c == '-' && digits == 0:
			sign = -1
		default:
			return nil, fmt.Errorf("reading numbers: %q is none of them", c)
		}
	}
	if digits == 0 {
		n = none
	}
	if out = append(out, sign*n); len(out) != count {
		return nil, fmt.Errorf("reading numbers: %d instead of %d", len(out), count)
	}
	return out, nil
}

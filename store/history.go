package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// Limits of a page of history.
const (
	usualPage   = 50
	largestPage = 500
)

// History gives the records that fit every filter, newest first by token number. The
// cursor is a token number, so that a page stays where it is while new records arrive.
// A query for a token gives that record alone, with its audit trail.
func (s *Store) History(ctx context.Context, name string, q schema.HistoryQuery) (schema.History, error) {
	h := schema.History{Type: schema.Type(schema.KindHistory), System: name, Records: []schema.Summary{}}
	var before, number uint64 = maxNumber + 1, 0
	if q.Cursor != "" {
		n, err := strconv.ParseUint(q.Cursor, 10, 64)
		if err != nil || n > maxNumber {
			return h, badQuery("cursor", fmt.Sprintf("%q is no cursor: give back the previous page's next as it is", q.Cursor))
		}
		before = n
	}
	if q.Since != nil && q.Until != nil && q.Until.Before(*q.Since) {
		return h, badQuery("until", "it lies before since: exchange the two")
	}
	if q.Token != "" {
		n, fits := recordNumber(name, q.Token)
		if !fits {
			return h, badQuery("token", fmt.Sprintf("%q is no token of %s: a token is %s-<number>", q.Token, name, name))
		}
		number = n
	}
	limit := q.Limit
	if limit <= 0 {
		limit = usualPage
	}
	limit = min(limit, largestPage)
	_, err := s.viewSystem(ctx, "reading the history of "+name, name, func(tx *sqlx.Tx, sys system) error {
		h.Entry = uint64(sys.Entry)
		in := span{sys.low(), idOf(sys.ID, before)}
		if number > 0 {
			in = span{max(in.low, idOf(sys.ID, number)), min(in.high, idOf(sys.ID, number+1))}
			var err error
			if h.Events, err = events(ctx, tx, sys, number, 0, 0); err != nil {
				return err
			}
			if err = trailFits(q.Token, h.Events); err != nil {
				return err
			}
		}
		// The newest of a span tell how long a list is: it has to end where the records do.
		var last int64
		if err := tx.GetContext(ctx, &last, `SELECT coalesce(max(id), 0) FROM records WHERE id >= ? AND id < ?`, in.low, in.high); err != nil {
			return err
		}
		in.high = min(in.high, last+1)
		filters, err := filtersOf(ctx, tx, sys, q)
		if err != nil {
			return err
		}
		in, extra, err := inTime(ctx, tx, sys, q.Since, q.Until, in)
		if err != nil {
			return err
		}
		// One more than asked for tells whether there is another page.
		var ids []int64
		if q.Problem == "" {
			ids, err = newest(ctx, tx, in, filters, extra, limit+1)
		} else {
			ids, err = newestOfProblem(ctx, tx, sys, q.Problem, in, filters, extra, limit+1)
		}
		if err != nil {
			return err
		}
		if len(ids) > limit {
			ids = ids[:limit]
			h.Next = strconv.FormatUint(numberOf(ids[limit-1]), 10)
		}
		if h.Records, err = summaries(ctx, tx, sys, ids); err != nil {
			return err
		}
		if n := howMany(h.Records); n < len(h.Records) {
			h.Records = h.Records[:n]
			h.Next = strconv.FormatUint(numberOf(ids[n-1]), 10)
		}
		return nil
	})
	return h, err
}

// howMany tells how many records a page holds: most are small, and all of them fit.
func howMany(records []schema.Summary) int {
	size := 0
	for i := range records {
		r := &records[i]
		size += 800 + schema.TextSize(r.Title) + schema.TextSize(r.Key) + schema.TextSize(r.Reason.Text)
		for _, p := range r.Problems {
			size += schema.TextSize(p) + 1
		}
		if r.Prompt != nil {
			size += 300 + schema.TextSize(r.Prompt.Why)
		}
		if size > answerSize {
			return i + 1
		}
	}
	return len(records)
}

// trailFits refuses a trail that is too long for one answer.
func trailFits(token string, events []schema.Event) error {
	size := 0
	for i := range events {
		size += lineSize(events[i].Text)
	}
	if size <= answerSize {
		return nil
	}
	return &schema.Error{
		Type: schema.Type(schema.KindError), Code: 413, Field: "token", Reason: schema.CodeTooLarge,
		Text: fmt.Sprintf("%d lines tell of %s, more than an answer holds: ask for its audit trail, page by page", len(events), token),
	}
}

// filtersOf gives a filter for each condition but that on problems.
func filtersOf(ctx context.Context, tx *sqlx.Tx, sys system, q schema.HistoryQuery) ([]filter, error) {
	var filters []filter
	if len(q.State) > 0 {
		filters = append(filters, filterState(q.State))
	}
	for _, t := range []struct {
		kind int
		text string
	}{{termKey, q.Key}, {termExpert, q.Expert}, {termAgent, q.Agent}, {termOperator, q.Operator}} {
		if t.text == "" {
			continue
		}
		f, err := filterTerm(ctx, tx, sys, t.kind, t.text)
		if err != nil {
			return nil, err
		}
		filters = append(filters, f)
	}
	return filters, nil
}

// inTime narrows the span to the records of the hours that the time touches, and gives
// the exact condition: since <= created < until.
func inTime(ctx context.Context, tx *sqlx.Tx, sys system, since, until *time.Time, in span) (span, fragment, error) {
	var exact fragment
	if since == nil && until == nil {
		return in, exact, nil
	}
	statement, args := `SELECT coalesce(min(low), 0) AS low, coalesce(max(high), 0) AS high FROM hours WHERE system = ?`, []any{sys.ID}
	if since != nil {
		statement += ` AND hour >= ?`
		args = append(args, hourOf(*since))
		exact.text += ` AND r.created >= ?`
		exact.args = append(exact.args, nanos(*since))
	}
	if until != nil {
		statement += ` AND hour <= ?`
		args = append(args, hourOf(*until))
		exact.text += ` AND r.created < ?`
		exact.args = append(exact.args, nanos(*until))
	}
	var numbers struct{ Low, High int64 }
	if err := tx.GetContext(ctx, &numbers, statement, args...); err != nil {
		return in, exact, err
	}
	return span{max(in.low, idOf(sys.ID, uint64(numbers.Low))), min(in.high, idOf(sys.ID, uint64(numbers.High)+1))}, exact, nil
}

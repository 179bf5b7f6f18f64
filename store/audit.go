package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

const (
	usualLines   = 100
	largestLines = 1000
	// auditLooks is how many lines a page looks at: one that finds little is short, and
	// names the next.
	auditLooks = 100_000
	// answerSize is how large a page of lines or of records may grow, in bytes, before it
	// ends; one more always fits what the broker carries.
	answerSize = 512 << 10
)

func itoa(n int) string { return strconv.Itoa(n) }

// Audit gives a page of the audit trail: of a recovery, or of the whole system.
func (s *Store) Audit(ctx context.Context, name string, q schema.AuditQuery) (schema.Audit, error) {
	out := schema.Audit{Type: schema.Type(schema.KindAudit), System: name, Events: []schema.Event{}}
	limit := min(max(q.Limit, 0), largestLines)
	if limit == 0 {
		limit = usualLines
	}
	var at struct{ entry, n uint64 }
	if q.Cursor != "" {
		entry, n, _ := strings.Cut(q.Cursor, ".")
		var bad error
		if at.entry, bad = strconv.ParseUint(entry, 10, 40); bad == nil {
			at.n, bad = strconv.ParseUint(n, 10, 32)
		}
		if bad != nil {
			return out, badQuery("cursor", fmt.Sprintf("%q is no cursor: give back the previous page's next as it is", q.Cursor))
		}
	}
	if q.Since != nil && q.Until != nil && q.Until.Before(*q.Since) {
		return out, badQuery("until", "it lies before since: exchange the two")
	}
	_, err := s.viewSystem(ctx, "reading the audit trail of "+name, name, func(tx *sqlx.Tx, sys system) error {
		out.Entry = uint64(sys.Entry)
		if err := tx.GetContext(ctx, &out.First, `SELECT coalesce(min(id) & ?, 0) FROM entries WHERE id >= ? AND id < ?`, int64(maxNumber), sys.low(), sys.high()); err != nil {
			return err
		}
		in, err := entriesInTime(ctx, tx, sys, q.Since, q.Until)
		if err != nil {
			return err
		}
		where := fragment{text: `id >= ? AND id < ?`}
		if q.Entry > 0 {
			in.low, in.high = max(in.low, idOf(sys.ID, min(q.Entry, maxNumber))), min(in.high, idOf(sys.ID, min(q.Entry, maxNumber-1)+1))
		}
		if q.Behind > 0 {
			in.low = max(in.low, idOf(sys.ID, min(q.Behind, maxNumber-1)+1))
		}
		where.args = []any{in.low, in.high}
		if q.Cursor != "" {
			if q.Oldest {
				where.text += ` AND (id, n) > (?, ?)`
			} else {
				where.text += ` AND (id, n) < (?, ?)`
			}
			where.args = append(where.args, idOf(sys.ID, at.entry), int64(at.n))
		}
		if q.Token != "" {
			n, fits := recordNumber(name, q.Token)
			if !fits {
				return badQuery("token", fmt.Sprintf("%q is no token of %s: a token is %s-<number>", q.Token, name, name))
			}
			where.text += ` AND record = ?`
			where.args = append(where.args, idOf(sys.ID, n))
		}
		return lines(ctx, tx, sys, q, where, limit, &out)
	})
	return out, err
}

// lineSize is what an event with a text takes in an answer, rather too much.
func lineSize(text string) int { return 400 + schema.TextSize(text) }

// lines looks at lines one after another and keeps those that fit.
func lines(ctx context.Context, tx *sqlx.Tx, sys system, q schema.AuditQuery, where fragment, limit int, out *schema.Audit) error {
	order := `ORDER BY id DESC, n DESC`
	if q.Oldest {
		order = `ORDER BY id, n`
	}
	kinds := map[string]bool{}
	for _, k := range q.Kind {
		kinds[k] = true
	}
	rows, err := tx.QueryxContext(ctx, `SELECT `+lineColumns+` FROM events WHERE `+where.text+` `+order+` LIMIT ?`, append(where.args, auditLooks+1)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	looked, size := 0, 0
	var last line
	for rows.Next() {
		if looked == auditLooks || len(out.Events) == limit || size > answerSize {
			out.Next = fmt.Sprintf("%d.%d", numberOf(last.ID), last.N)
			break
		}
		var l line
		if err := rows.Scan(&l.ID, &l.N, &l.Record, &l.Kind, &l.At, &l.Role, &l.Name, &l.Via, &l.Auth, &l.Text, &l.Token, &l.Step, &l.Attempt, &l.Prompt, &l.Code); err != nil {
			return err
		}
		looked++
		last = l
		if q.Who != "" && l.Name != q.Who || q.Via != "" && l.Via != q.Via || len(kinds) > 0 && !kinds[l.Kind] ||
			q.Since != nil && l.At < nanos(*q.Since) || q.Until != nil && l.At >= nanos(*q.Until) || q.Text != "" && !occurs(l.Text, q.Text) {
			continue
		}
		out.Events = append(out.Events, l.event(sys.Name))
		size += lineSize(l.Text)
	}
	return rows.Err()
}

// entriesInTime narrows a time to a span of entries: their times never go back, so that
// halving finds them.
func entriesInTime(ctx context.Context, tx *sqlx.Tx, sys system, since, until *time.Time) (span, error) {
	in := span{sys.low(), sys.high()}
	first := func(t time.Time) (int64, error) {
		low, high := in.low, idOf(sys.ID, uint64(sys.Entry)+1)
		for low < high {
			middle := low + (high-low)/2
			var at []int64
			if err := tx.SelectContext(ctx, &at, `SELECT at FROM entries WHERE id >= ? AND id < ? ORDER BY id LIMIT 1`, middle, sys.high()); err != nil {
				return 0, err
			}
			if len(at) == 0 || at[0] >= nanos(t) {
				high = middle
			} else {
				low = middle + 1
			}
		}
		return low, nil
	}
	// An event's time is its entry's; a second lies between, should that ever differ.
	if since != nil {
		low, err := first(since.Add(-time.Second))
		if err != nil {
			return in, err
		}
		in.low = max(in.low, low)
	}
	if until != nil {
		high, err := first(until.Add(time.Second))
		if err != nil {
			return in, err
		}
		in.high = min(in.high, high)
	}
	return in, nil
}

// occurs tells whether the text holds what is looked for; * stands for anything.
func occurs(text, wanted string) bool {
	for piece := range strings.SplitSeq(wanted, "*") {
		i := strings.Index(text, piece)
		if i < 0 {
			return false
		}
		text = text[i+len(piece):]
	}
	return true
}

package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

const (
	usualStatistics = 30 * 24 * time.Hour
	mostProblems    = 50
)

// group is a count of records that agree in day, state, key and code.
type group struct {
	Day   int64  `db:"day"`
	State string `db:"state"`
	Key   int64  `db:"key"`
	Code  string `db:"code"`
	Count int    `db:"count"`
	// Took lists how long the completed ones took, in nanoseconds.
	Took sql.NullString `db:"took"`
}

// Statistics gives figures of the recoveries that were asked for from since (default: 30
// days before until) to before until (default: now). Expired counts those that ended
// because nobody answered; Unattended those that ended completed, failed or cancelled
// without any operator's doing; Problems counts every request of a kind, rejected and open
// ones too. A median, or a percentile, is a value that occurred: the nearest rank.
func (s *Store) Statistics(ctx context.Context, name string, q schema.StatisticsQuery, now time.Time) (schema.Statistics, error) {
	until := now.UTC()
	if q.Until != nil {
		until = q.Until.UTC()
	}
	since := until.Add(-usualStatistics)
	if q.Since != nil {
		since = q.Since.UTC()
	}
	out := schema.Statistics{
		Type: schema.Type(schema.KindStatistics), System: name, Since: since, Until: until,
		Days: []schema.DayCount{}, States: map[string]int{}, Problems: []schema.ProblemCount{},
	}
	if until.Before(since) {
		return out, badQuery("until", "it lies before since: exchange the two")
	}
	_, err := s.viewSystem(ctx, "counting the records of "+name, name, func(tx *sqlx.Tx, sys system) error {
		out.Entry = uint64(sys.Entry)
		in, created, err := inTime(ctx, tx, sys, &since, &until, span{sys.low(), sys.high()})
		if err != nil {
			return err
		}
		where := fragment{` r.id >= ? AND r.id < ?` + created.text, append([]any{in.low, in.high}, created.args...)}
		if err := countGroups(ctx, tx, where, &out); err != nil {
			return err
		}
		if out.Approval, err = approvals(ctx, tx, where); err != nil {
			return err
		}
		return tx.GetContext(ctx, &out.Unattended, `SELECT count(*) FROM records r WHERE`+where.text+` AND r.state IN ('completed', 'failed', 'cancelled')
			AND NOT EXISTS (SELECT 1 FROM facets f WHERE f.record = r.id AND f.term = (SELECT id FROM terms WHERE system = ? AND kind = ? AND text = ''))`,
			append(slices.Clone(where.args), sys.ID, termAttended)...)
	})
	return out, err
}

// countGroups fills in days, states, durations and problems. Durations come as one text per
// group: a row for each record would cost more than all the counting.
func countGroups(ctx context.Context, tx *sqlx.Tx, where fragment, out *schema.Statistics) error {
	const day = int64(24 * time.Hour)
	var groups []group
	if err := tx.SelectContext(ctx, &groups, fmt.Sprintf(`SELECT r.created / %d - (r.created %% %d < 0) AS day, r.state, r.key, r.code, count(*) AS count,
		group_concat(CASE WHEN r.state = 'completed' AND r.ended IS NOT NULL THEN r.ended - r.created END, ' ') AS took
		FROM records r WHERE%s GROUP BY 1, 2, 3, 4`, day, day, where.text), where.args...); err != nil {
		return err
	}
	days := map[int64]map[string]int{}
	problems := map[int64]*schema.ProblemCount{}
	took := map[int64][]int64{}
	var all []int64
	for _, g := range groups {
		if days[g.Day] == nil {
			days[g.Day] = map[string]int{}
		}
		days[g.Day][g.State] += g.Count
		out.States[g.State] += g.Count
		if g.Code == schema.CodeApprovalTimeout {
			out.Expired += g.Count
		}
		p := problems[g.Key]
		if p == nil {
			p = &schema.ProblemCount{}
			problems[g.Key] = p
		}
		p.Total += g.Count
		switch g.State {
		case schema.Completed:
			p.Completed += g.Count
		case schema.Failed:
			p.Failed += g.Count
		case schema.Cancelled:
			p.Cancelled += g.Count
		}
		values, err := numbers(nil, g.Took.String)
		if err != nil {
			return err
		}
		took[g.Key] = append(took[g.Key], values...)
		all = append(all, values...)
	}
	out.Duration = spread(all)
	for _, d := range slices.Sorted(maps.Keys(days)) {
		out.Days = append(out.Days, schema.DayCount{Day: fromDay(d), States: days[d]})
	}
	return nameProblems(ctx, tx, problems, took, out)
}

func fromDay(d int64) string { return time.Unix(d*24*60*60, 0).UTC().Format(time.DateOnly) }

// nameProblems takes the most frequent kinds of problems, and puts their keys for the numbers.
func nameProblems(ctx context.Context, tx *sqlx.Tx, problems map[int64]*schema.ProblemCount, took map[int64][]int64, out *schema.Statistics) error {
	var rows []struct {
		ID   int64  `db:"id"`
		Text string `db:"text"`
	}
	if err := tx.SelectContext(ctx, &rows, `SELECT id, text FROM terms WHERE id IN (`+list(slices.Collect(maps.Keys(problems)))+`)`); err != nil {
		return err
	}
	for _, r := range rows {
		p := problems[r.ID]
		p.Key, p.Median = r.Text, spread(took[r.ID]).Median
		out.Problems = append(out.Problems, *p)
	}
	slices.SortFunc(out.Problems, func(a, b schema.ProblemCount) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Key, b.Key))
	})
	out.Problems = out.Problems[:min(mostProblems, len(out.Problems))]
	return nil
}

func approvals(ctx context.Context, tx *sqlx.Tx, where fragment) (schema.Spread, error) {
	var text sql.NullString
	if err := tx.GetContext(ctx, &text, `SELECT group_concat(p.approved - p.opened, ' ') FROM records r CROSS JOIN prompts p ON p.record = r.id
		WHERE`+where.text+` AND p.opened IS NOT NULL AND p.approved IS NOT NULL`, where.args...); err != nil {
		return schema.Spread{}, err
	}
	values, err := numbers(nil, text.String)
	return spread(values), err
}

// numbers reads a list as group_concat writes it.
func numbers(to []int64, text string) ([]int64, error) {
	for field := range strings.FieldsSeq(text) {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("reading a duration: %w", err)
		}
		to = append(to, n)
	}
	return to, nil
}

// spread sorts the values and gives their median and 90th percentile, by nearest rank.
func spread(values []int64) schema.Spread {
	if len(values) == 0 {
		return schema.Spread{}
	}
	slices.Sort(values)
	rank := func(percent int) schema.Duration {
		return schema.Duration(values[max(1, (len(values)*percent+99)/100)-1])
	}
	return schema.Spread{Count: len(values), Median: rank(50), P90: rank(90)}
}

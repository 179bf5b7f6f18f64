package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

const (
	usualStatistics = 30 * 24 * time.Hour
	mostProblems    = 50
)

// Statistics gives figures of the recoveries that were asked for from since (default: 30
// days before until) to before until (default: now). Expired counts those that ended
// because nobody answered; Unattended those that ended completed, failed or cancelled
// without any operator's doing; Problems counts every request of a kind, rejected and open
// ones too. A median, or a percentile, is a value that occurred: the nearest rank. The
// digest, where it is asked for, is of the same entry as the figures.
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
		t := newTally()
		if err := t.read(ctx, tx, sys, in, created); err != nil {
			return err
		}
		if err := t.report(ctx, tx, &out); err != nil {
			return err
		}
		if q.Digest {
			out.Digest, err = digestOf(ctx, tx, sys)
		}
		return err
	})
	return out, err
}

// tally counts while records go by.
type tally struct {
	days                map[int64]map[string]int
	problems            map[int64]*counted
	all                 []int64
	approvals           []int64
	expired, unattended int
}

// counted is what is counted of one kind of problem, and how long each of those took that
// was completed.
type counted struct {
	schema.ProblemCount
	took []int64
}

func newTally() *tally {
	return &tally{days: map[int64]map[string]int{}, problems: map[int64]*counted{}}
}

// count takes in one record, and whether any operator did anything to it.
func (t *tally) count(r recordToCount, attended bool) {
	if t.days[r.day] == nil {
		t.days[r.day] = map[string]int{}
	}
	t.days[r.day][r.state]++
	if r.expired {
		t.expired++
	}
	p := t.problems[r.key]
	if p == nil {
		p = &counted{}
		t.problems[r.key] = p
	}
	p.Total++
	switch r.state {
	case schema.Completed:
		p.Completed++
		if r.ended {
			p.took = append(p.took, r.took)
			t.all = append(t.all, r.took)
		}
	case schema.Failed:
		p.Failed++
	case schema.Cancelled:
		p.Cancelled++
	default:
		return
	}
	if !attended {
		t.unattended++
	}
}

// report puts the figures into the answer, and keys for their numbers.
func (t *tally) report(ctx context.Context, tx *sqlx.Tx, out *schema.Statistics) error {
	out.Expired, out.Unattended = t.expired, t.unattended
	out.Approval, out.Duration = spread(t.approvals), spread(t.all)
	for _, day := range slices.Sorted(maps.Keys(t.days)) {
		date := time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly)
		out.Days = append(out.Days, schema.DayCount{Day: date, States: t.days[day]})
		for state, n := range t.days[day] {
			out.States[state] += n
		}
	}
	keys := slices.SortedFunc(maps.Keys(t.problems), func(a, b int64) int {
		return cmp.Or(cmp.Compare(t.problems[b].Total, t.problems[a].Total), cmp.Compare(a, b))
	})
	// All that tie with the last one shown have to be named before the key can decide.
	for len(keys) > mostProblems && t.problems[keys[len(keys)-1]].Total < t.problems[keys[mostProblems-1]].Total {
		keys = keys[:len(keys)-1]
	}
	for _, key := range keys {
		p := t.problems[key].ProblemCount
		err := tx.GetContext(ctx, &p.Key, `SELECT text FROM terms WHERE id = ?`, key)
		if errors.Is(err, sql.ErrNoRows) {
			return &Damage{Reason: "a record's key has no text"}
		}
		if err != nil {
			return err
		}
		p.Median = spread(t.problems[key].took).Median
		out.Problems = append(out.Problems, p)
	}
	slices.SortFunc(out.Problems, func(a, b schema.ProblemCount) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Key, b.Key))
	})
	out.Problems = out.Problems[:min(mostProblems, len(out.Problems))]
	return nil
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

package store

import (
	"context"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// cutMost is how many entries a cut goes forward at once, where there is a checkpoint so
// near: their rows are removed in one commit.
const cutMost = 20_000

// Removable gives records that have ended and that the policy keeps no longer, the lowest
// numbers first, at most limit of them; and the rules that let them go.
func (s *Store) Removable(ctx context.Context, name string, keep *schema.Retention, now time.Time, limit int) (out []schema.TokenRange, why string, err error) {
	_, err = s.viewSystem(ctx, "looking for records of "+name+" that may go", name, func(tx *sqlx.Tx, sys system) error {
		var conditions, rules []string
		var args []any
		high := sys.low()
		for _, state := range []string{schema.Completed, schema.Failed, schema.Cancelled, schema.RejectedState, schema.Joined} {
			k := keep.Of(state)
			if k == nil {
				continue
			}
			if k.Age != nil {
				conditions, args = append(conditions, `(state = ? AND ended < ?)`), append(args, state, nanos(now.Add(-k.Age.D())))
				rules = append(rules, state+": age "+k.Age.String())
				high = sys.high()
			}
			if k.Count != nil {
				below, err := s.newestBut(ctx, tx, sys, state, *k.Count)
				if err != nil {
					return err
				}
				conditions, args = append(conditions, `(state = ? AND id < ?)`), append(args, state, below)
				high = max(high, below)
				rules = append(rules, state+": count "+itoa(*k.Count))
			}
		}
		if len(conditions) == 0 {
			return nil
		}
		why = strings.Join(rules, ", ")
		var ids []int64
		err := tx.SelectContext(ctx, &ids, `SELECT id FROM records WHERE id >= ? AND id < ? AND ended IS NOT NULL AND (`+strings.Join(conditions, ` OR `)+`)
			ORDER BY id LIMIT ?`, append(append([]any{sys.low(), high}, args...), limit)...)
		for _, id := range ids {
			n := numberOf(id)
			if last := len(out) - 1; last >= 0 && out[last].To == n-1 {
				out[last].To = n
			} else {
				out = append(out, schema.TokenRange{From: n, To: n})
			}
		}
		return err
	})
	return out, why, err
}

// kept is what newestBut found last.
type kept struct {
	lineage      string
	entry, below int64
	count        int
}

// newestBut gives the id below which are all of a state but the newest count. To count half
// a million takes longer than to let a thousand go, again and again: what was found stays
// right, or is too low, as long as nothing from there on was let go. It is looked for anew
// once nothing is left below.
func (s *Store) newestBut(ctx context.Context, tx *sqlx.Tx, sys system, state string, count int) (int64, error) {
	if count == 0 {
		return sys.high(), nil
	}
	_, _, through, _ := s.place(sys.Name)
	key := [2]string{sys.Name, state}
	s.mu.Lock()
	last, ok := s.kept[key]
	s.mu.Unlock()
	if ok && last.count == count && last.lineage == sys.Lineage && last.entry <= sys.Entry && idOf(sys.ID, through) < last.below {
		var left []int64
		err := tx.SelectContext(ctx, &left, `SELECT id FROM records INDEXED BY records_state WHERE state = ? AND id >= ? AND id < ? LIMIT 1`, state, sys.low(), last.below)
		if err != nil || len(left) > 0 {
			return last.below, err
		}
	}
	var ids []int64
	err := tx.SelectContext(ctx, &ids, `SELECT id FROM records WHERE state = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT 1 OFFSET ?`,
		state, sys.low(), sys.high(), count-1)
	if err != nil || len(ids) == 0 {
		return sys.low(), err
	}
	s.mu.Lock()
	s.kept[key] = kept{lineage: sys.Lineage, entry: sys.Entry, below: ids[0], count: count}
	s.mu.Unlock()
	return ids[0], nil
}

// Cut gives the complete checkpoint with which the log may begin, later than the one it
// begins with now: of no record that is kept anything stands before it, and it was made
// before the time given. ok is false where there is none.
func (s *Store) Cut(ctx context.Context, name string, begins uint64, before time.Time) (cut schema.Cut, ok bool, err error) {
	_, err = s.viewSystem(ctx, "looking where the log of "+name+" may begin", name, func(tx *sqlx.Tx, sys system) error {
		first, err := firstOfRecords(ctx, tx, sys)
		if err != nil {
			return err
		}
		var found []struct {
			ID       int64  `db:"id"`
			Parts    int64  `db:"parts"`
			Sequence int64  `db:"sequence"`
			Hash     string `db:"hash"`
		}
		// Those that are near come last, so that the last one that fits is the best.
		if err := tx.SelectContext(ctx, &found, `SELECT c.id, c.parts, e.sequence, e.hash FROM checkpoints c JOIN entries e ON e.id = c.id
			WHERE c.id > ? AND c.id < ? AND c.part = 1 AND e.at < ? ORDER BY c.id LIMIT 1000`,
			idOf(sys.ID, begins), first, nanos(before)); err != nil {
			return err
		}
		for _, f := range found {
			if ok && numberOf(f.ID) > begins+cutMost {
				break
			}
			var parts, distinct int64
			if err := tx.QueryRowxContext(ctx, `SELECT count(*), count(DISTINCT part) FROM checkpoints WHERE id >= ? AND id < ? AND parts = ? AND part = id - ? + 1`,
				f.ID, f.ID+f.Parts, f.Parts, f.ID).Scan(&parts, &distinct); err != nil {
				return err
			}
			if parts == f.Parts && distinct == f.Parts && f.ID+f.Parts <= first {
				cut, ok = schema.Cut{Entry: numberOf(f.ID), Sequence: uint64(f.Sequence), Hash: f.Hash}, true
			}
		}
		return nil
	})
	return cut, ok, err
}

// firstOfRecords gives the id of the first entry that says anything of a record that is
// kept: tokens are given out in the order of the entries.
func firstOfRecords(ctx context.Context, tx *sqlx.Tx, sys system) (int64, error) {
	var record, entry int64
	if err := tx.GetContext(ctx, &record, `SELECT coalesce(min(id), 0) FROM records WHERE id >= ? AND id < ?`, sys.low(), sys.high()); err != nil {
		return 0, err
	}
	if record == 0 {
		return idOf(sys.ID, uint64(sys.Entry)+1), nil
	}
	err := tx.GetContext(ctx, &entry, `SELECT coalesce(min(id), 0) FROM events WHERE record = ?`, record)
	return entry, err
}

package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// Letting go is a fold like all else: the entry names the records and the cut, and every
// database that applies it removes the same. One that is rebuilt from the checkpoint at
// the cut never had them, or removes what the checkpoint repeats of them here.

// byRecord are the tables that hold something of a record, and the column that says of which.
var byRecord = []struct{ table, column string }{
	{"records", "id"}, {"statuses", "id"}, {"requests", "id"}, {"facets", "record"}, {"problems", "record"}, {"prompts", "record"}, {"events", "record"},
}

// removeTexts removes the texts of which no record is left.
const removeTexts = `DELETE FROM problem_texts WHERE chunk >= ? AND chunk <= ?
	AND NOT EXISTS (SELECT 1 FROM problems p WHERE p.record >= chunk << 8 AND p.record < (chunk + 1) << 8)`

// byEntry are those that hold something of an entry.
var byEntry = []string{"events", "entries", "checkpoints"}

// letGo removes what a retention document lets go, where e is the entry that says so.
func (m *merge) letGo(tx *transaction, e *schema.Entry, d schema.Document) error {
	if gone(d) {
		return nil
	}
	r, err := schema.Read[schema.RetentionDocument](d.Value)
	if err != nil {
		return fmt.Errorf("document %q: %w", d.Key, err)
	}
	m.through = max(m.through, r.Through)
	if r.Entry != e.Entry {
		return nil // a checkpoint repeats it
	}
	if err := tx.flush(); err != nil {
		return err
	}
	for _, numbers := range r.Records {
		if numbers.To > maxNumber || numbers.From > numbers.To {
			return fmt.Errorf("entry %d of %s lets records %d to %d go, which is no range", e.Entry, m.name, numbers.From, numbers.To)
		}
		low, high := idOf(m.system, numbers.From), idOf(m.system, numbers.To)
		for n := range m.records {
			if n >= numbers.From && n <= numbers.To {
				delete(m.records, n)
			}
		}
		for f := range m.facets {
			if f[0] >= low && f[0] <= high {
				delete(m.facets, f)
			}
		}
		for p := range m.problems {
			if p.record >= low && p.record <= high {
				delete(m.problems, p)
			}
		}
		for _, of := range byRecord {
			if err := tx.remove(`DELETE FROM `+of.table+` WHERE `+of.column+` >= ? AND `+of.column+` <= ?`, low, high); err != nil {
				return err
			}
		}
		if err := tx.remove(removeTexts, low>>chunkBits, high>>chunkBits); err != nil {
			return err
		}
	}
	if r.Cut == nil {
		return nil
	}
	if r.Cut.Entry > e.Entry {
		return fmt.Errorf("entry %d of %s lets the log begin with entry %d, which is later", e.Entry, m.name, r.Cut.Entry)
	}
	for _, table := range byEntry {
		if err := tx.remove(`DELETE FROM `+table+` WHERE id >= ? AND id < ?`, idOf(m.system, 0), idOf(m.system, r.Cut.Entry)); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) remove(statement string, low, high int64) error {
	if _, err := t.tx.ExecContext(context.Background(), statement, low, high); err != nil {
		return errors.Join(errors.New(statement), err)
	}
	return nil
}

// keeps tells whether there is a record of a number so low that it may have been let go:
// what still comes in about one that was is a line of the audit trail and nothing else.
func (m *merge) keeps(tx *transaction, number uint64) (bool, error) {
	if _, ok := m.records[number]; ok {
		return true, nil
	}
	var n int
	err := tx.tx.GetContext(context.Background(), &n, `SELECT count(*) FROM records WHERE id = ?`, idOf(m.system, number))
	return n > 0, err
}

// through reads the highest number of a record that was ever let go.
func through(ctx context.Context, db *sqlx.DB, sys system) (uint64, error) {
	var values [][]byte
	if err := db.SelectContext(ctx, &values, `SELECT value FROM documents WHERE system = ? AND key = ?`, sys.ID, schema.KeyRetention); err != nil || len(values) == 0 {
		return 0, err
	}
	r, err := schema.Read[schema.RetentionDocument](values[0])
	return r.Through, err
}

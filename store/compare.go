package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"

	"github.com/jmoiron/sqlx"
)

// Comparison holds a database, as it was at one moment, against its log: the log is
// applied to a second one, and the two are read side by side.
type Comparison struct {
	name string
	db   *sqlx.DB
	tx   *sqlx.Tx
	sys  system

	dir    string
	second *Store
	build  *Rebuild
}

// Difference is the first thing in which a database is not what its log says.
type Difference struct {
	// Entry is the entry that says otherwise, as far as it can be told; 0: it can't.
	Entry uint64
	Text  string
}

// OpenToCompare opens a database, which a controller may be using, without changing it.
func OpenToCompare(ctx context.Context, path, name string) (_ *Comparison, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("opening the database to compare: %w: name a controller's data directory", err)
	}
	c := &Comparison{name: name}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("opening the database %s to compare: %w", path, explain(err)), c.Close())
		}
	}()
	if c.db, err = sqlx.Open("sqlite3", source(path, toRead+"&mode=rw")); err != nil {
		return nil, err
	}
	c.db.SetMaxOpenConns(1)
	if c.tx, err = c.db.BeginTxx(ctx, nil); err != nil {
		return nil, err
	}
	var version int
	if err = c.tx.GetContext(ctx, &version, `PRAGMA user_version`); err != nil {
		return nil, err
	}
	if version != newestVersion {
		return nil, fmt.Errorf("its tables have version %d, this program knows %d: use the controller's own", version, newestVersion)
	}
	var known bool
	if c.sys, known, err = findSystem(ctx, c.tx, name); err != nil {
		return nil, err
	}
	if !known {
		return nil, fmt.Errorf("it holds nothing of system %s: name the system with --system", name)
	}
	if c.dir, err = os.MkdirTemp("", "expertcontroller-verify-"); err != nil {
		return nil, err
	}
	if c.second, err = Open(ctx, Options{Path: filepath.Join(c.dir, "second.db")}); err != nil {
		return nil, err
	}
	c.build = c.second.Rebuild(0, nil)
	return c, nil
}

// Entry is where the database stands.
func (c *Comparison) Entry() uint64 { return uint64(c.sys.Entry) }

// Add takes the next entry of the log, up to Entry.
func (c *Comparison) Add(ctx context.Context, a Applied) error { return c.build.Add(ctx, a) }

// Compare gives the first difference, or nil.
func (c *Comparison) Compare(ctx context.Context) (first *Difference, err error) {
	if err := c.build.Finish(ctx); err != nil {
		return nil, err
	}
	_, err = c.second.viewSystem(ctx, "comparing with the log of "+c.name, c.name, func(tx *sqlx.Tx, sys system) error {
		for _, d := range digested {
			found, err := differs(ctx, d.name, d.statement, c.tx, c.sys, tx, sys)
			if err != nil {
				return err
			}
			if found != nil && (first == nil || first.Entry == 0 || found.Entry > 0 && found.Entry < first.Entry) {
				first = found
			}
		}
		return nil
	})
	return first, err
}

// differs reads what a statement gives of the database and of what the log says, side by side.
func differs(ctx context.Context, table, statement string, is *sqlx.Tx, isSystem system, should *sqlx.Tx, shouldSystem system) (*Difference, error) {
	read := func(tx *sqlx.Tx, sys system) (*sqlx.Rows, error) {
		return sqlx.NamedQueryContext(ctx, tx, statement, map[string]any{"system": sys.ID, "low": sys.low(), "high": sys.high(), "mask": int64(maxNumber)})
	}
	a, err := read(is, isSystem)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	b, err := read(should, shouldSystem)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	for {
		hasA, hasB := a.Next(), b.Next()
		if err := errors.Join(a.Err(), b.Err()); err != nil {
			return nil, err
		}
		if !hasA && !hasB {
			return nil, nil
		}
		var rowA, rowB []any
		if hasA {
			if rowA, err = a.SliceScan(); err != nil {
				return nil, err
			}
		}
		if hasB {
			if rowB, err = b.SliceScan(); err != nil {
				return nil, err
			}
		}
		if reflect.DeepEqual(rowA, rowB) {
			continue
		}
		what := "a row differs"
		row := rowB
		switch {
		case !hasA:
			what = "a row is missing"
		case !hasB:
			what, row = "a row is there that nothing wrote", rowA
		}
		return &Difference{Entry: entryOfRow(table, row), Text: fmt.Sprintf("table %s: %s, of %v", table, what, row[0])}, nil
	}
}

// entryOfRow finds the entry that a row comes from.
func entryOfRow(table string, row []any) uint64 {
	number := func(i int) uint64 {
		if n, ok := row[i].(int64); ok {
			return uint64(n)
		}
		return 0
	}
	switch table {
	case "position", "entries":
		return number(0)
	case "events":
		return number(1)
	case "documents", "records":
		var of struct {
			Entry uint64 `json:"entry"`
		}
		if value, ok := row[len(row)-1].([]byte); ok && json.Unmarshal(value, &of) == nil {
			return of.Entry
		}
	}
	return 0
}

// Close closes both, and removes the second.
func (c *Comparison) Close() error {
	var errs []error
	if c.tx != nil {
		errs = append(errs, c.tx.Rollback())
	}
	if c.db != nil {
		errs = append(errs, c.db.Close())
	}
	if c.second != nil {
		errs = append(errs, c.second.Close())
	}
	if c.dir != "" {
		errs = append(errs, os.RemoveAll(c.dir))
	}
	return errors.Join(errs...)
}

package store

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// transaction gathers rows per table and writes them many at a time. Its statements run
// without the caller's context: a cancellable one costs a goroutine for each of them, and
// a commit is short.
type transaction struct {
	tx         *sqlx.Tx
	statements *statements
	terms      *terms
	bound      map[*sqlx.Stmt]*sqlx.Stmt
	pending    [][]any
	// ahead takes rows that are written while the next ones are gathered; nil where there
	// never were enough of them. written hears how that went.
	ahead   chan rows
	written chan error
}

// rows are some of one table, and the statement that writes just as many.
type rows struct {
	table  int
	stmt   *sqlx.Stmt
	values []any
}

// aheadMost is how many statements' rows may wait while SQLite is busy with others.
const aheadMost = 64

func newTransaction(tx *sqlx.Tx, s *Store) *transaction {
	return &transaction{tx: tx, statements: s.statements, terms: s.terms, bound: map[*sqlx.Stmt]*sqlx.Stmt{}, pending: make([][]any, len(tables))}
}

func (t *transaction) stmt(st *sqlx.Stmt) *sqlx.Stmt {
	if b := t.bound[st]; b != nil {
		return b
	}
	b := t.tx.Stmtx(st)
	t.bound[st] = b
	return b
}

// add queues a row; rows of one table are written in the order in which they were added.
func (t *transaction) add(table int, values ...any) error {
	full := atOnce * len(tables[table].columns)
	t.pending[table] = append(t.pending[table], values...)
	if len(t.pending[table]) < full {
		return nil
	}
	if t.ahead == nil {
		t.ahead, t.written = make(chan rows, aheadMost), make(chan error, 1)
		go writeAhead(t.ahead, t.written)
	}
	t.ahead <- rows{table, t.stmt(t.statements.many[table]), t.pending[table]}
	t.pending[table] = make([]any, 0, full)
	return nil
}

// writeAhead writes what comes, up to the first error.
func writeAhead(ahead <-chan rows, written chan<- error) {
	var err error
	for r := range ahead {
		if err == nil {
			err = r.write()
		}
	}
	written <- err
}

// write asks instead of executing, though nothing is answered: the driver hands the
// values of a question over in one call into C, and those of an execution one by one. A
// question costs a goroutine, so that a single row is better executed.
func (r rows) write() error {
	var err error
	if len(r.values) == len(tables[r.table].columns) {
		_, err = r.stmt.Exec(r.values...)
	} else {
		var answer *sql.Rows
		if answer, err = r.stmt.Query(r.values...); err == nil {
			answer.Next()
			err = errors.Join(answer.Err(), answer.Close())
		}
	}
	if err != nil {
		return fmt.Errorf("writing to %s: %w", tables[r.table].name, err)
	}
	return nil
}

// settle waits until what went ahead is written.
func (t *transaction) settle() error {
	if t.ahead == nil {
		return nil
	}
	close(t.ahead)
	t.ahead = nil
	return <-t.written
}

// flush writes what is left.
func (t *transaction) flush() error {
	if err := t.settle(); err != nil {
		return err
	}
	for i, values := range t.pending {
		for n, number := range leftOver {
			for width := number * len(tables[i].columns); len(values) >= width; values = values[width:] {
				if err := (rows{i, t.stmt(t.statements.few[n][i]), values[:width]}).write(); err != nil {
					return err
				}
			}
		}
		t.pending[i] = t.pending[i][:0]
	}
	return nil
}

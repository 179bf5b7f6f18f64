package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"
)

// Kinds of terms. They stand in the database: never renumber one.
const (
	termExpert   = 1 // the expert that asked
	termOperator = 2 // an operator that asked, or did anything to the recovery
	termAgent    = 3 // an agent of any attempt
	termKey      = 4 // a problem's key
	termTitle    = 5 // a problem's title
	termWhose    = 6 // the expert whose problem it is
	termAttended = 7 // set, with an empty text, when any operator did anything
)

// term is a text that many records share; the database knows it by a number.
type term struct {
	system int64
	kind   int
	text   string
}

// maxTerms bounds the memory: a site whose titles are all different has as many terms as records.
const maxTerms = 50_000

// terms remembers numbers of terms, those of the transaction under way included.
type terms struct {
	known map[term]int64
	next  int64
}

func openTerms(ctx context.Context, db *sqlx.DB) (*terms, error) {
	t := &terms{known: map[term]int64{}}
	return t, db.GetContext(ctx, &t.next, `SELECT coalesce(max(id), 0) + 1 FROM terms`)
}

// number gives the term's number and makes it if it is new.
func (t *terms) number(tx *transaction, want term) (int64, error) {
	if id, ok := t.known[want]; ok {
		return id, nil
	}
	var id int64
	err := tx.stmt(tx.statements.findTerm).QueryRow(want.system, want.kind, want.text).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		id = t.next
		_, err = tx.stmt(tx.statements.addTerm).Exec(id, want.system, want.kind, want.text)
	}
	if err != nil {
		return 0, err
	}
	if id == t.next {
		t.next++
	}
	if len(t.known) >= maxTerms {
		clear(t.known)
	}
	t.known[want] = id
	return id, nil
}

// forget drops what a transaction that failed, or a reset, may have left behind. Numbers
// are not used again: a gap in them means nothing.
func (t *terms) forget() { clear(t.known) }

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// PositionOf gives where in the system's log an entry stands, so that whoever asks for
// what follows it can be read to from there; ok is false when the store has no such
// entry.
func (s *Store) PositionOf(ctx context.Context, name string, entry uint64) (at schema.Position, ok bool, err error) {
	_, err = s.viewSystem(ctx, fmt.Sprintf("finding entry %d of %s", entry, name), name, func(tx *sqlx.Tx, sys system) error {
		var row struct {
			Sequence int64  `db:"sequence"`
			Hash     string `db:"hash"`
		}
		err := tx.GetContext(ctx, &row, `SELECT sequence, hash FROM entries WHERE id = ?`, idOf(sys.ID, entry))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		at = sys.position()
		at.Sequence, at.At, at.Entry, at.Hash = uint64(row.Sequence), uint64(row.Sequence), entry, row.Hash
		ok = true
		return nil
	})
	return at, ok, err
}

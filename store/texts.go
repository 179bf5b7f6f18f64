package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// chunkBits is how many bits of a record's id are its place in a text of problem_texts.
const chunkBits = 8

// writeTexts writes the texts of what was changed, when all problems are written. What a
// record covers that is newer than all before it stands behind the others: it is put at
// the end. Where an older record changed, the text is made anew.
func (m *merge) writeTexts(tx *transaction) error {
	added, anew := map[int64][]problem{}, map[int64]bool{}
	for p, isNew := range m.problems {
		if !isNew {
			continue
		}
		chunk := p.record >> chunkBits
		if added[chunk] = append(added[chunk], p); numberOf(p.record) <= m.newest {
			anew[chunk] = true
		}
	}
	for _, chunk := range slices.Sorted(maps.Keys(added)) {
		var err error
		if anew[chunk] {
			_, err = tx.stmt(tx.statements.putTexts).Exec(chunk, chunk<<chunkBits, (chunk+1)<<chunkBits)
		} else {
			_, err = tx.stmt(tx.statements.moreTexts).Exec(chunk, textOf(added[chunk]))
		}
		if err != nil {
			return fmt.Errorf("writing to problem_texts: %w", err)
		}
	}
	return nil
}

// textOf is what putTexts makes of the problems.
func textOf(problems []problem) string {
	slices.SortFunc(problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.record, b.record), cmp.Compare(a.whose, b.whose), strings.Compare(a.id, b.id))
	})
	var b strings.Builder
	b.WriteByte('\n')
	for _, p := range problems {
		id, _, _ := strings.Cut(p.id, "\x00")
		b.WriteString(id)
		b.WriteByte('\n')
	}
	return b.String()
}

// covers tells whether the row is there: a recovery names its problems each time that it
// changes, and making a text anew costs as much as all else of a small commit.
func (t *transaction) covers(p problem) (bool, error) {
	var n int
	err := t.stmt(t.statements.findCovered).QueryRow(p.record, p.whose, p.id).Scan(&n)
	return n > 0, err
}

// newestCovering is the highest number of a record that covers a problem, or did.
func (m *merge) newestCovering() uint64 {
	newest := m.newest
	for p := range m.problems {
		newest = max(newest, numberOf(p.record))
	}
	return newest
}

func newestCovering(ctx context.Context, db *sqlx.DB, sys system) (uint64, error) {
	var last int64
	err := db.GetContext(ctx, &last, `SELECT coalesce(max(record), 0) FROM problems WHERE record >= ? AND record < ?`, sys.low(), sys.high())
	return numberOf(last), err
}

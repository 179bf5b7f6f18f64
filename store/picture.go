package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

const (
	// pictureSize is how large a page of a picture may grow, in bytes; one document always fits.
	pictureSize = 512 << 10
	// pictureEndedRead is among how many the last ones are looked for: those that ended
	// within one millisecond are ordered by number.
	pictureEndedRead = 64

	selectEndedAt = `SELECT id, ended FROM records WHERE system = ? AND ended IS NOT NULL AND state IN ('completed', 'failed', 'cancelled')
		ORDER BY ended DESC, id DESC LIMIT ?`
	selectLast = `SELECT id FROM records WHERE state = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?`
)

// Picture gives a page of what a dashboard shows of a system: the documents of the state
// that are shown, the open recoveries and the last that ended.
func (s *Store) Picture(ctx context.Context, name, from string) (schema.Picture, error) {
	p := schema.Picture{Type: schema.Type(schema.KindPicture), System: name, Documents: []schema.Document{}}
	_, err := s.viewSystem(ctx, "reading the picture of "+name, name, func(tx *sqlx.Tx, sys system) error {
		p.Entry, p.Lineage = uint64(sys.Entry), sys.Lineage
		documents, err := pictured(ctx, tx, sys)
		if err != nil {
			return err
		}
		size := 0
		for _, d := range documents {
			if from != "" && d.Key <= from {
				continue
			}
			if len(p.Documents) > 0 && size+len(d.Value) > pictureSize {
				p.Next = p.Documents[len(p.Documents)-1].Key
				break
			}
			size += len(d.Value) + len(d.Key)
			p.Documents = append(p.Documents, d)
		}
		return nil
	})
	return p, err
}

// endedRecord is a record and when it ended, in nanoseconds.
type endedRecord struct {
	ID    int64 `db:"id"`
	Ended int64 `db:"ended"`
}

// pictured gives all of it, in the order of the keys.
func pictured(ctx context.Context, tx *sqlx.Tx, sys system) ([]schema.Document, error) {
	var out []schema.Document
	for _, prefix := range []string{schema.KeyAgent, schema.KeyBreaker, schema.KeyExpert, schema.KeyHold, schema.KeyMode, schema.KeyPolicy} {
		if err := eachDocument(ctx, tx, sys, prefix, func(d schema.Document) error {
			out = append(out, schema.Document{Key: d.Key, Value: slices.Clone(d.Value)})
			return nil
		}); err != nil {
			return nil, err
		}
	}
	ids, err := picturedRecords(ctx, tx, sys)
	if err != nil {
		return nil, err
	}
	found, err := statuses(ctx, tx, sys, ids)
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		out = append(out, schema.Document{Key: schema.KeyRecovery + schema.Token(sys.Name, numberOf(r.ID)), Value: r.Value})
	}
	slices.SortFunc(out, func(a, b schema.Document) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

// picturedRecords lists the open recoveries and the last that ended.
func picturedRecords(ctx context.Context, tx *sqlx.Tx, sys system) ([]int64, error) {
	var ids []int64
	if err := tx.SelectContext(ctx, &ids, selectOpen,
		schema.Postponed, schema.AwaitingApproval, schema.Running, schema.Stopping, schema.Unclear, schema.Observing, sys.low(), sys.high()); err != nil {
		return nil, err
	}
	var ended []endedRecord
	if err := tx.SelectContext(ctx, &ended, selectEndedAt, sys.ID, pictureEndedRead); err != nil {
		return nil, err
	}
	slices.SortFunc(ended, func(a, b endedRecord) int {
		return cmp.Or(cmp.Compare(b.Ended/1e6, a.Ended/1e6), cmp.Compare(b.ID, a.ID))
	})
	for _, e := range ended[:min(len(ended), schema.PictureEnded)] {
		ids = append(ids, e.ID)
	}
	var never []int64
	for _, state := range []string{schema.RejectedState, schema.Joined} {
		var last []int64
		if err := tx.SelectContext(ctx, &last, selectLast, state, sys.low(), sys.high(), schema.PictureEnded); err != nil {
			return nil, err
		}
		never = append(never, last...)
	}
	slices.Sort(never)
	return append(ids, never[max(0, len(never)-schema.PictureEnded):]...), nil
}

package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/jmoiron/sqlx"
)

// What the digest covers, in this order. Numbers that only this file knows (terms,
// systems) appear as what they stand for, ids as their number, and positions in the
// broker's stream not at all.
var digested = []struct{ name, statement string }{
	{"position", `SELECT entry, hash, lineage FROM systems WHERE id = :system`},
	{"documents", `SELECT key, value FROM documents WHERE system = :system ORDER BY key`},
	{"entries", `SELECT id & :mask, at, replica, hash FROM entries WHERE id >= :low AND id < :high ORDER BY id`},
	{"records", `SELECT r.id & :mask, r.state, r.code, r.role, r.name, r.request, t.text, r.created, r.ended, s.value
		FROM records r JOIN statuses s ON s.id = r.id JOIN terms t ON t.id = r.key WHERE r.id >= :low AND r.id < :high ORDER BY r.id`},
	{"requests", `SELECT id & :mask, value FROM requests WHERE id >= :low AND id < :high ORDER BY id`},
	{"facets", `SELECT f.record & :mask, t.kind, t.text FROM facets f JOIN terms t ON t.id = f.term
		WHERE f.record >= :low AND f.record < :high ORDER BY f.record, t.kind, t.text`},
	{"problems", `SELECT p.record & :mask, t.text, p.id FROM problems p JOIN terms t ON t.id = p.expert
		WHERE p.record >= :low AND p.record < :high ORDER BY p.record, t.text, p.id`},
	{"prompts", `SELECT record & :mask, number, opened, approved FROM prompts WHERE record >= :low AND record < :high ORDER BY record, number`},
	{"events", `SELECT record & :mask, entry, n, kind, at, role, name, via, auth, text, token, step, attempt, prompt, code
		FROM events WHERE record >= :low AND record < :high ORDER BY record, entry, n`},
}

// Digest gives a hash over everything that the store holds of a system: the same for
// every store that applied the same log up to the same entry.
func (s *Store) Digest(ctx context.Context, name string) (string, error) {
	var digest string
	known, err := s.viewSystem(ctx, "computing the digest of "+name, name, func(tx *sqlx.Tx, sys system) (err error) {
		digest, err = digestOf(ctx, tx, sys)
		return err
	})
	if err == nil && !known {
		// Of nothing: the hash that has taken nothing in.
		digest = hex.EncodeToString(sha256.New().Sum(nil))
	}
	return digest, err
}

func digestOf(ctx context.Context, tx *sqlx.Tx, sys system) (string, error) {
	sum := sha256.New()
	for _, d := range digested {
		write(sum, d.name)
		if err := digestRows(ctx, tx, sum, d.statement, sys); err != nil {
			return "", fmt.Errorf("computing the digest, %s: %w", d.name, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func digestRows(ctx context.Context, tx *sqlx.Tx, sum hash.Hash, statement string, sys system) error {
	rows, err := sqlx.NamedQueryContext(ctx, tx, statement, map[string]any{
		"system": sys.ID, "low": sys.low(), "high": sys.high(), "mask": int64(maxNumber),
	})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		values, err := rows.SliceScan()
		if err != nil {
			return err
		}
		for _, v := range values {
			write(sum, v)
		}
	}
	return rows.Err()
}

// write hashes a value with its kind and length, so that no two rows look alike.
func write(sum hash.Hash, v any) {
	var head [9]byte
	var body []byte
	switch v := v.(type) {
	case nil:
		head[0] = 'n'
	case int64:
		head[0] = 'i'
		binary.BigEndian.PutUint64(head[1:], uint64(v))
	case string:
		head[0], body = 't', []byte(v)
	case []byte:
		head[0], body = 'b', v
	default:
		head[0], body = 'o', fmt.Append(nil, v)
	}
	if body != nil {
		binary.BigEndian.PutUint64(head[1:], uint64(len(body)))
	}
	sum.Write(head[:])
	sum.Write(body)
}

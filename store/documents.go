package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"expertcontroller/schema"
)

// stored is a document's row.
type stored struct {
	Key   string `db:"key"`
	Value []byte `db:"value"`
	Sum   int64  `db:"sum"`
}

// Documents gives every document of the state in the order of their keys, then the
// requests of its recoveries, all of one entry. An error of fn ends it.
func (s *Store) Documents(ctx context.Context, name string, fn func(schema.Document) error) error {
	_, err := s.viewSystem(ctx, "reading the documents of "+name, name, func(tx *sqlx.Tx, sys system) error {
		var asked []int64
		err := eachDocument(ctx, tx, sys, "", func(d schema.Document) error {
			if token, ok := strings.CutPrefix(d.Key, schema.KeyRecovery); ok {
				if n, ok := recordNumber(name, token); ok {
					asked = append(asked, idOf(sys.ID, n))
				}
			}
			return fn(d)
		})
		if err != nil {
			return err
		}
		for few := range slices.Chunk(asked, 500) {
			rows, err := requests(ctx, tx, sys, few)
			if err != nil {
				return err
			}
			for _, id := range few {
				if value, ok := rows[id]; ok {
					if err := fn(schema.Document{Key: schema.KeyRequest + schema.Token(name, numberOf(id)), Value: value}); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	return err
}

// requests gives the requests of the records with the ids, as they came in.
func requests(ctx context.Context, tx *sqlx.Tx, sys system, ids []int64) (map[int64][]byte, error) {
	var rows []numbered
	if err := tx.SelectContext(ctx, &rows, `SELECT id, value, sum FROM requests WHERE id IN (`+numberList(ids)+`)`); err != nil {
		return nil, err
	}
	out := make(map[int64][]byte, len(rows))
	for _, r := range rows {
		if err := verify(schema.Token(sys.Name, numberOf(r.ID)), r.Value, r.Sum); err != nil {
			return nil, err
		}
		out[r.ID] = r.Value
	}
	return out, nil
}

// eachDocument gives the documents whose keys begin with the prefix.
func eachDocument(ctx context.Context, tx *sqlx.Tx, sys system, prefix string, fn func(schema.Document) error) error {
	rows, err := tx.QueryxContext(ctx, `SELECT key, value, sum FROM documents WHERE system = ? AND key >= ? AND key < ? ORDER BY key`,
		sys.ID, prefix, afterPrefix(prefix))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d stored
		if err := rows.Scan(&d.Key, &d.Value, &d.Sum); err != nil {
			return err
		}
		if err := verify(d.Key, d.Value, d.Sum); err != nil {
			return err
		}
		if err := fn(schema.Document{Key: d.Key, Value: d.Value}); err != nil {
			return err
		}
	}
	return rows.Err()
}

// afterPrefix gives a text behind all that begin with the prefix. A byte that no UTF-8
// holds is behind every text.
func afterPrefix(prefix string) string { return prefix + "\xff" }

// each reads the documents whose keys begin with the prefix as values.
func each[T any](ctx context.Context, tx *sqlx.Tx, sys system, prefix string, fn func(T)) error {
	return eachDocument(ctx, tx, sys, prefix, func(d schema.Document) error {
		v, err := schema.Read[T](d.Value)
		if err != nil {
			return fmt.Errorf("document %s: %w", d.Key, err)
		}
		fn(v)
		return nil
	})
}

// one reads the document with exactly this key.
func one[T any](ctx context.Context, tx *sqlx.Tx, sys system, key string) (v T, ok bool, err error) {
	var rows []stored
	if err := tx.SelectContext(ctx, &rows, `SELECT key, value, sum FROM documents WHERE system = ? AND key = ?`, sys.ID, key); err != nil || len(rows) == 0 {
		return v, false, err
	}
	if err := verify(key, rows[0].Value, rows[0].Sum); err != nil {
		return v, false, err
	}
	if v, err = schema.Read[T](rows[0].Value); err != nil {
		return v, false, fmt.Errorf("document %s: %w", key, err)
	}
	return v, true, nil
}

// Policy gives the policy in force and the entry that the answer reflects; ok is false
// where none was ever given.
func (s *Store) Policy(ctx context.Context, name string) (policy schema.PolicyDocument, entry uint64, ok bool, err error) {
	_, err = s.viewSystem(ctx, "reading the policy of "+name, name, func(tx *sqlx.Tx, sys system) error {
		entry = uint64(sys.Entry)
		policy, ok, err = one[schema.PolicyDocument](ctx, tx, sys, schema.KeyPolicy)
		return err
	})
	return policy, entry, ok, err
}

// Actions gives what each agent offers, by name, and the entry that the answer reflects.
func (s *Store) Actions(ctx context.Context, name string) (agents []schema.AgentDocument, entry uint64, err error) {
	agents = []schema.AgentDocument{}
	_, err = s.viewSystem(ctx, "reading the actions of "+name, name, func(tx *sqlx.Tx, sys system) error {
		entry = uint64(sys.Entry)
		return each(ctx, tx, sys, schema.KeyAgent, func(a schema.AgentDocument) { agents = append(agents, a) })
	})
	return agents, entry, err
}

// badQuery refuses a query with the field and the remedy.
func badQuery(field, text string) error {
	return &schema.Error{Type: schema.Type(schema.KindError), Code: 400, Field: field, Text: text, Reason: schema.CodeMalformed}
}

package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jmoiron/sqlx"
)

// The files 0001_name.sql, 0002_name.sql, … each lead from one version of the tables to
// the next. A file that was released is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// newestVersion is the version of the tables that this program knows: the number of files.
var newestVersion = len(migrationFiles())

func migrationFiles() []string {
	// Glob gives the names in order, and fails only on a malformed pattern.
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		panic(err)
	}
	return names
}

// migrate brings the tables to the newestVersion version, each step in a transaction with its number.
func migrate(ctx context.Context, db *sqlx.DB) error {
	var version int
	if err := db.GetContext(ctx, &version, `PRAGMA user_version`); err != nil {
		return err
	}
	for i, name := range migrationFiles()[version:] {
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		tx, err := db.BeginTxx(ctx, nil)
		if err != nil {
			return err
		}
		// PRAGMA takes no parameters.
		number := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, version+i+1)
		for _, statement := range []string{string(text), number} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("migrating with %s: %w", name, errors.Join(err, tx.Rollback()))
			}
		}
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("migrating with %s: %w", name, err)
		}
	}
	return nil
}

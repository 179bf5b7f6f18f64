package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"
)

// applicationID stands in the header of every file of ours, so that another program's
// database is not taken for one: "expc".
const applicationID = 0x65787063

// Damage says that the file can't be trusted. The remedy is always the same: the next
// start sets it aside and rebuilds it from the log.
type Damage struct {
	Reason string
	Cause  error
}

func (d *Damage) Error() string {
	if d.Cause != nil {
		return d.Reason + ": " + d.Cause.Error()
	}
	return d.Reason
}

// Unwrap gives SQLite's own words.
func (d *Damage) Unwrap() error { return d.Cause }

// damageOf tells damage from all other errors: a full disk or a lock says nothing about the file.
func damageOf(err error) *Damage {
	var damage *Damage
	if errors.As(err, &damage) {
		return damage
	}
	var lite sqlite3.Error
	if errors.As(err, &lite) && (lite.Code == sqlite3.ErrCorrupt || lite.Code == sqlite3.ErrNotADB) {
		return &Damage{Reason: "SQLite can't read it", Cause: err}
	}
	return nil
}

// explain adds the remedy to errors that have one.
func explain(err error) error {
	if err == nil {
		return nil
	}
	if damage := damageOf(err); damage != nil {
		return fmt.Errorf("%w: the database is damaged: restart, and it is set aside and rebuilt from the log", damage)
	}
	var lite sqlite3.Error
	if !errors.As(err, &lite) {
		return err
	}
	switch lite.Code {
	case sqlite3.ErrFull:
		return fmt.Errorf("%w: the disk is full: make room and restart", err)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return fmt.Errorf("%w: another program holds the database: close it", err)
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen:
		return fmt.Errorf("%w: correct the permissions of the data directory, or choose another one with --data", err)
	case sqlite3.ErrIoErr:
		return fmt.Errorf("%w: the disk can't be read or written: look at the system's log", err)
	}
	return err
}

// checkHeader looks at the file without SQLite, which writes over a file of a few bytes
// without a word, and deletes the write-ahead log of one that it can't read.
func checkHeader(path string) error {
	const magic = "SQLite format 3\x00"
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	// The smallest page of a database.
	head := make([]byte, 512)
	switch n, err := io.ReadFull(file, head); {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Damage{Reason: fmt.Sprintf("it has only %d bytes", n)}
	case err != nil:
		return err
	}
	if !strings.HasPrefix(string(head), magic) {
		return &Damage{Reason: "it is no SQLite database"}
	}
	return nil
}

// check reads the whole structure of an existing file. A file without any table is new.
func check(ctx context.Context, db *sqlx.DB) error {
	var tables, application, version int
	if err := db.GetContext(ctx, &tables, `SELECT count(*) FROM sqlite_schema`); err != nil {
		return err
	}
	if err := db.GetContext(ctx, &application, `PRAGMA application_id`); err != nil {
		return err
	}
	if err := db.GetContext(ctx, &version, `PRAGMA user_version`); err != nil {
		return err
	}
	if tables == 0 && version == 0 {
		return nil
	}
	if application != applicationID {
		return &Damage{Reason: "it is not a database of this program"}
	}
	if version > newestVersion {
		return &Damage{Reason: fmt.Sprintf("its tables are of version %d, and this program knows %d", version, newestVersion)}
	}
	var finding string
	if err := db.GetContext(ctx, &finding, `PRAGMA quick_check(1)`); err != nil {
		return err
	}
	if finding != "ok" {
		return &Damage{Reason: "SQLite's check found: " + finding}
	}
	return nil
}

// checkDocuments reads every document of the state: by them is decided.
func checkDocuments(ctx context.Context, db *sqlx.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT key, value, sum FROM documents`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var value []byte
		var sum int64
		if err := rows.Scan(&key, &value, &sum); err != nil {
			return err
		}
		if err := verify(key, value, sum); err != nil {
			return err
		}
	}
	return rows.Err()
}

// setAside moves the database with its write-ahead log away and gives the new name.
func setAside(path string, now time.Time) (string, error) {
	base := path + ".damaged-" + now.UTC().Format("20060102T150405Z")
	aside := base
	for n := 2; ; n++ {
		_, err := os.Lstat(aside)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return "", err
		}
		aside = fmt.Sprintf("%s-%d", base, n)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		err := os.Rename(path+suffix, aside+suffix)
		if err != nil && !(suffix != "" && errors.Is(err, fs.ErrNotExist)) {
			return "", err
		}
	}
	return aside, nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jmoiron/sqlx"
	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// Options say where the database is.
type Options struct {
	// Path is the database's file; it and its directory are made if missing.
	Path string
	// Logger hears of a damaged file that was set aside; default: slog's.
	Logger *slog.Logger
}

// Settings of every connection. NORMAL loses at most the last commits in a power cut,
// and the log has them.
const (
	common = "_journal_mode=WAL&_busy_timeout=5000&_foreign_keys=on&_synchronous=NORMAL&_stmt_cache_size=64"
	// database/sql lets one goroutine at a time use a connection: SQLite need not lock it as well.
	toWrite  = common + "&_mutex=no&_txlock=immediate&_cache_size=-65536"
	toRead   = common + "&_txlock=deferred&_query_only=on&_cache_size=-16384"
	slowOpen = time.Second
)

// Open opens the database, makes it if it is missing, and brings its tables up to
// date. A damaged file, or one of a newer program, is set aside under another name.
func Open(ctx context.Context, o Options) (*Store, error) {
	log := o.Logger
	if log == nil {
		log = slog.Default()
	}
	if o.Path == "" {
		return nil, errors.New("opening the database: no file is named: give Options.Path")
	}
	if err := reachable(o.Path); err != nil {
		return nil, err
	}
	began := time.Now()
	s, err := open(ctx, o.Path, log)
	if damage := damageOf(err); damage != nil {
		aside, asideErr := setAside(o.Path, time.Now())
		if asideErr != nil {
			return nil, fmt.Errorf("opening the database %s: %w; it could not be set aside: %w: move it away and start again, it is rebuilt from the log", o.Path, damage, asideErr)
		}
		log.Warn("the database is damaged: it was set aside, and an empty one is rebuilt from the log",
			"file", o.Path, "set_aside", aside, "reason", damage.Error())
		if s, err = open(ctx, o.Path, log); err == nil {
			s.setAside = aside
		}
	}
	if err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", o.Path, explain(err))
	}
	if took := time.Since(began); took > slowOpen {
		log.Info("the database was checked", "file", o.Path, "took", took.Round(time.Millisecond).String())
	}
	return s, nil
}

// reachable says in words what SQLite would only call "unable to open".
func reachable(path string) error {
	const remedy = "choose another data directory with --data, or correct the permissions"
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("making the directory of the database: %w: %s", err, remedy)
	}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("looking at the database %s: %w: %s", path, err, remedy)
	case !info.Mode().IsRegular():
		return fmt.Errorf("opening the database %s: it is no regular file: %s", path, remedy)
	}
	// SQLite writes beside the file, too: the directory itself has to take new files.
	probe, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return fmt.Errorf("writing to the directory of the database: %w: %s", err, remedy)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return fmt.Errorf("writing to the directory of the database: %w: %s", err, remedy)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return fmt.Errorf("opening the database for writing: %w: %s", err, remedy)
	}
	return file.Close()
}

func source(path, settings string) string {
	u := url.URL{Path: path}
	return "file:" + u.EscapedPath() + "?" + settings
}

func open(ctx context.Context, path string, log *slog.Logger) (_ *Store, err error) {
	if err := checkHeader(path); err != nil {
		return nil, err
	}
	s := &Store{path: path, log: log, followed: map[string]*follower{}, kept: map[[2]string]kept{}, closed: make(chan struct{}), hurry: make(chan struct{}, 1)}
	if s.write, err = sqlx.Open("sqlite3", source(path, toWrite)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.write.Close())
		}
	}()
	s.write.SetMaxOpenConns(1)
	// By default the write-ahead log is folded into the file every 4 MiB, which writes the same
	// pages again and again, and never shrinks after a long reader.
	for _, setting := range []string{`PRAGMA wal_autocheckpoint = 16000`, `PRAGMA journal_size_limit = 67108864`} {
		if _, err = s.write.ExecContext(ctx, setting); err != nil {
			return nil, err
		}
	}
	if err = check(ctx, s.write); err != nil {
		return nil, err
	}
	if err = migrate(ctx, s.write); err != nil {
		return nil, err
	}
	if err = checkDocuments(ctx, s.write); err != nil {
		return nil, err
	}
	if s.statements, err = prepare(ctx, s.write); err != nil {
		return nil, &Damage{Reason: "its tables are not as they should be", Cause: err}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.statements.close())
		}
	}()
	if s.terms, err = openTerms(ctx, s.write); err != nil {
		return nil, err
	}
	var systems []system
	if err = s.write.SelectContext(ctx, &systems, `SELECT id, name, created, sequence, at, entry, hash, lineage FROM systems`); err != nil {
		return nil, err
	}
	for _, sys := range systems {
		f := &follower{id: sys.ID, known: true, position: sys.position(), changed: make(chan struct{})}
		if f.through, err = through(ctx, s.write, sys); err != nil {
			return nil, err
		}
		if f.newest, err = newestCovering(ctx, s.write, sys); err != nil {
			return nil, err
		}
		s.followed[sys.Name] = f
	}
	if s.read, err = sqlx.Open("sqlite3", source(path, toRead)); err != nil {
		return nil, err
	}
	s.read.SetMaxOpenConns(max(4, runtime.GOMAXPROCS(0)))
	s.read.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)))
	return s, nil
}

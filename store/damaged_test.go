package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"expertcontroller/schema"
	"expertcontroller/store"
)

// filled makes a database with a bit of everything, closes it, and gives its path and digest.
func filled(t *testing.T, path string) (log []store.Applied, want string) {
	t.Helper()
	s, c := open(t, path), newChain("cms")
	for n := uint64(1); n <= 60; n++ {
		status := recovery("cms", n, schema.Completed, func(s *schema.Status) {
			s.Steps[0].Attempts = []schema.Attempt{{Number: 1, Agent: "l0", Output: strings.Repeat(fmt.Sprintf("line %d\n", n), 20*int(n))}}
		})
		log = append(log, c.next(docs(inState(status), document(fmt.Sprintf("id/expert/x/%d", n), schema.Remembered{Fingerprint: strings.Repeat("f", 200)})),
			schema.Event{Kind: schema.EventCompleted, Token: status.Token, By: operator("anna"), Text: strings.Repeat("text ", 20)}))
	}
	apply(t, s, log...)
	want = digest(t, s, "cms")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return log, want
}

// asideOf opens the file and gives what was set aside, and what the log said of it.
func asideOf(t *testing.T, path string) (*store.Store, string) {
	t.Helper()
	var said bytes.Buffer
	s, err := store.Open(context.Background(), store.Options{Path: path, Logger: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if (s.SetAside() != "") != strings.Contains(said.String(), "damaged") {
		t.Errorf("set aside %q, and the log says %q", s.SetAside(), said.String())
	}
	return s, s.SetAside()
}

func TestDamagedFileIsSetAside(t *testing.T) {
	ctx := context.Background()
	execute := func(statements ...string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open("sqlite3", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for _, s := range statements {
				if _, err := db.Exec(s); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for name, damage := range map[string]func(t *testing.T, path string){
		"garbage": func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("no database ", 500))) },
		"short":   func(t *testing.T, path string) { write(t, path, []byte("x")) },
		"truncated": func(t *testing.T, path string) {
			b := read(t, path)
			write(t, path, b[:len(b)/2])
		},
		"truncated within a page": func(t *testing.T, path string) { write(t, path, read(t, path)[:5000]) },
		"zeroes in the middle": func(t *testing.T, path string) {
			b := read(t, path)
			clear(b[4096*3 : 4096*9])
			write(t, path, b)
		},
		"one byte of a document": func(t *testing.T, path string) {
			// A page that was divided keeps what it no longer uses: every copy is changed.
			write(t, path, bytes.ReplaceAll(read(t, path), []byte("ffffffffff"), []byte("fffffffffg")))
		},
		"a newer version":           execute("PRAGMA user_version = 4711"),
		"another program's":         execute("PRAGMA application_id = 1"),
		"a table is missing":        execute("DROP TABLE facets"),
		"a column is missing":       execute("ALTER TABLE events DROP COLUMN code"),
		"another program's, unborn": func(t *testing.T, path string) { os.Remove(path); execute("CREATE TABLE theirs (x)")(t, path) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			log, want := filled(t, path)
			damage(t, path)
			bad := read(t, path)
			s, aside := asideOf(t, path)
			if !strings.HasPrefix(aside, path+".damaged-2") || !strings.HasSuffix(aside, "Z") {
				t.Fatalf("set aside %q", aside)
			}
			if kept := read(t, aside); len(kept) != len(bad) {
				t.Errorf("%d bytes were set aside of %d", len(kept), len(bad))
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o027 != 0 {
				t.Errorf("the new database can be read or written by others: %v %v", info.Mode(), err)
			}
			if _, ok, err := s.Position(ctx, "cms"); ok || err != nil {
				t.Fatalf("the new database is not empty: %v %v", ok, err)
			}
			apply(t, s, log...)
			if digest(t, s, "cms") != want {
				t.Error("rebuilt, it has another digest")
			}
		})
	}

	t.Run("A record whose bytes changed is told when it is read", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store.db")
		s := open(t, path)
		apply(t, s, newChain("cms").next(docs(recorded(recovery("cms", 1, schema.RejectedState)))))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		write(t, path, bytes.ReplaceAll(read(t, path), []byte("Recycle"), []byte("Restart")))
		s, aside := asideOf(t, path)
		_, _, _, err := s.Status(ctx, "cms", "cms-1")
		if aside != "" || err == nil || !strings.Contains(err.Error(), "checksum") {
			t.Fatalf("%q %v", aside, err)
		}
	})
	t.Run("A second one within the second gets a name of its own", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store.db")
		seen := map[string]bool{}
		for range 4 {
			write(t, path, []byte("garbage, garbage, garbage"))
			s, aside := asideOf(t, path)
			if aside == "" || seen[aside] {
				t.Fatalf("%q after %v", aside, seen)
			}
			seen[aside] = true
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("The write-ahead log goes with it", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store.db")
		for _, suffix := range []string{"", "-wal", "-shm"} {
			write(t, path+suffix, []byte(strings.Repeat("garbage"+suffix, 1000)))
		}
		_, aside := asideOf(t, path)
		for _, suffix := range []string{"", "-wal"} {
			if b, err := os.ReadFile(aside + suffix); err != nil || len(b) == 0 {
				t.Errorf("%s: %v", aside+suffix, err)
			}
		}
	})
	t.Run("A whole file, a missing one and an empty one are not damaged", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "deep", "er", "store 100%?#.db")
		_, want := filled(t, path)
		s, aside := asideOf(t, path)
		if aside != "" || digest(t, s, "cms") != want {
			t.Fatalf("set aside %q", aside)
		}
		empty := filepath.Join(t.TempDir(), "empty.db")
		write(t, empty, nil)
		if _, aside := asideOf(t, empty); aside != "" {
			t.Fatalf("set aside %q", aside)
		}
	})
}

// Every page of the file is turned over, one at a time: nothing wrong is ever told.
func TestEveryFlippedPage(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	log, want := filled(t, whole)
	intact := read(t, whole)
	found, told := 0, 0
	for page := 0; page < len(intact)/4096; page++ {
		bad := bytes.Clone(intact)
		for i := range 4096 {
			bad[page*4096+i] ^= 0xff
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.db", page))
		write(t, path, bad)
		s, aside := asideOf(t, path)
		if aside != "" {
			found++
		} else if d, err := s.Digest(ctx, "cms"); err != nil || d != want {
			// What SQLite's check doesn't see has to be told when it is read.
			told++
			var reading error
			for n := range uint64(len(log)) {
				if _, _, _, err := s.Status(ctx, "cms", schema.Token("cms", n+1)); err != nil {
					reading = err
				}
			}
			if reading == nil || !strings.Contains(reading.Error(), "restart") {
				t.Errorf("page %d: the digest is %s (%v), and reading says %v", page+1, d, err, reading)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d pages: %d set aside at start, %d told when read", len(intact)/4096, found, told)
}

func TestUnusableDirectory(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, nil)
	for name, path := range map[string]string{
		"the directory is a file": filepath.Join(file, "store.db"),
		"the database is one":     dir,
		"nothing can be written":  "/proc/self/store.db",
		"no name":                 "",
	} {
		s, err := store.Open(context.Background(), store.Options{Path: path, Logger: slog.New(slog.DiscardHandler)})
		if err == nil {
			s.Close()
			t.Errorf("%s: it opened", name)
		} else if !strings.Contains(err.Error(), "--data") && !strings.Contains(err.Error(), "Options.Path") {
			t.Errorf("%s: no remedy: %v", name, err)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

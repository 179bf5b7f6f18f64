package store_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"expertcontroller/schema"
	"expertcontroller/store"
)

const childPath = "STORE_TEST_CHILD"

// TestMain runs every test in a time zone that nobody lives in, and is the child that
// TestKilled kills.
func TestMain(m *testing.M) {
	time.Local = time.FixedZone("odd", -9*60*60-30*60)
	if path := os.Getenv(childPath); path != "" {
		child(path)
	}
	goleak.VerifyTestMain(m)
}

// endless gives the nth batch of a log that is the same for everybody.
func endless(c *chain) []store.Applied {
	var out []store.Applied
	for range 3 {
		n := c.entry/3 + 1
		out = append(out, c.next(docs(inState(recovery("cms", n, schema.Running)), document("id/expert/x/"+fmt.Sprint(n), n)),
			schema.Event{Kind: schema.EventNote, Token: schema.Token("cms", n), By: operator("anna"), Text: "hello"}))
	}
	return out
}

// childCommit is how many entries the child commits at a time: so many that their rows
// are written while others are still gathered.
const childCommit = 60

func child(path string) {
	s, err := store.Open(context.Background(), store.Options{Path: path})
	for c := newChain("cms"); err == nil; {
		var batch []store.Applied
		for len(batch) < childCommit {
			batch = append(batch, endless(c)...)
		}
		if err = s.Apply(context.Background(), batch); err == nil {
			fmt.Println(c.entry)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// A process that is killed while it writes leaves a database that is whole, has everything
// that was committed, and goes on.
func TestKilled(t *testing.T) {
	for round := range 3 {
		path := filepath.Join(t.TempDir(), "store.db")
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childPath+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		watchdog := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		lines := bufio.NewScanner(out)
		for range 20 + 60*round {
			if !lines.Scan() {
				t.Fatal("the child ended")
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		told, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, out); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		watchdog.Stop()
		s := open(t, path)
		at, ok, err := s.Position(context.Background(), "cms")
		if err != nil || !ok || s.SetAside() != "" || at.Entry < told || at.Entry%childCommit != 0 {
			t.Fatalf("position %+v %v %v, the child had told %d, set aside %q", at, ok, err, told, s.SetAside())
		}
		again, c := fresh(t), newChain("cms")
		for c.entry < at.Entry {
			apply(t, again, endless(c)...)
		}
		if digest(t, s, "cms") != digest(t, again, "cms") {
			t.Error("the digest is not that of the log")
		}
		apply(t, s, endless(c)...)
	}
}

// A copy of the files while they are open is what a crash leaves.
func TestNotClosed(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	s, c := open(t, filepath.Join(from, "store.db")), newChain("cms")
	for range 20 {
		apply(t, s, endless(c)...)
	}
	for _, name := range []string{"store.db", "store.db-wal"} {
		write(t, filepath.Join(to, name), read(t, filepath.Join(from, name)))
	}
	copied := open(t, filepath.Join(to, "store.db"))
	if copied.SetAside() != "" || digest(t, copied, "cms") != digest(t, s, "cms") {
		t.Fatal("the copy differs")
	}

	t.Run("A write-ahead log whose database was deleted is of no use to the next one", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store.db")
		write(t, path+"-wal", read(t, filepath.Join(from, "store.db-wal")))
		alone := open(t, path)
		if _, ok, err := alone.Position(context.Background(), "cms"); ok || err != nil {
			t.Fatalf("it has a position: %v %v", ok, err)
		}
		apply(t, alone, endless(newChain("cms"))...)
	})
}

func TestTimesAreUTC(t *testing.T) {
	ctx := context.Background()
	s, c := fresh(t), newChain("cms")
	zone := time.FixedZone("", 14*60*60)
	apply(t, s, c.next(docs(inState(recovery("cms", 1, schema.Completed, func(s *schema.Status) {
		s.Created = time.Date(2026, 11, 22, 3, 0, 0, 0, zone) // 13:00 UTC on the 21st
		s.Ended = ptr(s.Created.Add(time.Minute).UTC())
	}))), schema.Event{Kind: "note", Token: "cms-1", At: time.Date(2026, 11, 22, 3, 0, 0, 0, zone)}))
	at, _, err := s.Position(ctx, "cms")
	if err != nil || at.Created != noon {
		t.Errorf("created %v %v", at.Created, err)
	}
	events, err := s.Events(ctx, "cms", "cms-1", 0, 0)
	if err != nil || events[0].At != noon.Add(time.Hour) {
		t.Errorf("event at %v %v", events[0].At, err)
	}
	got, err := s.Statistics(ctx, "cms", schema.StatisticsQuery{}, noon.Add(2*time.Hour).In(zone))
	if err != nil || len(got.Days) != 1 || got.Days[0].Day != "2026-11-21" || got.Until.Location() != time.UTC || got.Duration.Median.D() != time.Minute {
		t.Errorf("%+v %v", got, err)
	}
	b, err := schema.Encode(got)
	if err != nil || !strings.Contains(string(b), `"until":"2026-11-21T14:00:00Z"`) {
		t.Errorf("%s %v", b, err)
	}
	o, err := s.Overview(ctx, "cms", 1, noon.In(zone))
	if err != nil || o.At.Location() != time.UTC {
		t.Errorf("%v %v", o.At, err)
	}
}

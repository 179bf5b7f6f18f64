package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

func reopen(t *testing.T, path string) *journal {
	t.Helper()
	j, err := openJournal(path, "l0", "cms", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.close() })
	return j
}

func line(state, claim string, n int) record {
	rec := record{State: state, At: time.Now(), Claim: claim, Work: schema.Work{Token: fmt.Sprintf("cms-%d", n), Attempt: 1}, Action: "recycle"}
	if state == stateEnded {
		rec.Result = &schema.Result{Outcome: schema.OutcomeDone, Claim: claim, Work: rec.Work, Output: strings.Repeat("x", 1000)}
	}
	return rec
}

func writeAll(t *testing.T, j *journal, recs ...record) {
	t.Helper()
	for _, rec := range recs {
		if err := j.write(rec); err != nil {
			t.Fatal(err)
		}
	}
}

// Ensures that a journal is read back as it was written, whatever its last write was
// cut to, and that the cut line permitted nothing.
func TestTornAnywhere(t *testing.T) {
	path := journalIn(t)
	j := reopen(t, path)
	writeAll(t, j, line(stateClaiming, "a", 1), line(stateActing, "a", 1), line(stateEnded, "a", 1), line(stateSettled, "a", 1), line(stateClaiming, "b", 2), line(stateActing, "b", 2))
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	for size := last; size <= len(whole); size++ {
		if size-last > 5 && len(whole)-size > 5 && size%10 != 0 {
			continue
		}
		for _, filled := range []int{0, 100} {
			torn := append(bytes.Clone(whole[:size]), make([]byte, filled)...)
			if err := os.WriteFile(path, torn, 0o600); err != nil {
				t.Fatal(err)
			}
			j := reopen(t, path)
			open := j.open()
			want := stateClaiming
			if size == len(whole) {
				want = stateActing
			}
			if len(open) != 1 || open[0].State != want || (j.torn > 0) != (size != last && size != len(whole) || filled > 0) {
				t.Fatalf("cut at %d of %d, %d zeros: %+v, torn %d", size, len(whole), filled, open, j.torn)
			}
			// It goes on from there.
			writeAll(t, j, line(stateEnded, "b", 2))
			if err := j.close(); err != nil {
				t.Fatal(err)
			}
			j = reopen(t, path)
			if open := j.open(); len(open) != 1 || open[0].State != stateEnded || j.torn != 0 {
				t.Fatalf("after going on: %+v", open)
			}
			if err := j.close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Ensures that any other damage stops the agent with words: it could hide that
// something was begun.
func TestDamagedJournal(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"a line in the middle": func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"state":"claiming"`), []byte(`"state":"claimin`), 1)
		},
		"an unknown state": func(b []byte) []byte { return bytes.Replace(b, []byte(`"claiming"`), []byte(`"dreaming"`), 1) },
		"the last line, not its end": func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"state":"acting"`), []byte(`"state":acting"`), 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := journalIn(t)
			j := reopen(t, path)
			writeAll(t, j, line(stateClaiming, "a", 1), line(stateActing, "a", 1))
			if err := j.close(); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = openJournal(path, "l0", "cms", time.Now())
			if err == nil || !strings.Contains(err.Error(), "move the file away") {
				t.Fatalf("%v", err)
			}
		})
	}
}

// Ensures that one agent at a time holds a journal, and only the one that it belongs to.
func TestJournalOfAnother(t *testing.T) {
	path := journalIn(t)
	j := reopen(t, path)
	if _, err := openJournal(path, "l0", "cms", time.Now()); err == nil || !strings.Contains(err.Error(), "in use by another agent") {
		t.Fatalf("%v", err)
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	for _, who := range [][2]string{{"l1", "cms"}, {"l0", "plant"}} {
		if _, err := openJournal(path, who[0], who[1], time.Now()); err == nil || !strings.Contains(err.Error(), "belongs to agent l0 of system cms") {
			t.Fatalf("%v", err)
		}
	}
	reopen(t, path)
}

// Ensures that the journal stays small, and never forgets what is open.
func TestCompaction(t *testing.T) {
	path := journalIn(t)
	j := reopen(t, path)
	writeAll(t, j, line(stateClaiming, "open", 0), line(stateActing, "open", 0), record{State: stateTombstone, At: time.Now(), Work: schema.Work{Token: "cms-7777", Attempt: 1}})
	for n := 1; n <= 400; n++ {
		claim := fmt.Sprint(n)
		writeAll(t, j, line(stateClaiming, claim, n), line(stateActing, claim, n), line(stateEnded, claim, n), line(stateSettled, claim, n), line(stateClaiming, "refused"+claim, n), line(stateRefused, "refused"+claim, n))
	}
	if info, err := os.Stat(path); err != nil || info.Size() > compactAbove+10_000 {
		t.Fatalf("%d bytes, %v", info.Size(), err)
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	j = reopen(t, path)
	if open := j.open(); len(open) != 1 || open[0].Claim != "open" || open[0].State != stateActing {
		t.Fatalf("%+v", open)
	}
	if j.buried(schema.Work{Token: "cms-7777", Attempt: 1}) == nil || !j.spent(schema.Work{Token: "cms-400", Attempt: 1}) || !j.spent(schema.Work{Token: "cms-0", Attempt: 1}) || len(j.mem.claims) > keepSettled+1 {
		t.Fatalf("%d claims kept", len(j.mem.claims))
	}
}

// noSpace makes every further write of the journal fail until the returned function is called.
func noSpace(t *testing.T, j *journal) (space func()) {
	t.Helper()
	if err := os.Mkdir(j.path+".new", 0o700); err != nil {
		t.Fatal(err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.file.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(j.path + ".new"); err != nil {
			t.Fatal(err)
		}
	}
}

// Ensures that nothing is claimed or begun that could not be written down, and that
// the agent works again once it can.
func TestJournalThatCantBeWritten(t *testing.T) {
	for _, when := range []string{"before the claim", "before acting", "while acting"} {
		t.Run(when, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, d, path := newFake(), newCounting(), journalIn(t)
				a, stop := start(t, f, NewSimulator(1, 1, d), path)
				var space func()
				if when == "before the claim" {
					until(t, "the journal is open", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.asked) > 0 })
					space = noSpace(t, a.journal)
				}
				grant := func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
					if when == "before acting" {
						space = noSpace(t, a.journal)
					}
					return g, nil
				}
				f.locked(func() { f.grant, f.Offers = grant, append(f.Offers, offer("cms-1", "")) })
				switch when {
				case "before the claim":
					time.Sleep(time.Minute)
					f.locked(func() {
						if len(f.claims) != 0 {
							t.Error("claimed")
						}
					})
					space()
					until(t, "the result", told(f))
					if r := one(t, f); r.Outcome != schema.OutcomeDone || d.total() != 1 {
						t.Fatalf("%+v", r)
					}
				case "before acting":
					until(t, "the result", told(f))
					if r := one(t, f); r.Outcome != schema.OutcomeFailed || d.total() != 0 || !strings.Contains(r.Text, "can't write its journal") {
						t.Fatalf("%+v", r)
					}
					space()
				case "while acting":
					until(t, "granted", func() bool { return f.granted() == 1 })
					time.Sleep(time.Second)
					space = noSpace(t, a.journal)
					until(t, "the result", told(f))
					if r := one(t, f); r.Outcome != schema.OutcomeDone || d.total() != 1 {
						t.Fatalf("%+v", r)
					}
					space()
				}
				f.locked(func() { f.Offers = append(f.Offers, offer("cms-2", "")) })
				until(t, "the next one", func() bool {
					return d.count(schema.Work{Token: "cms-2", Attempt: 1}) == 1 || when == "before acting" && len(f.results()) > 1
				})
				time.Sleep(time.Second)
				if when == "before acting" {
					return // its grant takes the space away again
				}
				_ = stop()
				j := reopen(t, path)
				if open := j.open(); len(open) != 0 {
					t.Fatalf("%+v", open)
				}
				if err := j.close(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// Ensures that reading a journal never panics, and that whatever it accepts it can
// write and read again.
func FuzzJournal(f *testing.F) {
	for _, rec := range []record{line(stateClaiming, "a", 1), line(stateEnded, "a", 1), {State: stateTombstone, Work: schema.Work{Token: "cms-1", Attempt: 1}}} {
		b, err := json.Marshal(rec)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(b, '\n'))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := journalIn(t)
		head := []byte(`{"state":"opened","at":"2026-11-21T12:00:00Z","agent":"l0","system":"cms"}` + "\n")
		if err := os.WriteFile(path, append(head, data...), 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := openJournal(path, "l0", "cms", time.Now())
		if err != nil {
			return
		}
		open := len(j.open())
		if err := j.close(); err != nil {
			t.Fatal(err)
		}
		if j = reopen(t, path); len(j.open()) != open || j.torn != 0 {
			t.Fatalf("%d open, then %d", open, len(j.open()))
		}
		if err := j.close(); err != nil {
			t.Fatal(err)
		}
	})
}

package cmd

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"expertcontroller/broker/brokertest"
	"expertcontroller/client"
	"expertcontroller/schema"
	"expertcontroller/store"
)

// manyRecords is how many recoveries BenchmarkRetention loads straight into the database.
const manyRecords = 1_000_000

// BenchmarkRetention: a controller with a million recoveries in its database lists the
// last fifty to a process that asks, and lets half of them go while somebody submits: how
// long that takes, and the slowest verdict meanwhile.
func BenchmarkRetention(b *testing.B) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	data := b.TempDir()
	program := filepath.Join(b.TempDir(), "expertcontroller")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, "./expertcontroller").CombinedOutput(); err != nil {
		b.Fatalf("building the program: %v\n%s", err, out)
	}
	server := brokertest.StartIn(b, b.TempDir(), "127.0.0.1:0")
	conn := brokertest.Connect(b, server)
	system := client.DefaultSystem
	on := brokertest.Open(b, conn, 1)
	loaded := loadRecords(b, filepath.Join(data, databaseName), system, manyRecords)
	// The log holds the last entry only, as one that was trimmed would: a checkpoint.
	log := on.Log(system)
	if _, err := log.Append(ctx, 0, loaded.entry.ID, loaded.payload); err != nil {
		b.Fatal(err)
	}
	setSequence(b, filepath.Join(data, databaseName), log.Created())
	c := newConsole(strings.NewReader(""), io.Discard, io.Discard)
	done := make(chan error, 1)
	w := wiring{
		serving: serving{HTTP: noHTTP, Speed: 1}, console: c, log: brokertest.Quiet(),
		options: replicaOptions{name: "bench", systems: []string{system}, data: data, connect: connectOptions(&connection{Server: server.URL()}, brokertest.Quiet()), retainEvery: 100 * time.Millisecond},
	}
	ready := make(chan struct{})
	w.beside = func(context.Context, *replica) error { close(ready); return nil }
	go func() { done <- w.run(ctx) }()
	select {
	case <-ready:
	case err := <-done:
		b.Fatalf("it ended: %v", err)
	case <-time.After(time.Minute):
		b.Fatal("it is not ready within a minute")
	}
	asks, err := client.Connect(ctx, client.Options{Servers: server.URL(), Role: schema.RoleOperator, As: "anna"})
	if err != nil {
		b.Fatal(err)
	}
	defer asks.Close()

	b.Run("history_process", func(b *testing.B) {
		var took []time.Duration
		for b.Loop() {
			began := time.Now()
			command := exec.Command(program, "history", "--limit", "50", "--server", server.URL())
			command.Env = append(os.Environ(), "NATS_URL=")
			out, err := command.Output()
			if err != nil || strings.Count(string(out), "\n") < 50 {
				b.Fatalf("%v: %s", err, out)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "slowest-ms")
	})
	b.Run("half", func(b *testing.B) {
		b.ReportMetric(0, "ns/op")
		for range b.N {
			o, err := asks.Overview(ctx)
			if err != nil {
				b.Fatal(err)
			}
			from := o.Entry
			keep := manyRecords / 2
			began := time.Now()
			if a, err := asks.Policy(ctx, schema.ApplyPolicy{Policy: schema.Policy{Retention: &schema.Retention{Completed: &schema.Keep{Count: &keep}}}}); err != nil || a.Verdict != schema.Recorded {
				b.Fatalf("%+v %v", a, err)
			}
			var over atomic.Bool
			var verdicts []time.Duration
			submitted := make(chan error, 1)
			go func() {
				for n := 0; !over.Load(); n++ {
					began := time.Now()
					_, err := asks.Hold(ctx, schema.Hold{Expert: "e", Key: fmt.Sprint("k", n%10), For: schema.Duration(time.Second)})
					if err != nil {
						submitted <- err
						return
					}
					verdicts = append(verdicts, time.Since(began))
				}
				submitted <- nil
			}()
			for {
				page, err := asks.Audit(ctx, schema.AuditQuery{Kind: []string{schema.EventRemoved}, Behind: from, Limit: 1000, Oldest: true})
				if err != nil {
					b.Fatal(err)
				}
				h, err := asks.History(ctx, schema.HistoryQuery{Limit: 1, Cursor: fmt.Sprint(keep)})
				if err != nil {
					b.Fatal(err)
				}
				if len(h.Records) == 0 && len(page.Events) > 0 {
					break
				}
				time.Sleep(200 * time.Millisecond) // looks again; what is measured goes on meanwhile
			}
			took := time.Since(began)
			over.Store(true)
			if err := <-submitted; err != nil {
				b.Fatal(err)
			}
			slices.Sort(verdicts)
			b.ReportMetric(took.Seconds(), "s")
			b.ReportMetric(float64(keep)/took.Seconds(), "records/s")
			b.ReportMetric(float64(verdicts[len(verdicts)/2].Microseconds())/1000, "verdict-p50-ms")
			b.ReportMetric(float64(verdicts[len(verdicts)*99/100].Microseconds())/1000, "verdict-p99-ms")
			b.ReportMetric(float64(verdicts[len(verdicts)-1].Microseconds())/1000, "verdict-slowest-ms")
		}
	})
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

// lastEntry is the entry that a loaded database stands at.
type lastEntry struct {
	entry   *schema.Entry
	payload []byte
}

// loadRecords fills a database with recoveries that have completed, a hundred to an entry.
func loadRecords(b *testing.B, path, system string, count uint64) (last lastEntry) {
	b.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Path: path, Logger: brokertest.Quiet()})
	if err != nil {
		b.Fatal(err)
	}
	build := s.Rebuild(0, nil)
	began := time.Now().UTC().Add(-365 * 24 * time.Hour).Truncate(time.Second)
	position := schema.Position{System: system, Created: began, Lineage: "bench"}
	add := func(e *schema.Entry) {
		e.Type, e.System, e.Entry, e.Lineage = schema.Type(schema.KindEntry), system, position.Entry+1, "bench"
		e.Previous, e.ID, e.Replica, e.Rules = position.Hash, fmt.Sprint("bench", e.Entry), "bench", schema.RulesVersion
		payload, err := schema.Encode(e)
		if err != nil {
			b.Fatal(err)
		}
		position.Entry, position.Sequence, position.At, position.Hash = e.Entry, e.Entry, e.Entry, schema.HashEntry(payload)
		if err := build.Add(ctx, store.Applied{Position: position, Entry: e, Payload: payload}); err != nil {
			b.Fatal(err)
		}
		last = lastEntry{e, payload}
	}
	by := schema.By{Role: schema.RoleExpert, Name: "daqexpert", Via: schema.ViaCall, Auth: "subject"}
	anna := schema.By{Role: schema.RoleOperator, Name: "anna", Via: schema.ViaCall, Auth: "subject"}
	apart := 365 * 24 * time.Hour / time.Duration(count+1000)
	for n := uint64(1); n <= count; {
		e := &schema.Entry{}
		for ; len(e.Documents) < 100 && n <= count; n++ {
			at := began.Add(time.Duration(n) * apart)
			ended := at.Add(30 * time.Second)
			token := schema.Token(system, n)
			status := schema.Status{
				Type: schema.Type(schema.KindStatus), Token: token, System: system, State: schema.Completed, Terminal: true, AskedBy: by,
				Problems: []schema.ProblemStatus{{Expert: by.Name, ID: fmt.Sprint(n), Key: "FED stuck/HCAL", Title: "FED stuck"}},
				Steps:    []schema.StepStatus{{Title: "Recycle", Action: "recycle", State: schema.StepDone, Attempts: []schema.Attempt{{Number: 1, Agent: "l0"}}}},
				Created:  at, Updated: ended, Ended: &ended, RequestID: fmt.Sprint("r", n), Reason: schema.Reason{Code: schema.CodeCured},
			}
			value, err := schema.Encode(status)
			if err != nil {
				b.Fatal(err)
			}
			e.At = ended
			e.Documents = append(e.Documents, schema.Document{Key: schema.KeyRecord + token, Value: value})
			for _, event := range []schema.Event{
				{Kind: schema.EventRequested, By: by}, {Kind: schema.EventPrompted, Prompt: token + ".p1"}, {Kind: schema.EventApproved, By: anna, Prompt: token + ".p1"},
				{Kind: schema.EventStepDone, By: by}, {Kind: schema.EventCompleted, By: by},
			} {
				event.Token, event.At, event.Text = token, ended, "as it usually goes"
				e.Events = append(e.Events, event)
			}
		}
		add(e)
	}
	counter, err := schema.Encode(schema.CounterDocument{Requests: count})
	if err != nil {
		b.Fatal(err)
	}
	add(&schema.Entry{At: time.Now().UTC(), Documents: []schema.Document{{Key: schema.KeyCounter, Value: counter}}, Checkpoint: &schema.CheckpointPart{Part: 1, Of: 1}})
	if err := build.Finish(ctx); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return last
}

// setSequence has the database stand behind the only message of the log.
func setSequence(b *testing.B, path string, created time.Time) {
	b.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		b.Fatal(err)
	}
	_, err = db.Exec(`UPDATE systems SET created = ?, sequence = 1, at = 1`, created.UnixNano())
	if err := errors.Join(err, db.Close()); err != nil {
		b.Fatal(err)
	}
}

package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/agent"
	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
	"expertcontroller/client"
	"expertcontroller/controller"
	"expertcontroller/schema"
)

// rebuiltEntries is how long the log is that BenchmarkRebuild reads.
const rebuiltEntries = 50_000

// BenchmarkRebuild: a controller starts without its database and has it again from the
// log, as serve does it; and the reading of the log alone. The log is one of whole
// recoveries, as the rules decide them, one input an entry. Promised: at least 30,000
// entries a second.
func BenchmarkRebuild(b *testing.B) {
	dir := b.TempDir()
	server := brokertest.StartIn(b, dir, "127.0.0.1:0")
	conn := brokertest.Connect(b, server)
	on := brokertest.Open(b, conn, 1)
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(256))
	if err != nil {
		b.Fatal(err)
	}
	size := writeLog(b, js, client.DefaultSystem, rebuiltEntries)
	report := func(b *testing.B, took time.Duration) {
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(rebuiltEntries*b.N)/took.Seconds(), "entries/s")
		b.ReportMetric(float64(size)/rebuiltEntries, "bytes/entry")
	}
	ctx := context.Background()
	b.Run("database", func(b *testing.B) {
		var took time.Duration
		for b.Loop() {
			r := &replica{name: "bench", data: b.TempDir(), log: brokertest.Quiet(), broker: on, console: newConsole(strings.NewReader(""), io.Discard, io.Discard)}
			began := time.Now()
			if err := r.openStore(ctx); err != nil {
				b.Fatal(err)
			}
			if err := r.rebuild(ctx, on.Log(client.DefaultSystem), client.DefaultSystem); err != nil {
				b.Fatal(err)
			}
			took += time.Since(began)
			at, _, err := r.store.Position(ctx, client.DefaultSystem)
			if err != nil || at.Entry != rebuiltEntries {
				b.Fatalf("it stands at %d: %v", at.Entry, err)
			}
			r.close()
			for _, file := range []string{"expertcontroller.db", "expertcontroller.db-wal"} {
				if err := os.Remove(filepath.Join(r.data, file)); err != nil && !os.IsNotExist(err) {
					b.Fatal(err)
				}
			}
		}
		report(b, took)
	})
	b.Run("reading", func(b *testing.B) {
		for b.Loop() {
			l := on.Log(client.DefaultSystem)
			at, err := l.CatchUp(ctx, l.Start(), func(broker.Record) error { return nil })
			if err != nil || at.Entry != rebuiltEntries {
				b.Fatalf("it stands at %d: %v", at.Entry, err)
			}
		}
		report(b, b.Elapsed())
	})
}

// writeLog puts a log of so many entries into the broker, and gives its size.
func writeLog(b *testing.B, js jetstream.JetStream, system string, entries uint64) (size int) {
	b.Helper()
	s, at := controller.NewState(system), time.Now().UTC().Add(-48*time.Hour)
	expert := schema.By{Role: schema.RoleExpert, Name: "daqexpert", Via: schema.ViaCall, Auth: "subject"}
	operator := schema.By{Role: schema.RoleOperator, Name: "anna", Via: schema.ViaCall, Auth: "subject"}
	does := schema.By{Role: schema.RoleAgent, Name: simulator, Via: schema.ViaCall, Auth: "subject"}
	decide := func(kind string, by schema.By, id string, message any) schema.Answer {
		b.Helper()
		if s.Position.Entry == entries {
			return schema.Answer{}
		}
		at = at.Add(time.Second)
		raw, err := schema.Encode(message)
		if err != nil {
			b.Fatal(err)
		}
		d := controller.Step(s, []controller.Input{{Kind: kind, ID: id, By: by, At: at, Raw: raw, Fingerprint: schema.Fingerprint(raw), Message: message}}, at)
		e := &schema.Entry{
			Type: schema.Type(schema.KindEntry), System: system, Entry: s.Position.Entry + 1, Lineage: "bench", Previous: s.Position.Hash,
			ID: strconv.FormatUint(s.Position.Entry+1, 10), At: d.At, Replica: "bench", Rules: schema.RulesVersion, Events: d.Events,
			Inputs: []schema.EntryInput{{ID: id, Kind: kind, By: by, At: at, Message: raw, Answer: &d.Answers[0]}},
		}
		if kind == schema.KindRequest {
			e.Inputs[0].Message = nil // it stands among the documents
		}
		if e.Documents, err = controller.DocumentsOf(d.Changes); err != nil {
			b.Fatal(err)
		}
		payload, err := schema.Encode(e)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := js.PublishAsync(schema.SubjectLog(system), payload, jetstream.WithStallWait(20*time.Second)); err != nil {
			b.Fatal(err)
		}
		size += len(payload)
		s.Adopt(&d, "bench")
		s.Position.Entry, s.Position.Hash, s.Position.Lineage = e.Entry, schema.HashEntry(payload), e.Lineage
		return d.Answers[0]
	}
	decide(schema.KindOffered, does, "", &schema.Offered{Type: schema.Type(schema.KindOffered), Simulated: true, Actions: agent.NewSimulator(1, 0, nil).Actions()})
	decide(schema.KindPolicy, operator, "", &schema.ApplyPolicy{Type: schema.Type(schema.KindPolicy), Policy: schema.Policy{Routes: map[string]string{"*": simulator}}})
	for n := 0; s.Position.Entry < entries; n++ {
		request := usual(fmt.Sprint(n))
		zero := schema.Duration(0)
		request.ID, request.Cure, request.Observe = fmt.Sprint("r", n), schema.CureResult, &zero
		token := decide(schema.KindRequest, expert, request.ID, &request).Token
		decide(schema.KindDecide, operator, fmt.Sprint("d", n), &schema.Decide{Type: schema.Type(schema.KindDecide), ID: fmt.Sprint("d", n), Prompt: token + ".p1", Decision: schema.Approve})
		work := schema.Work{Token: token, Attempt: 1}
		decide(schema.KindClaim, does, fmt.Sprint("c", n), &schema.Claim{Type: schema.Type(schema.KindClaim), ID: fmt.Sprint("c", n), Work: work})
		decide(schema.KindResult, does, fmt.Sprint("e", n), &schema.Result{Type: schema.Type(schema.KindResult), ID: fmt.Sprint("e", n), Work: work, Claim: fmt.Sprint("c", n), Outcome: schema.OutcomeDone})
		decide(schema.KindCleared, expert, fmt.Sprint("k", n), &schema.Cleared{Type: schema.Type(schema.KindCleared), ID: fmt.Sprint("k", n), Problem: request.Problem.ID})
		if time.Until(at) > 0 || s.UnderWay() != nil && s.Position.Entry < entries {
			b.Fatalf("the log is not what it says: %s stands at %+v", token, s.UnderWay())
		}
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-time.After(time.Minute):
		b.Fatal("the log is not written within a minute")
	}
	return size
}

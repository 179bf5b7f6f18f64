package store_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"expertcontroller/schema"
	"expertcontroller/store"
)

var benchRecords = flag.Int("records", 1_000_000, "how many recoveries BenchmarkMillion loads")

// small gives an entry as most are: a recovery changes, with an event.
func small(c *chain) store.Applied {
	n := c.entry/8 + 1
	states := []string{schema.AwaitingApproval, schema.Running, schema.Running, schema.Running, schema.Observing, schema.Observing, schema.Observing, schema.Completed}
	token := schema.Token(c.system, n)
	return c.next(docs(inState(recovery(c.system, n, states[c.entry%8], func(s *schema.Status) {
		s.Steps[0].Attempts = []schema.Attempt{{Number: 1, Agent: "l0", State: schema.AttemptGranted, Offered: &noon, Granted: &noon}}
	}))), schema.Event{Kind: schema.EventProgress, Token: token, By: schema.By{Role: schema.RoleAgent, Name: "l0", Via: schema.ViaCall}, Text: "cms-1: step 0, attempt 1: 50 %"})
}

// BenchmarkRebuild applies a log of small entries as a rebuild does.
func BenchmarkRebuild(b *testing.B) {
	ctx := context.Background()
	s, c := fresh(b), newChain("cms")
	log := make([]store.Applied, b.N)
	for i := range log {
		log[i] = small(c)
	}
	b.ResetTimer()
	r := s.Rebuild(uint64(b.N), nil)
	for _, a := range log {
		if err := r.Add(ctx, a); err != nil {
			b.Fatal(err)
		}
	}
	if err := r.Finish(ctx); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// rejections gives an entry that rejects many requests: a record, an id and an event each.
func rejections(c *chain, first uint64, count int) store.Applied {
	var d []schema.Document
	var events []schema.Event
	for n := first; n < first+uint64(count); n++ {
		status := recovery(c.system, n, schema.RejectedState, func(s *schema.Status) {
			s.RequestID = fmt.Sprint("request-", n)
			s.Reason = schema.Reason{Code: schema.CodeBusy, Text: "cms-35 is under way (FED stuck); what to do: ask again"}
		})
		id := schema.Remembered{Fingerprint: "0123456789abcdef01234567", Answer: schema.Answer{Type: schema.Type(schema.KindAnswer), Verdict: schema.Rejected, Token: status.Token}, Until: noon}
		d = append(d, recorded(status), document(schema.KeyID+"expert/daqexpert/"+status.RequestID, id))
		events = append(events, schema.Event{Kind: schema.EventRejected, Token: status.Token, By: status.AskedBy, Text: "rejected: busy"})
	}
	return c.next(d, events...)
}

// BenchmarkRejected is a flood of requests, many to an entry, written by a Writer.
func BenchmarkRejected(b *testing.B) {
	ctx := context.Background()
	s, c := fresh(b), newChain("cms")
	const each = 100
	var log []store.Applied
	for n := 0; n < b.N; n += each {
		log = append(log, rejections(c, uint64(n+1), each))
	}
	b.ResetTimer()
	w := s.Writer(ctx)
	for _, a := range log {
		if err := w.Enqueue(a); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(log)*each)/b.Elapsed().Seconds(), "requests/s")
}

// BenchmarkMillion loads many recoveries, spread over a year, and reads them.
func BenchmarkMillion(b *testing.B) {
	ctx := context.Background()
	path := filepath.Join(b.TempDir(), "store.db")
	s, c := open(b, path), newChain("cms")
	r := rand.New(rand.NewPCG(1, 2))
	apart := 365 * 24 * time.Hour / time.Duration(*benchRecords)
	began := time.Now()
	build := s.Rebuild(0, nil)
	for n := uint64(1); n <= uint64(*benchRecords); {
		var d []schema.Document
		var events []schema.Event
		for ; len(d) < 100 && n <= uint64(*benchRecords); n++ {
			status := recovery("cms", n, pick(r, schema.Completed, schema.Completed, schema.Completed, schema.Failed, schema.Cancelled, schema.RejectedState), func(s *schema.Status) {
				s.Created = noon.Add(time.Duration(n) * apart)
				s.Ended = ptr(s.Created.Add(time.Duration(r.IntN(600)) * time.Second))
				s.AskedBy.Name = fmt.Sprint("expert", r.IntN(20))
				kind := int(r.ExpFloat64() * 20)
				s.Problems[0].Key, s.Problems[0].Title = fmt.Sprint("FED stuck/", kind), fmt.Sprint("FED stuck ", kind)
				s.RequestID = fmt.Sprint("request-", n)
				s.Steps[0].Attempts = []schema.Attempt{{Number: 1, Agent: fmt.Sprint("agent", r.IntN(10))}}
			})
			d = append(d, recorded(status))
			who := operator(fmt.Sprint("operator", r.IntN(50)))
			if n%3 == 0 {
				who = schema.By{Role: schema.RoleController}
			}
			events = append(events, schema.Event{Kind: schema.EventPrompted, Token: status.Token, Prompt: status.Token + ".p1", At: status.Created},
				schema.Event{Kind: schema.EventApproved, Token: status.Token, Prompt: status.Token + ".p1", By: who, At: status.Created.Add(time.Duration(r.IntN(100)) * time.Second)})
		}
		if err := build.Add(ctx, c.next(d, events...)); err != nil {
			b.Fatal(err)
		}
	}
	if err := build.Finish(ctx); err != nil {
		b.Fatal(err)
	}
	loaded := time.Since(began)
	year := noon.Add(365 * 24 * time.Hour)
	month := func() *time.Time { return ptr(noon.Add(time.Duration(r.IntN(365*24)) * time.Hour)) }
	cursor := func() string { return fmt.Sprint(1 + r.IntN(*benchRecords)) }
	history := func(q func() schema.HistoryQuery) func() error {
		return func() error {
			_, err := s.History(ctx, "cms", q())
			return err
		}
	}
	for _, bench := range []struct {
		name string
		run  func() error
	}{
		{"page", history(func() schema.HistoryQuery { return schema.HistoryQuery{Cursor: cursor()} })},
		{"filtered", history(func() schema.HistoryQuery {
			q := schema.HistoryQuery{}
			if r.IntN(2) == 0 {
				q.Cursor = cursor() // else the first page, as most ask for
			}
			for range 1 + r.IntN(2) {
				switch r.IntN(8) {
				case 0:
					q.State = []string{schema.Failed, schema.Cancelled}
				case 1:
					q.Key = fmt.Sprint("FED stuck/", r.IntN(100))
				case 2:
					q.Key = fmt.Sprint("FED*/", r.IntN(10), "*")
				case 3:
					q.Expert = fmt.Sprint("expert", r.IntN(22))
				case 4:
					q.Agent = fmt.Sprint("agent", r.IntN(11))
				case 5:
					q.Operator = fmt.Sprint("operator", r.IntN(55))
				case 6:
					q.Since, q.Cursor = month(), ""
					q.Until = ptr(q.Since.Add(24 * time.Hour))
				case 7:
					q.Problem = fmt.Sprint(r.IntN(*benchRecords), "*")
				}
			}
			return q
		})},
		{"any_problem", history(func() schema.HistoryQuery {
			return schema.HistoryQuery{Problem: fmt.Sprint("*", r.IntN(*benchRecords))}
		})},
		{"status", func() error {
			_, _, _, err := s.Status(ctx, "cms", schema.Token("cms", uint64(1+r.IntN(*benchRecords))))
			return err
		}},
		{"find_request", func() error {
			_, _, err := s.FindByRequest(ctx, "cms", "expert1", fmt.Sprint("request-", 1+r.IntN(*benchRecords)))
			return err
		}},
		{"overview", func() error { _, err := s.Overview(ctx, "cms", 20, year); return err }},
		{"statistics", func() error {
			until := month()
			_, err := s.Statistics(ctx, "cms", schema.StatisticsQuery{Until: until}, year)
			return err
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			took := make([]time.Duration, 0, b.N)
			for b.Loop() {
				began := time.Now()
				if err := bench.run(); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*50/100].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
	began = time.Now()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	closed := time.Since(began)
	began = time.Now()
	if open(b, path).SetAside() != "" {
		b.Fatal("it was set aside")
	}
	b.Logf("%d recoveries: loaded in %v, closed in %v, opened with its check in %v", *benchRecords,
		loaded.Round(time.Millisecond), closed.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
}

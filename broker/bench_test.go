package broker_test

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
	"expertcontroller/schema"
)

// BenchmarkAppend: one append after another, to compare with BenchmarkBarePublish.
func BenchmarkAppend(b *testing.B) {
	l := brokertest.New(b).Log(system)
	payload, last := make([]byte, 512), uint64(0)
	ctx := context.Background()
	for i := 0; b.Loop(); i++ {
		sequence, err := l.Append(ctx, last, strconv.Itoa(i), payload)
		if err != nil {
			b.Fatal(err)
		}
		last = sequence
	}
}

// BenchmarkBarePublish: what JetStream itself costs, on the same stream.
func BenchmarkBarePublish(b *testing.B) {
	nc := brokertest.Connect(b, brokertest.Start(b))
	brokertest.Open(b, nc, 1)
	js, err := jetstream.New(nc)
	if err != nil {
		b.Fatal(err)
	}
	payload, ctx := make([]byte, 512), context.Background()
	for b.Loop() {
		if _, err := js.Publish(ctx, schema.SubjectLog(system), payload); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCall: one call after another, to compare with BenchmarkCoreRequest.
func BenchmarkCall(b *testing.B) { calls(b, 1, "recovery.cms.call.expert.e.request") }

// BenchmarkCall128: 128 clients at once.
func BenchmarkCall128(b *testing.B) { calls(b, 128, "recovery.cms.call.expert.e.request") }

// BenchmarkCoreRequest: what a request and its reply cost without a service.
func BenchmarkCoreRequest(b *testing.B) { calls(b, 1, "plain") }

func calls(b *testing.B, clients int, subject string) {
	s := serve(b, func(c *broker.ServiceConfig) {
		c.Call = func(_ context.Context, _ schema.Sender, payload []byte) ([]byte, *schema.Error) { return payload, nil }
	})
	sub, err := s.nc.Subscribe("plain", func(m *nats.Msg) { _ = m.Respond(m.Data) })
	if err != nil {
		b.Fatal(err)
	}
	defer sub.Unsubscribe()
	payload := make([]byte, 512)
	var left, failed atomic.Int64
	left.Store(int64(b.N))
	done := make(chan struct{})
	b.ResetTimer()
	for range clients {
		go func() {
			for left.Add(-1) >= 0 {
				if _, err := s.nc.Request(subject, payload, 10*time.Second); err != nil {
					failed.Add(1)
				}
			}
			done <- struct{}{}
		}()
	}
	for range clients {
		<-done
	}
	if n := failed.Load(); n > 0 {
		b.Fatalf("%d calls failed", n)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// BenchmarkCatchUp: entries of a usual size, read and checked from the first.
func BenchmarkCatchUp(b *testing.B) {
	nc := brokertest.Connect(b, brokertest.Start(b))
	l := brokertest.Open(b, nc, 1).Log(system)
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(256))
	if err != nil {
		b.Fatal(err)
	}
	const n = 20_000
	at := l.Start()
	for i := range n {
		e := schema.Entry{
			Type: schema.Type(schema.KindEntry), System: system, Entry: at.Entry + 1, Lineage: "l", Previous: at.Hash,
			ID: fmt.Sprint(i), At: time.Now().UTC(), Replica: "r", Rules: 1,
			Documents: []schema.Document{{Key: "recovery/cms-1", Value: []byte(`{"text":"` + string(make1k()) + `"}`)}},
		}
		payload, err := schema.Encode(e)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := js.PublishAsync(schema.SubjectLog(system), payload, jetstream.WithStallWait(10*time.Second)); err != nil {
			b.Fatal(err)
		}
		at.Entry, at.Hash = at.Entry+1, schema.HashEntry(payload)
	}
	<-js.PublishAsyncComplete()
	b.ResetTimer()
	for range b.N {
		p, err := l.CatchUp(context.Background(), l.Start(), func(broker.Record) error { return nil })
		if err != nil || p.Entry != n {
			b.Fatal(p, err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "entries/s")
}

func make1k() []byte {
	out := make([]byte, 1024)
	for i := range out {
		out[i] = 'a' + byte(i%26)
	}
	return out
}

package cmd

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// BenchmarkSubmit: from an expert's request to its verdict, accepted, compared with a
// bare publish, and with a request to a program that only passes it on. All three go to
// each server in turn, over the same connections, and each comes right after the same
// question, when the system is at rest. What the request becomes is interrupted, outside
// of the measuring, so that the next one finds the system free. Promised: a ratio of at
// most 2 on one server and 1.5 on three.
func BenchmarkSubmit(b *testing.B) {
	perServers(b, func(b *testing.B, servers int) {
		g := startGround(b, servers, "hold: 0s\n")
		g.passOn()
		operator := g.client(schema.RoleOperator, "anna")
		payload := encodedRequest(b, usual("0"))
		ctx := context.Background()
		var experts []*client.Client
		var streams []jetstream.JetStream
		for _, nc := range g.everywhere() {
			js, err := jetstream.New(nc)
			if err != nil {
				b.Fatal(err)
			}
			streams = append(streams, js)
			experts = append(experts, client.New(nc, client.Options{System: g.system(), Role: schema.RoleExpert, As: "daqexpert"}))
		}
		var ours, bare, passed times
		n, last := 0, ""
		submit := func(expert *client.Client) error {
			n++
			request, verdict := usual(fmt.Sprint(n)), schema.Answer{}
			var err error
			ours.measure(func() { verdict, err = expert.Submit(ctx, request) })
			if err != nil {
				return err
			}
			if verdict.Verdict != schema.Accepted {
				return fmt.Errorf("request %d: %+v", n, verdict)
			}
			last = verdict.Token
			_, err = operator.Interrupt(ctx, schema.Interrupt{Token: last})
			return err
		}
		// rest asks for the status, which is read when the database has the last entry.
		rest := func() {
			if _, err := operator.Status(ctx, last); err != nil {
				b.Fatal(err)
			}
		}
		if err := submit(experts[0]); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			for range 4 {
				for i, expert := range experts {
					var err error
					rest()
					bare.measure(func() { _, err = streams[i].Publish(ctx, bareSubject, payload) })
					if err != nil {
						b.Fatal(err)
					}
					rest()
					passed.measure(func() { _, err = expert.Conn().Request(passSubject, payload, 10*time.Second) })
					if err != nil {
						b.Fatal(err)
					}
					rest()
					if err := submit(expert); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
		compare(b, "verdict", ours, bare)
		b.ReportMetric(passed.median(), "passed-on-p50-µs")
		b.ReportMetric(passed.median()/bare.median(), "ratio-passed-on")
	})
}

// BenchmarkVerdicts: verdicts a second with 128 clients that ask at once, each on a
// connection of its own and one request after another, compared with as many publishers.
// Promised: on one server at least 3 times as many verdicts as bare publishes.
func BenchmarkVerdicts(b *testing.B) {
	perServers(b, func(b *testing.B, servers int) {
		const clients, phase = 128, 200 * time.Millisecond
		g := startGround(b, servers, "hold: 0s\n")
		connections := make([]*nats.Conn, clients)
		streams := make([]jetstream.JetStream, clients)
		payloads := make([][]byte, clients)
		for i := range clients {
			connections[i] = g.dial()
			var err error
			if streams[i], err = jetstream.New(connections[i]); err != nil {
				b.Fatal(err)
			}
			payloads[i] = encodedRequest(b, usual(fmt.Sprint("p", i)))
		}
		ctx := context.Background()
		// The first problem stays under way: nobody approves it.
		if _, err := g.client(schema.RoleExpert, "first").Submit(ctx, usual("first")); err != nil {
			b.Fatal(err)
		}
		publish := func(i int) error {
			_, err := streams[i].Publish(ctx, bareSubject, payloads[i])
			return err
		}
		ask := func(i int) error {
			reply, err := connections[i].Request(schema.SubjectCall(g.system(), schema.RoleExpert, fmt.Sprint("e", i), schema.KindRequest), payloads[i], 10*time.Second)
			if err != nil {
				return err
			}
			answer, err := schema.Read[schema.Answer](reply.Data)
			if err == nil && answer.Reason.Code != schema.CodeBusy {
				err = fmt.Errorf("got %s", reply.Data)
			}
			return err
		}
		var bare, ours rate
		for b.Loop() {
			bare.run(b, clients, phase, publish)
			ours.run(b, clients, phase, ask)
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(bare.perSecond(), "publishes/s")
		b.ReportMetric(ours.perSecond(), "verdicts/s")
		b.ReportMetric(ours.perSecond()/bare.perSecond(), "ratio")
	})
}

// rate counts what is done in how much time.
type rate struct {
	done int64
	took time.Duration
}

func (r *rate) perSecond() float64 { return float64(r.done) / r.took.Seconds() }

// run has many do one thing after another, each for itself, for a while.
func (r *rate) run(b *testing.B, many int, phase time.Duration, once func(i int) error) {
	b.Helper()
	var all sync.WaitGroup
	var done atomic.Int64
	began := time.Now()
	for i := range many {
		all.Go(func() {
			for time.Since(began) < phase {
				if err := once(i); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	r.took += time.Since(began)
	r.done += done.Load()
	if b.Failed() {
		b.FailNow()
	}
}

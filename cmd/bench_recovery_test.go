package cmd

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// BenchmarkRecovery: a whole recovery that does nothing, from its request to the last
// status, compared with a bare publish: asked, offered, claimed, granted, carried out by
// the simulated agent in no time, its result told, completed. Promised: a ratio of at
// most 12 on one server.
func BenchmarkRecovery(b *testing.B) {
	perServers(b, func(b *testing.B, servers int) {
		g := startGround(b, servers, "mode: automatic\nautomation: true\nbreaker: {max: 1000, window: 10ms}\nobserve: 0s\nhold: 0s\n")
		expert := g.client(schema.RoleExpert, "daqexpert")
		ended := make(chan schema.Status, 64)
		if _, err := expert.Conn().Subscribe(schema.SubjectStatus(g.system(), "*"), func(m *nats.Msg) {
			if s, err := schema.Read[schema.Status](m.Data); err != nil {
				b.Error(err)
			} else if s.Terminal {
				ended <- s
			}
		}); err != nil {
			b.Fatal(err)
		}
		if err := expert.Conn().Flush(); err != nil {
			b.Fatal(err)
		}
		payload := encodedRequest(b, usual("0"))
		ctx := context.Background()
		recover := func(n int) {
			request := usual(fmt.Sprint(n))
			request.Automatic, request.Cure = true, schema.CureResult
			answer, err := expert.Submit(ctx, request)
			if err != nil || answer.Verdict != schema.Accepted {
				b.Fatalf("request %d: %+v, %v", n, answer, err)
			}
			patience := time.NewTimer(20 * time.Second)
			defer patience.Stop()
			select {
			case s := <-ended:
				if s.Token != answer.Token || s.State != schema.Completed {
					b.Fatalf("%s ended: %s is %s", answer.Token, s.Token, s.State)
				}
			case <-patience.C:
				b.Fatalf("%s has not ended", answer.Token)
			}
		}
		recover(0) // the agent has asked for work once
		var ours, bare times
		n := 0
		for b.Loop() {
			for range 10 {
				// One of each in turn, on a system at rest: what follows the one before,
				// such as writing the database, would be in the way of one of them only.
				bare.measure(func() { g.publish(payload) })
				n++
				ours.measure(func() { recover(n) })
				if _, err := expert.Status(ctx, schema.Token(g.system(), uint64(n)+1)); err != nil {
					b.Fatal(err)
				}
			}
		}
		compare(b, "recovery", ours, bare)
	})
}

package broker_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/broker/brokertest"
)

// Wherever a connection began, it ends at the server that leads the log, and the broker
// works there.
func TestNear(t *testing.T) {
	c := brokertest.StartCluster(t, 3)
	ctx := within(t)
	moved := 0
	for _, s := range c.Servers {
		nc := brokertest.Dial(t, s.URL())
		if got := nc.ConnectedServerName(); got != s.Name() {
			t.Fatalf("connected to %s, want %s", got, s.Name())
		}
		b := brokertest.Open(t, nc, 3)
		// A slow machine may elect another leader in the middle of it.
		until(t, "a connection to the leader", func() bool {
			server, leads, err := b.Near(ctx)
			if err != nil || nc.ConnectedServerName() != server {
				t.Fatalf("from %s: got %q, leads %v, %v; connected to %q", s.Name(), server, leads, err, nc.ConnectedServerName())
			}
			leader, err := b.Leader(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return leads && leader == server
		})
		if nc.ConnectedServerName() != s.Name() {
			moved++
		}
		if _, err := b.Log(system).End(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if moved == 0 {
		t.Error("nobody had to move: nothing was tried")
	}
	// Whoever knows one server only stays there, and hears what it is.
	for _, s := range c.Servers {
		nc, err := nats.Connect(s.URL(), nats.IgnoreDiscoveredServers(), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		b := brokertest.Open(t, nc, 3)
		until(t, "the same leader before and after", func() bool {
			before, err := b.Leader(ctx)
			if err != nil {
				t.Fatal(err)
			}
			server, leads, err := b.Near(ctx)
			if err != nil {
				t.Fatal(err)
			}
			after, err := b.Leader(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if before == after && (server != s.Name() || leads != (s.Name() == after)) {
				t.Fatalf("at %s: got %q, leads %v; the leader is %s", s.Name(), server, leads, after)
			}
			return before == after
		})
	}
}

// Where the leader is not among the servers that are known, or nobody answers, it is
// said, and nothing else.
func TestNearWithoutAnswer(t *testing.T) {
	e := brokertest.Start(t)
	p := between(t, e.URL())
	b := brokertest.Open(t, brokertest.Dial(t, p.url()), 1)
	if server, leads, err := b.Near(within(t)); err != nil || !leads || server == "" {
		t.Fatalf("alone: got %q, %v, %v", server, leads, err)
	}
	p.deaf.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, leads, err := b.Near(ctx); err == nil || leads {
		t.Fatalf("without an answer: leads %v, %v", leads, err)
	}
}

// A server whose machine is off, so that nobody even refuses, comes before the leader's, and
// takes all the time that there is for the search: what is asked next has a connection all
// the same.
func TestNearBehindAServerThatIsOff(t *testing.T) {
	off, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer off.Close()
	c := brokertest.StartCluster(t, 3)
	ctx := within(t)
	leader, err := brokertest.Open(t, brokertest.Dial(t, c.Servers[0].URL()), 3).Leader(ctx)
	if err != nil {
		t.Fatal(err)
	}
	from, to := "", ""
	for _, s := range c.Servers {
		if s.Name() == leader {
			to = s.URL()
		} else {
			from = s.URL()
		}
	}
	// As broker.Connect does it, but in this order.
	nc, err := nats.Connect(from+",nats://"+off.Addr().String()+","+to, nats.DontRandomize(), nats.IgnoreDiscoveredServers(),
		nats.MaxReconnects(-1), nats.ReconnectBufSize(-1), nats.Timeout(5500*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	b := brokertest.Open(t, nc, 3)
	server, leads, err := b.Near(ctx)
	if err != nil || server == "" {
		t.Errorf("got %q, leads %v, %v", server, leads, err)
	}
	if _, err := b.Log(system).End(ctx); err != nil {
		t.Errorf("after the search: %v", err)
	}
}

package broker_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/broker"
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

// Going to another server is no outage: the log doesn't say that the connection is back
// unless it has said that it was lost.
func TestAConnectionThatWasNotLostIsNotBack(t *testing.T) {
	p := between(t, brokertest.Start(t).URL())
	said := &words{}
	nc, err := broker.Connect(broker.ConnectOptions{URL: p.url(), Name: t.Name(), Logger: slog.New(slog.NewTextHandler(said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	back := nc.StatusChanged(nats.CONNECTED)
	again := func(leave func()) {
		t.Helper()
		leave()
		select {
		case <-back:
		case <-within(t).Done():
			t.Fatal("it did not connect again")
		}
	}
	again(func() {
		if err := nc.ForceReconnect(); err != nil {
			t.Fatal(err)
		}
	})
	again(p.cut)
	until(t, "both words", func() bool { return said.count("is back") > 0 })
	if lost, back := said.count("is lost"), said.count("is back"); lost != 1 || back != 1 {
		t.Errorf("lost %d times, back %d times; said:\n%s", lost, back, said.text())
	}
}

// words is a log that several may write.
type words struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *words) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

func (w *words) count(what string) int { return strings.Count(w.text(), what) }

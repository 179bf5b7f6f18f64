// Package brokertest starts real NATS servers for tests and benchmarks: one inside the
// process, or a cluster of processes that can be killed.
//
// What it promises: loopback and free ports only, directories of the test, nothing left
// running when the test or its process has ended, however it ended.
package brokertest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/broker"
)

// Start starts an embedded server on a free port and stops it with the test.
func Start(tb testing.TB) *broker.Embedded {
	tb.Helper()
	return StartIn(tb, tb.TempDir(), "127.0.0.1:0")
}

// StartIn is Start with a directory and an address, for restarts.
func StartIn(tb testing.TB, dir, listen string) *broker.Embedded {
	tb.Helper()
	e, err := broker.StartEmbedded(broker.EmbeddedOptions{Dir: dir, Listen: listen})
	if err != nil {
		tb.Fatalf("starting a broker: %v", err)
	}
	tb.Cleanup(e.Stop)
	return e
}

// Connect connects in process and closes with the test.
func Connect(tb testing.TB, e *broker.Embedded) *nats.Conn {
	tb.Helper()
	nc, err := e.Connect(tb.Name())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(nc.Close)
	return nc
}

// Dial connects over TCP, as an external server is reached, and closes with the test.
func Dial(tb testing.TB, url string) *nats.Conn {
	tb.Helper()
	nc, err := broker.Connect(broker.ConnectOptions{URL: url, Name: tb.Name(), Logger: Quiet()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(nc.Close)
	return nc
}

// Open opens the streams on a connection, with 30 s for it.
func Open(tb testing.TB, nc *nats.Conn, replicas int) *broker.Broker {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	b, err := broker.Open(ctx, nc, broker.StreamOptions{Replicas: replicas, Synced: true, Logger: Quiet()})
	if err != nil {
		tb.Fatalf("opening the broker: %v", err)
	}
	return b
}

// New gives a broker on an embedded server of its own.
func New(tb testing.TB) *broker.Broker {
	tb.Helper()
	return Open(tb, Connect(tb, Start(tb)), 1)
}

// Quiet is a logger that says nothing.
func Quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

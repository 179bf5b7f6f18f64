package broker_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
)

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

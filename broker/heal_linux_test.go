package broker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
)

// said is a log that can be read while it is written.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) count(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.b.String(), text)
}

// A real disk that was full: with room again the server stores on by itself, for those in
// the process and those outside, each entry once. Whoever may not mount a disk has the
// other tests of healing.
func TestAFullDiskHeals(t *testing.T) {
	dir, ok := brokertest.SmallDisk(t, "24m")
	if !ok {
		return
	}
	log := &said{}
	e, err := broker.StartEmbedded(broker.EmbeddedOptions{Dir: dir, Listen: "127.0.0.1:0", Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	in := newWriter(brokertest.Open(t, brokertest.Connect(t, e), 1), "in")
	out := newWriter(brokertest.Open(t, brokertest.Dial(t, e.URL()), 1), "out")
	f := follow(t, brokertest.Open(t, brokertest.Connect(t, e), 1).Log(system))
	if err := in.many(within(t), 20); err != nil {
		t.Fatal(err)
	}
	url := e.URL()
	for round := 1; round <= 2; round++ {
		free := brokertest.Fill(t, dir)
		ctx, stop := context.WithCancel(within(t))
		done := make(chan error, 2)
		var writing sync.WaitGroup
		for _, w := range []*writer{in, out} {
			writing.Add(1)
			go func() {
				defer writing.Done()
				for range 200 {
					if err := w.decide(ctx); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		until(t, "the trouble", func() bool { return e.Ready() != nil })
		says(t, e.Ready(), dir, "is full", "make room", "by itself")
		free()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		stop()
		writing.Wait()
		until(t, "the end of the trouble", func() bool { return e.Ready() == nil })
		if n := log.count("stores again"); n != round {
			t.Fatalf("it stored again %d times in %d rounds", n, round)
		}
	}
	if e.URL() != url {
		t.Fatalf("it was at %s and is at %s", url, e.URL())
	}
	f.reaches(t, max(in.at.Sequence, out.at.Sequence))
	ids, skipped := whole(t, brokertest.Open(t, brokertest.Connect(t, e), 1))
	sameOnce(t, ids, in.mine, out.mine)
	sameOnce(t, f.ids(), in.mine, out.mine)
	if skipped != 0 {
		t.Errorf("%d messages are no entries", skipped)
	}
}

// A disk that is nearly full of the log itself takes what still fits.
func TestALogThatFillsItsDisk(t *testing.T) {
	dir, ok := brokertest.SmallDisk(t, "32m")
	if !ok {
		return
	}
	e := brokertest.StartIn(t, dir, "127.0.0.1:0")
	nc := brokertest.Connect(t, e)
	brokertest.Open(t, nc, 1)
	tell := func() string {
		m, err := nc.Request("recovery."+system+".expert.e.request", make([]byte, 100<<10), 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		var ack struct{ Error *struct{ Description string } }
		if err := json.Unmarshal(m.Data, &ack); err != nil {
			t.Fatal(err)
		}
		if ack.Error != nil {
			return ack.Error.Description
		}
		return ""
	}
	for i := range 270 { // more than three quarters of the disk
		if why := tell(); why != "" {
			t.Fatalf("message %d: %s", i, why)
		}
	}
	e.Stop()
	nc = brokertest.Connect(t, brokertest.StartIn(t, dir, "127.0.0.1:0"))
	if why := tell(); why != "" {
		t.Fatalf("started again: %s", why)
	}
}

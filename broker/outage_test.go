package broker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
)

func TestLostAcknowledgements(t *testing.T) {
	// Two writers whose answers get lost with their connections: every entry that was
	// acknowledged stands in the log once, and nothing else does.
	e := brokertest.Start(t)
	ctx := within(t)
	var writers []*writer
	var proxies []*proxy
	for i := range 2 {
		p := between(t, e.URL())
		writers = append(writers, newWriter(brokertest.Open(t, brokertest.Dial(t, p.url()), 0), fmt.Sprint("w", i)))
		p.swallow.Store(40)
		proxies = append(proxies, p)
	}
	lost := func() int64 { return int64(proxies[0].lost.Load() + proxies[1].lost.Load()) }
	// How many get lost depends on how the machine interleaves the two: until it is enough.
	for lost() < 5 && ctx.Err() == nil {
		together(t, func() error { return writers[0].many(ctx, 150) }, func() error { return writers[1].many(ctx, 150) })
	}
	ids, _ := whole(t, brokertest.Open(t, brokertest.Connect(t, e), 0))
	sameOnce(t, ids, writers[0].mine, writers[1].mine)
	t.Logf("%d answers lost, %d races", lost(), writers[0].lost+writers[1].lost)
	if lost() < 5 {
		t.Fatalf("only %d answers were lost: not enough to tell anything", lost())
	}
}

func TestUnknownOutcome(t *testing.T) {
	// With the answers gone for good the caller's time ends the waiting, and the error
	// says that nobody knows; repeated later, the message gets the place that it has.
	e := brokertest.Start(t)
	p := between(t, e.URL())
	l := brokertest.Open(t, brokertest.Dial(t, p.url()), 1).Log(system)
	p.deaf.Store(true)
	payload := entry(l.Start(), "id", "w")
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_, err := l.Append(ctx, 0, "id", payload)
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, broker.ErrNotSent) {
		t.Fatalf("got %v, want the deadline, and not that it was not sent", err)
	}
	says(t, err, "outcome not known")
	direct := brokertest.Open(t, brokertest.Connect(t, e), 0).Log(system)
	until(t, "the message in the log", func() bool {
		end, err := direct.End(context.Background())
		return err == nil && end == 1
	})
	p.deaf.Store(false)
	p.cut()
	again, err := l.Append(within(t), 0, "id", payload)
	if err != nil || again != 1 {
		t.Fatalf("got %d, %v", again, err)
	}
}

func TestLostMessage(t *testing.T) {
	// The message itself is lost with its connection: nothing stands there, and the
	// very same message is sent again.
	e := brokertest.Start(t)
	p := between(t, e.URL())
	l := brokertest.Open(t, brokertest.Dial(t, p.url()), 1).Log(system)
	marker := "the marked one"
	p.mute.Store(&marker)
	sequence, err := l.Append(within(t), 0, "id", []byte(marker))
	if err != nil || sequence != 1 || p.mute.Load() != nil {
		t.Fatalf("got %d, %v; lost: %v", sequence, err, p.mute.Load() == nil)
	}
}

func TestFollowOverRestarts(t *testing.T) {
	// The embedded server stops and starts again under a follower and a writer: no
	// gap, no repeat.
	dir := t.TempDir()
	e := brokertest.StartIn(t, dir, "127.0.0.1:0")
	listen := e.URL()[len("nats://"):]
	w := newWriter(brokertest.Open(t, brokertest.Dial(t, e.URL()), 1), "w")
	f := follow(t, brokertest.Open(t, brokertest.Dial(t, e.URL()), 0).Log(system))
	ctx := within(t)
	for range 3 {
		if err := w.many(ctx, 50); err != nil {
			t.Fatal(err)
		}
		e.Stop()
		e = brokertest.StartIn(t, dir, listen)
	}
	if err := w.many(ctx, 50); err != nil {
		t.Fatal(err)
	}
	f.reaches(t, w.at.Sequence)
	sameOnce(t, f.ids(), w.mine)
}

func TestFollowOverCuts(t *testing.T) {
	e := brokertest.Start(t)
	p := between(t, e.URL())
	w := newWriter(brokertest.Open(t, brokertest.Dial(t, e.URL()), 1), "w")
	f := follow(t, brokertest.Open(t, brokertest.Dial(t, p.url()), 0).Log(system))
	ctx := within(t)
	for range 10 {
		if err := w.many(ctx, 30); err != nil {
			t.Fatal(err)
		}
		p.cut()
	}
	f.reaches(t, w.at.Sequence)
	sameOnce(t, f.ids(), w.mine)
}

func TestKilledServer(t *testing.T) {
	// kill -9 of the only server while entries are appended: what was acknowledged is
	// there after the restart, once.
	s := brokertest.StartProcess(t)
	w := newWriter(brokertest.Open(t, brokertest.Dial(t, s.URL()), 1), "w")
	ctx := within(t)
	for range 3 {
		done := make(chan error, 1)
		go func() { done <- w.many(ctx, 300) }()
		// Somewhere in the middle of it.
		n := newCounter(t, s.URL())
		until(t, "entries", n.grown)
		s.Kill()
		s.Start()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	ids, _ := whole(t, brokertest.Open(t, brokertest.Dial(t, s.URL()), 0))
	sameOnce(t, ids, w.mine)
}

func TestCluster(t *testing.T) {
	// Three servers, two writers, the stream's leader killed: writing goes on by
	// itself, and the log is whole.
	c := brokertest.StartCluster(t, 3)
	ctx := within(t)
	began := time.Now()
	mark := func(what string) { t.Logf("%5.1f s: %s", time.Since(began).Seconds(), what) }
	var writers []*writer
	for i := range 2 {
		writers = append(writers, newWriter(brokertest.Open(t, brokertest.Dial(t, c.URLs()), 3), fmt.Sprint("w", i)))
	}
	b := brokertest.Open(t, brokertest.Dial(t, c.URLs()), 3)
	mark("opened")
	f := follow(t, b.Log(system))
	together(t, func() error { return writers[0].many(ctx, 100) }, func() error { return writers[1].many(ctx, 100) })
	leader, err := b.Leader(ctx)
	if err != nil || c.Server(leader) == nil {
		t.Fatalf("the leader is %q, %v", leader, err)
	}
	done := make(chan error, 2)
	for _, w := range writers {
		go func() { done <- w.many(ctx, 200) }()
	}
	n := newCounter(t, c.URLs())
	until(t, "entries", n.grown)
	mark("killing the leader")
	c.Server(leader).Kill()
	for range writers {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	mark("both have written on")
	end := max(writers[0].at.Sequence, writers[1].at.Sequence)
	f.reaches(t, end)
	mark("the follower has it all")
	ids, _ := whole(t, b)
	sameOnce(t, ids, writers[0].mine, writers[1].mine)
	sameOnce(t, f.ids(), writers[0].mine, writers[1].mine)
}

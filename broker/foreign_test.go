package broker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
	"expertcontroller/schema"
)

func TestCheck(t *testing.T) {
	e := brokertest.Start(t)
	nc := brokertest.Connect(t, e)
	b := brokertest.Open(t, nc, 1)
	w := newWriter(b, "w")
	ctx := within(t)
	if err := w.many(ctx, 5); err != nil {
		t.Fatal(err)
	}
	l := b.Log(system)
	l.Stands = 200 * time.Millisecond
	t.Run("the position that was read is there, and so is none", func(t *testing.T) {
		for _, p := range []schema.Position{w.at, l.Start(), {}} {
			if err := l.Check(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("another stream and another content are told at once", func(t *testing.T) {
		patient := b.Log(system) // 30 s, were it not at once
		for text, p := range map[string]schema.Position{
			"made at": {System: system, Created: w.at.Created.Add(time.Nanosecond)},
			"entry 5": func() schema.Position { p := w.at; p.Hash = "0"; return p }(),
		} {
			began := time.Now()
			err := patient.Check(ctx, p)
			if !errors.Is(err, broker.ErrForeign) || time.Since(began) > 15*time.Second {
				t.Fatalf("got %v after %s", err, time.Since(began))
			}
			says(t, err, text, "restore", "remove the database")
		}
	})
	t.Run("an entry that is missing and an end that is early are believed when they stand", func(t *testing.T) {
		missing, early := w.at, w.at
		missing.At, missing.Sequence = 100, 100
		early.Sequence = 100
		for text, p := range map[string]schema.Position{"is not there": missing, "ends at 5": early} {
			began := time.Now()
			err := l.Check(ctx, p)
			if !errors.Is(err, broker.ErrForeign) || time.Since(began) < l.Stands {
				t.Fatalf("got %v after %s", err, time.Since(began))
			}
			says(t, err, text)
		}
	})
	t.Run("what appears meanwhile was only late", func(t *testing.T) {
		patient := b.Log(system)
		p := w.at
		p.Sequence++
		done := make(chan error, 1)
		go func() { done <- patient.Check(ctx, p) }()
		select {
		case err := <-done:
			t.Fatalf("it did not wait: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		put(t, nc, []byte("late"))
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
	t.Run("nobody to ask is not another stream", func(t *testing.T) {
		e.Stop()
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err := l.Check(short, w.at); err == nil || errors.Is(err, broker.ErrForeign) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestRecreatedLog(t *testing.T) {
	// The log's stream is deleted and made anew under a follower: it doesn't go on in
	// the other one, whether that is there at once or later.
	nc, b, w := written(t, 5)
	f := follow(t, b.Log(system))
	f.reaches(t, w.at.Sequence)
	recreate(t, nc, schema.StreamLog)
	brokertest.Open(t, nc, 1)
	if err := f.ends(t); !errors.Is(err, broker.ErrForeign) {
		t.Fatalf("got %v", err)
	}
	if len(f.ids()) != 5 {
		t.Fatalf("%d entries", len(f.ids()))
	}
	t.Run("whoever opens the new one with the old position hears so", func(t *testing.T) {
		l := brokertest.Open(t, nc, 1).Log(system)
		if err := followFrom(t, l, w.at).ends(t); !errors.Is(err, broker.ErrForeign) {
			t.Fatalf("got %v", err)
		}
		if _, err := l.CatchUp(within(t), w.at, nil); !errors.Is(err, broker.ErrForeign) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestMissingLog(t *testing.T) {
	e := brokertest.Start(t)
	nc := brokertest.Connect(t, e)
	l := brokertest.Open(t, nc, 1).Log(system)
	l.Stands = 300 * time.Millisecond
	f := follow(t, l)
	recreate(t, nc, schema.StreamLog)
	if err := f.ends(t); !errors.Is(err, broker.ErrForeign) {
		t.Fatalf("got %v", err)
	}
}

func TestInbox(t *testing.T) {
	whole := t
	dir := t.TempDir()
	e := brokertest.StartIn(t, dir, "127.0.0.1:0")
	nc := brokertest.Dial(t, e.URL())
	b := brokertest.Open(t, nc, 1)
	ctx := within(t)
	tell := func(subject, text string) {
		t.Helper()
		if err := nc.Publish(subject, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	expert, operator := schema.SubjectTell(system, "expert", "e", "request"), schema.SubjectTell(system, "operator", "anna", "decide")
	i := b.Inbox(system)
	if end, err := i.End(ctx); err != nil || end != 0 {
		t.Fatalf("an empty inbox ends at %d, %v", end, err)
	}
	heard := make(chan broker.Told, 100)
	ended := make(chan error, 1)
	following, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		ended <- i.Follow(following, 0, func(m broker.Told) error { heard <- m; return nil })
	}()
	next := func() broker.Told {
		t.Helper()
		select {
		case m := <-heard:
			return m
		case err := <-ended:
			t.Fatalf("ended: %v", err)
		case <-time.After(patience):
			t.Fatal("heard nothing")
		}
		return broker.Told{}
	}
	before := time.Now().Add(-time.Second)
	tell(expert, "1")
	tell("recovery.other.expert.e.request", "not ours")
	tell(operator, "2")
	one, two := next(), next()
	if string(one.Payload) != "1" || one.Subject != expert || one.Stored.Before(before) || one.Stored.After(time.Now().Add(time.Second)) || one.Stored.Location() != time.UTC {
		t.Fatalf("got %+v", one)
	}
	if string(two.Payload) != "2" || two.Sequence != one.Sequence+2 {
		t.Fatalf("got %+v", two)
	}
	if end, err := i.End(ctx); err != nil || end != two.Sequence {
		t.Fatalf("it ends at %d, %v", end, err)
	}
	t.Run("it goes on over a restart without a gap or a repeat", func(t *testing.T) {
		e.Stop()
		e = brokertest.StartIn(whole, dir, e.URL()[len("nats://"):])
		until(t, "the connection", nc.IsConnected)
		until(t, "the stream to take it", func() bool {
			_, err := nc.Request(expert, []byte("3"), time.Second)
			return err == nil
		})
		if m := next(); string(m.Payload) != "3" || m.Sequence != two.Sequence+1 {
			t.Fatalf("got %+v", m)
		}
	})
	t.Run("what was decided is not given again", func(t *testing.T) {
		enough := errors.New("enough")
		err := b.Inbox(system).Follow(ctx, one.Sequence, func(m broker.Told) error {
			if string(m.Payload) != "2" {
				t.Errorf("got %s", m.Payload)
			}
			return enough
		})
		if err != enough {
			t.Fatal(err)
		}
	})
	t.Run("one made anew is noticed, and followed from its beginning by whoever asks again", func(t *testing.T) {
		old := i.Created()
		recreate(t, nc, schema.StreamInbox)
		brokertest.Open(t, nc, 1)
		if err := <-ended; !errors.Is(err, broker.ErrForeign) {
			t.Fatalf("got %v", err)
		}
		again := b.Inbox(system)
		if !again.Created().After(old) {
			t.Fatalf("made at %s, the old one at %s", again.Created(), old)
		}
		if _, err := nc.Request(expert, []byte("anew"), patience); err != nil {
			t.Fatal(err)
		}
		enough := errors.New("enough")
		if err := again.Follow(ctx, 0, func(m broker.Told) error {
			if string(m.Payload) != "anew" || m.Sequence != 1 {
				t.Errorf("got %+v", m)
			}
			return enough
		}); err != enough {
			t.Fatal(err)
		}
	})
}

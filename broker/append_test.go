package broker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
	"expertcontroller/schema"
)

func TestAppend(t *testing.T) {
	b := brokertest.New(t)
	l := b.Log(system)
	ctx := within(t)

	first, err := l.Append(ctx, 0, "a", []byte("a"))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("an append behind the end is refused when somebody was faster", func(t *testing.T) {
		if _, err := l.Append(ctx, 0, "b", []byte("b")); !errors.Is(err, broker.ErrConflict) {
			t.Fatalf("got %v, want a conflict", err)
		}
	})
	t.Run("the very same message again gets the sequence that it has", func(t *testing.T) {
		for range 2 {
			again, err := l.Append(ctx, 0, "a", []byte("a"))
			if err != nil || again != first {
				t.Fatalf("got %d, %v, want %d", again, err, first)
			}
		}
	})
	t.Run("another message with the same id is somebody else's", func(t *testing.T) {
		if _, err := l.Append(ctx, 0, "a", []byte("other")); !errors.Is(err, broker.ErrConflict) {
			t.Fatalf("got %v, want a conflict", err)
		}
	})
	t.Run("a message that was swallowed for its id is not taken for stored", func(t *testing.T) {
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		swallowed := b.Log("swallowed")
		if sequence, err := swallowed.Append(short, 0, "a", []byte("a")); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %d, %v", sequence, err)
		}
		if end, err := swallowed.End(ctx); err != nil || end != 0 {
			t.Fatalf("it ends at %d, %v", end, err)
		}
	})
	t.Run("each system has an end of its own", func(t *testing.T) {
		if _, err := b.Log("other").Append(ctx, 0, "c", []byte("c")); err != nil {
			t.Fatal(err)
		}
		next, err := l.Append(ctx, first, "d", []byte("d"))
		if err != nil || next != first+2 {
			t.Fatalf("got %d, %v, want %d", next, err, first+2)
		}
		if end, err := l.End(ctx); err != nil || end != next {
			t.Fatalf("the end is %d, %v, want %d", end, err, next)
		}
	})
	t.Run("a system without entries ends at 0", func(t *testing.T) {
		if end, err := b.Log("none").End(ctx); err != nil || end != 0 {
			t.Fatalf("got %d, %v", end, err)
		}
	})
	t.Run("what the broker can't carry is told at once", func(t *testing.T) {
		_, err := b.Log("big").Append(ctx, 0, "big", make([]byte, 2<<20))
		if !errors.Is(err, broker.ErrNotSent) {
			t.Fatalf("got %v, want not sent", err)
		}
	})
	t.Run("an entry of the largest size is carried", func(t *testing.T) {
		if _, err := b.Log("big").Append(ctx, 0, "large", make([]byte, schema.MaxEntry)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAppendRace(t *testing.T) {
	e := brokertest.Start(t)
	const each = 1000
	ctx := within(t)
	var writers []*writer
	for i := range 2 {
		writers = append(writers, newWriter(brokertest.Open(t, brokertest.Dial(t, e.URL()), 0), fmt.Sprint("w", i)))
	}
	together(t, func() error { return writers[0].many(ctx, each) }, func() error { return writers[1].many(ctx, each) })
	ids, skipped := whole(t, brokertest.Open(t, brokertest.Connect(t, e), 0))
	sameOnce(t, ids, writers[0].mine, writers[1].mine)
	if skipped != 0 || writers[0].lost+writers[1].lost == 0 {
		t.Fatalf("%d skipped, %d and %d races lost: there was no race", skipped, writers[0].lost, writers[1].lost)
	}
}

func TestAppendWithoutConnection(t *testing.T) {
	e := brokertest.Start(t)
	b := brokertest.Open(t, brokertest.Dial(t, e.URL()), 1)
	l := b.Log(system)
	l.KeepUnsent = 100 * time.Millisecond
	e.Stop()
	until(t, "the connection to be lost", func() bool { return !b.Connected() })
	began := time.Now()
	_, err := l.Append(within(t), 0, "a", []byte("a"))
	if !errors.Is(err, broker.ErrNotSent) || time.Since(began) > 5*time.Second {
		t.Fatalf("got %v after %s, want not sent within the time that a decision keeps", err, time.Since(began))
	}
}

func TestAppendToAnotherStream(t *testing.T) {
	// Appends to a stream that was made anew under the same name never go through, and
	// don't wait for ever either.
	nc, _, w := written(t, 3)
	recreate(t, nc, schema.StreamLog)
	brokertest.Open(t, nc, 1)
	err := w.decide(within(t))
	if !errors.Is(err, broker.ErrForeign) || !strings.Contains(err.Error(), "made at") {
		t.Fatalf("got %v, want a foreign stream in words", err)
	}
}

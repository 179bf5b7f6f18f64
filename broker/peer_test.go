package broker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/broker/brokertest"
	"expertcontroller/schema"
)

func TestPeers(t *testing.T) {
	e := brokertest.Start(t)
	one, two := brokertest.Open(t, brokertest.Dial(t, e.URL()), 1), brokertest.Open(t, brokertest.Dial(t, e.URL()), 1)
	ctx := within(t)

	stop, err := one.ServePeer(system, "one", func(_ context.Context, payload []byte) ([]byte, *schema.Error) {
		if string(payload) == "bad" {
			return nil, &schema.Error{Code: 400, Text: "bad"}
		}
		return append([]byte("one heard "), payload...), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("another replica is asked and answers", func(t *testing.T) {
		got, refused, err := two.Forward(ctx, system, "one", []byte("it"))
		if err != nil || refused != nil || string(got) != "one heard it" {
			t.Fatalf("got %q, %v, %v", got, refused, err)
		}
	})
	t.Run("its refusal is no error of the way", func(t *testing.T) {
		_, refused, err := two.Forward(ctx, system, "one", []byte("bad"))
		if err != nil || refused == nil || refused.Code != 400 {
			t.Fatalf("got %v, %v", refused, err)
		}
	})
	t.Run("a message that meets a fault of the program ends no process, and is decided elsewhere", func(t *testing.T) {
		stop, err := one.ServePeer(system, "faulty", func(context.Context, []byte) ([]byte, *schema.Error) { panic("a fault") })
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		_, refused, err := two.Forward(ctx, system, "faulty", nil)
		if err != nil || refused == nil || refused.Code != 503 || refused.Reason != schema.CodeInternal {
			t.Fatalf("got %v, %v", refused, err)
		}
	})
	t.Run("nobody there is told at once, and that nothing was decided there", func(t *testing.T) {
		stop()
		began := time.Now()
		for _, replica := range []string{"one", "three"} {
			_, _, err := two.Forward(ctx, system, replica, nil)
			if !errors.Is(err, nats.ErrNoResponders) || time.Since(began) > patience/4 {
				t.Fatalf("got %v after %s", err, time.Since(began))
			}
		}
	})
	t.Run("one that doesn't answer in time is not known to have decided nothing", func(t *testing.T) {
		stop, err := one.ServePeer(system, "slow", func(ctx context.Context, _ []byte) ([]byte, *schema.Error) {
			<-ctx.Done()
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		if _, _, err := two.Forward(short, system, "slow", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestAlive(t *testing.T) {
	e := brokertest.Start(t)
	b := brokertest.Open(t, brokertest.Connect(t, e), 1)
	heard := make(chan string, 10)
	stop, err := b.Alive(system, func(expert string) { heard <- expert })
	if err != nil {
		t.Fatal(err)
	}
	other := brokertest.Open(t, brokertest.Dial(t, e.URL()), 1)
	for _, subject := range []string{"recovery.cms.alive.a$b", "recovery.lab.alive.c", "recovery.cms.alive.a.b", schema.SubjectAlive(system, "daqexpert")} {
		if err := other.Publish(subject, nil); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case name := <-heard:
		if name != "daqexpert" || len(heard) > 0 {
			t.Fatalf("heard %s", name)
		}
	case <-time.After(patience):
		t.Fatal("heard nothing")
	}
	stop()
	stop() // twice does no harm
}

package broker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"expertcontroller/broker/brokertest"
)

// A question whose answer got lost with its connection is asked again; one that nobody
// ever answers ends with its context, and an answer that is an error is the caller's.
func TestInsist(t *testing.T) {
	e := brokertest.Start(t)
	p := between(t, e.URL())
	b := brokertest.Open(t, brokertest.Dial(t, p.url()), 1)
	ask := func(ctx context.Context) error {
		_, err := b.Log(system).End(ctx)
		return err
	}
	marker := "STREAM.MSG.GET"
	p.mute.Store(&marker)
	if err := ask(within(t)); err == nil {
		t.Fatal("asked once it is answered: nothing is tried")
	}
	until(t, "the connection", b.Connected)
	p.mute.Store(&marker)
	if err := b.Insist(within(t), "the end", ask); err != nil {
		t.Error(err)
	}
	asked := 0
	own := errors.New("an answer")
	if err := b.Insist(within(t), "the end", func(context.Context) error { asked++; return own }); err != own || asked != 1 {
		t.Errorf("got %v after %d questions", err, asked)
	}
	p.deaf.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	says(t, b.Insist(ctx, "the end", ask), "the end", "deadline")
}

package cmd

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
)

func TestStagesStopOneAfterAnother(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := newStages(ctx, slog.New(slog.DiscardHandler))
	var mu sync.Mutex
	var order []string
	said := func(what string) { mu.Lock(); order = append(order, what); mu.Unlock() }
	var up sync.WaitGroup
	for _, name := range []string{"first", "second", "third"} {
		up.Add(1)
		s.add(name, func(ctx context.Context) error {
			up.Done()
			<-ctx.Done()
			said(name + " stops")
			said(name + " ends")
			return nil
		})
	}
	go func() { up.Wait(); cancel() }()
	if err := s.run(); err != nil {
		t.Errorf("being asked to stop is no error: %v", err)
	}
	if want := []string{"first stops", "first ends", "second stops", "second ends", "third stops", "third ends"}; !slices.Equal(order, want) {
		t.Errorf("they stopped in the order %q", order)
	}
}

func TestAStageThatFailsEndsAll(t *testing.T) {
	s := newStages(t.Context(), slog.New(slog.DiscardHandler))
	broken := errors.New("broken")
	ended := false
	s.add("done at once", func(context.Context) error { return nil })
	s.add("broken", func(context.Context) error { return broken })
	s.add("lasting", func(ctx context.Context) error { <-ctx.Done(); ended = true; return nil })
	if err := s.run(); !errors.Is(err, broken) {
		t.Errorf("it ended with %v", err)
	}
	if !ended {
		t.Error("the others have to end, too")
	}
}

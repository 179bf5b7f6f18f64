package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Insist asks again while nobody answers, as in a cluster that elects its leaders, and says
// so, until ctx ends. Any other error, and the connection's end, is ask's own.
func (b *Broker) Insist(ctx context.Context, what string, ask func(context.Context) error) error {
	began, told := time.Now(), time.Now()
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := ask(ctx)
		if err == nil || !unanswered(err) || b.nc.IsClosed() {
			return err
		}
		if time.Since(told) > askWithin {
			b.log.Info("waiting until the broker answers", "asked", what, "for", time.Since(began).Round(time.Second), "it says", err.Error())
			told = time.Now()
		}
		if !pause(ctx, wait) {
			return fmt.Errorf("asking the broker for %s: %w (the last word: %w)", what, ctx.Err(), err)
		}
	}
}

// unanswered tells that a question found nobody who could answer it, this time: it was not
// answered in time, its connection was lost, or there is no leader.
func unanswered(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode == codeNotAvailable
	}
	for _, e := range []error{context.DeadlineExceeded, context.Canceled, nats.ErrTimeout, nats.ErrNoResponders, nats.ErrReconnectBufExceeded, nats.ErrDisconnected} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// insist asks again while nobody answers, until ctx ends or the connection is closed.
// That there is no such stream is an answer.
func insist[T any](ctx context.Context, b *Broker, ask func(context.Context) (T, error)) (T, error) {
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 250*time.Millisecond) {
		v, err := ask(ctx)
		if err == nil || errors.Is(err, ErrMissing) || errors.Is(err, jetstream.ErrStreamNotFound) || b.nc.IsClosed() {
			return v, err
		}
		if !pause(ctx, wait) {
			return v, fmt.Errorf("%w (the last word: %w)", ctx.Err(), err)
		}
	}
}

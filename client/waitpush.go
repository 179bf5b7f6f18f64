package client

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// listen hears what is told of the recovery that is waited for, if that is wanted and
// permitted; stop ends it. What is heard only ends the pause before the next poll: the
// poll tells the truth, so that nothing heard late, twice or not at all matters.
func (w *wait) listen() (stop func()) {
	w.bell = nil
	nothing := func() {}
	system, err := w.c.systemOf(w.token)
	if !w.o.Push || err != nil {
		return nothing
	}
	bell := make(chan struct{}, 1)
	stop, err = w.c.listen("listening to "+w.token, schema.SubjectStatus(system, w.token), func(m *nats.Msg) {
		if s, err := schema.Read[schema.Status](m.Data); err == nil {
			// The next poll is answered by a replica that has it, too.
			w.c.raise(system, s.Entry)
		}
		select {
		case bell <- struct{}{}:
		default: // it rings already
		}
	})
	if err != nil {
		w.c.logger.Info("not heard, only asked for", "token", w.token, "error", err)
		return nothing
	}
	w.bell = bell
	return stop
}

// rest is the pause between two polls, shorter when the bell rings.
func (w *wait) rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
	case <-w.bell:
	}
	return nil
}

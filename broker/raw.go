package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

// OpenToRead is Open for whoever only reads a log that is there: nothing is made.
func OpenToRead(ctx context.Context, nc *nats.Conn, log *slog.Logger) (*Broker, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("opening the broker: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, hopeless)
	defer cancel()
	s, err := js.Stream(ctx, schema.StreamLog)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("opening the log: there is no stream %s at this broker: name the controllers' broker with --server", schema.StreamLog)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w: see that the broker is there, and that this user may read the stream %s", err, schema.StreamLog)
	}
	b := &Broker{nc: nc, js: js, log: log, logStream: s, logCreated: s.CachedInfo().Created.UTC()}
	b.spell, b.endSpell = context.WithCancel(context.Background())
	go b.watch(nc.StatusChanged(nats.CONNECTED, nats.CLOSED))
	return b, nil
}

// Messages gives fn every message of the log as it is stored, unchecked, up to the last
// one as of this call.
func (l *Log) Messages(ctx context.Context, fn func(sequence uint64, payload []byte) error) error {
	end, err := insist(ctx, l.b, l.End)
	if err != nil || end == 0 {
		return err
	}
	err = l.reader(0, l.Start).run(ctx, func(d delivery) error {
		if err := fn(d.sequence, d.payload); err != nil {
			return err
		}
		if d.sequence >= end {
			return errReached
		}
		return nil
	})
	if errors.Is(err, errReached) {
		return nil
	}
	return err
}

package broker

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// nearWithin is after how long the search for the leader's server goes to no other one:
// being near it is worth a moment at the start, not more.
const nearWithin = 5 * time.Second

// Near goes on with a connection to the server that leads the log's stream, if that is
// among those that the connection knows: each append then takes one hop less between
// servers, there and back. It is called before anything else uses the connection, which
// it cuts to go from one server to the next. When the lead moves later, or the connection
// is lost, all works as before, with the hop. It gives the server's name, and whether
// that one leads.
//
// A cut is waited for until ctx ends: whoever asks next could not ask without a connection,
// and it is not back at once where a machine that is off comes before the others.
func (b *Broker) Near(ctx context.Context) (server string, leads bool, err error) {
	began := time.Now()
	leader, err := b.Leader(ctx)
	if err != nil {
		return b.nc.ConnectedServerName(), false, err
	}
	// Each reconnect goes to the next of the servers that are known.
	for range b.nc.Servers() {
		if b.nc.ConnectedServerName() == leader || time.Since(began) > nearWithin {
			break
		}
		if err := b.next(ctx); err != nil {
			return "", false, fmt.Errorf("looking for the server %s, which leads the log: %w", leader, err)
		}
	}
	server = b.nc.ConnectedServerName()
	return server, server == leader, nil
}

// next reconnects, and returns when that is done.
func (b *Broker) next(ctx context.Context) error {
	over := b.thisSpell()
	if err := b.nc.ForceReconnect(); err != nil {
		return err
	}
	select {
	case <-over.Done():
	case <-ctx.Done():
		return ctx.Err()
	}
	if b.nc.IsClosed() {
		return nats.ErrConnectionClosed
	}
	return nil
}

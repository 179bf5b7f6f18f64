package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"expertcontroller/schema"
)

// ServePeer answers what other replicas forward to this one, until stop is called. After
// that the others hear at once that nobody is there. fn is called from many goroutines, at
// most as many at once as calls are; beyond that the other replica hears so and decides itself.
func (b *Broker) ServePeer(system, replica string, fn func(ctx context.Context, payload []byte) ([]byte, *schema.Error)) (stop func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	places := make(chan struct{}, callsAtOnce)
	subject := schema.SubjectPeer(system, replica)
	tell := func(reply string, body []byte, e *schema.Error) {
		if err := respond(b.nc, reply, body, e); err != nil {
			b.log.Warn("an answer to another replica did not leave", "subject", subject, "error", err)
		}
	}
	deafen, err := b.subscribe(subject, func(m *nats.Msg) {
		if !schema.ReplyAllowed(m.Reply) {
			b.log.Warn("a forwarded message without a reply subject under _INBOX: not from a replica", "subject", subject)
			return
		}
		select {
		case places <- struct{}{}:
		default:
			tell(m.Reply, nil, refusal(503, schema.CodeFull, "this replica decides enough already: decide it yourself"))
			return
		}
		go func() {
			defer func() { <-places }()
			within, done := context.WithTimeout(ctx, answerWithin)
			defer done()
			body, e := unharmed(b.log, subject, func() ([]byte, *schema.Error) { return fn(within, m.Data) })
			tell(m.Reply, body, e)
		}()
	})
	if err != nil {
		cancel()
		return nil, err
	}
	return func() { deafen(); cancel() }, nil
}

// Forward asks another replica. An error means that no answer came: nobody is there, or
// the time is over, and then it may have been decided all the same.
func (b *Broker) Forward(ctx context.Context, system, replica string, payload []byte) ([]byte, *schema.Error, error) {
	reply, err := b.nc.RequestWithContext(ctx, schema.SubjectPeer(system, replica), payload)
	if err != nil {
		return nil, nil, fmt.Errorf("forwarding to replica %s: %w", replica, err)
	}
	if reply.Header.Get(micro.ErrorCodeHeader) == "" {
		return reply.Data, nil, nil
	}
	e, err := schema.Read[schema.Error](reply.Data)
	if err != nil {
		return nil, nil, fmt.Errorf("forwarding to replica %s: %w", replica, err)
	}
	return nil, &e, nil
}

// subscribe listens until stop is called. When it returns, the broker knows.
func (b *Broker) subscribe(subject string, fn func(*nats.Msg)) (stop func(), err error) {
	sub, err := b.nc.Subscribe(subject, fn)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", subject, err)
	}
	stop = func() {
		if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrBadSubscription) {
			b.log.Warn("ending to listen", "subject", subject, "error", err)
		}
		// Else the broker might still hand a message to nobody.
		if err := b.nc.FlushTimeout(time.Second); err != nil {
			b.log.Debug("ending to listen", "subject", subject, "error", err)
		}
	}
	// Away, it is told when the connection is back.
	if err := b.nc.FlushTimeout(5 * time.Second); err != nil && b.nc.IsClosed() {
		stop()
		return nil, fmt.Errorf("listening on %s: %w", subject, err)
	}
	return stop, nil
}

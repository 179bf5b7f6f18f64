package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// consumerKeeps is how long the broker keeps a consumer that nobody reads from.
	consumerKeeps = 30 * time.Second
	// readAhead bounds what lies in the client: messages, and bytes of messages.
	readAhead      = 1000
	readAheadBytes = 16 << 20
)

// delivery is a message as a stream keeps it.
type delivery struct {
	sequence uint64
	subject  string
	payload  []byte
	stored   time.Time
}

// reader reads a stream's messages on some subjects in order, each once, for as long
// as it takes. It trusts no consumer: one that was lost, skipped a delivery, came over
// a reconnect, complained, or stays silent although the leader has more, is left for
// a new one behind the last message read.
type reader struct {
	b        *Broker
	stream   string
	subjects []string
	// last is the sequence of the last message read.
	last    uint64
	silence time.Duration
	// ready tells, before each consumer is made, whether the stream is still the one
	// that was read; ErrForeign ends the reading.
	ready func(ctx context.Context) error
	// end asks the leader for the last sequence.
	end func(ctx context.Context) (uint64, error)
}

// deliveryError is the receiver's own: it ends the reading.
type deliveryError struct{ error }

func (e deliveryError) Unwrap() error { return e.error }

// run reads until ctx ends, deliver errs or the stream is another one.
func (r *reader) run(ctx context.Context, deliver func(delivery) error) error {
	wait, told := 10*time.Millisecond, time.Time{}
	for {
		from := r.last
		err := r.session(ctx, deliver)
		var own deliveryError
		switch {
		case errors.As(err, &own):
			return own.error
		case errors.Is(err, ErrForeign), errors.Is(err, ErrTrimmed):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case r.b.nc.IsClosed():
			return fmt.Errorf("reading %s: the connection is closed: %w", r.stream, err)
		}
		if r.last > from {
			wait = 10 * time.Millisecond
		}
		if time.Since(told) > 5*time.Second {
			r.b.log.Info("reading on with a new consumer", "stream", r.stream, "after", r.last, "because", err)
			told = time.Now()
		}
		if !pause(ctx, wait) {
			return ctx.Err()
		}
		wait = min(2*wait, time.Second)
	}
}

// session is the life of one consumer.
func (r *reader) session(ctx context.Context, deliver func(delivery) error) error {
	back := r.b.thisSpell().Done()
	if err := r.ready(ctx); err != nil {
		return err
	}
	consumer, err := r.consumer(ctx)
	if err != nil {
		return fmt.Errorf("making a consumer: %w", err)
	}
	name := consumer.CachedInfo().Name
	messages, over, complaints := make(chan jetstream.Msg, 64), make(chan struct{}), make(chan error, 1)
	consuming, err := consumer.Consume(func(m jetstream.Msg) {
		select {
		case messages <- m:
		case <-over:
		}
	}, jetstream.PullMaxMessagesWithBytesLimit(readAhead, readAheadBytes),
		jetstream.PullExpiry(10*time.Second), jetstream.PullHeartbeat(2*time.Second),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			select {
			case complaints <- err:
			default: // one is enough to leave it
			}
		}))
	if err != nil {
		return fmt.Errorf("reading from a consumer: %w", err)
	}
	defer r.leave(name)
	defer consuming.Stop()
	defer close(over)

	watch := time.NewTimer(r.silence)
	defer watch.Stop()
	var delivered, missed uint64
	for {
		select {
		case m := <-messages:
			d, n, err := unwrap(m)
			if err != nil {
				return err
			}
			if n != delivered+1 {
				return fmt.Errorf("delivery %d came after delivery %d", n, delivered)
			}
			delivered, missed = n, 0
			if err := deliver(d); err != nil {
				return deliveryError{err}
			}
			r.last = d.sequence
			watch.Reset(r.silence)
		case <-watch.C:
			end, err := r.end(ctx)
			if err == nil && missed > r.last {
				return fmt.Errorf("the consumer is silent at %d, the stream has %d", r.last, end)
			}
			// What the leader has just stored may be on its way: a second look tells.
			if missed = 0; err == nil && end > r.last {
				missed = end
				watch.Reset(r.silence / 4)
			} else {
				watch.Reset(r.silence)
			}
		case err := <-complaints:
			return err
		case <-back:
			return errors.New("the connection came back")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *reader) consumer(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := r.b.try(ctx, askWithin)
	defer cancel()
	return r.b.js.CreateConsumer(ctx, r.stream, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: r.last + 1,
		FilterSubjects: r.subjects, AckPolicy: jetstream.AckNonePolicy,
		MemoryStorage: true, Replicas: 1, InactiveThreshold: consumerKeeps,
	})
}

// leave removes a consumer. It would go by itself after a while, so that a failure is
// worth a debug line only.
func (r *reader) leave(name string) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if err := r.b.js.DeleteConsumer(ctx, r.stream, name); err != nil {
			r.b.log.Debug("removing a consumer", "stream", r.stream, "consumer", name, "error", err)
		}
	}()
}

// unwrap gives the message and the number of the delivery.
func unwrap(m jetstream.Msg) (delivery, uint64, error) {
	meta, err := m.Metadata()
	if err != nil {
		return delivery{}, 0, fmt.Errorf("reading a delivery: %w", err)
	}
	return delivery{sequence: meta.Sequence.Stream, subject: m.Subject(), payload: m.Data(), stored: meta.Timestamp.UTC()}, meta.Sequence.Consumer, nil
}

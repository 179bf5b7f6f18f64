package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

// Told is a message that an expert or operator published.
type Told struct {
	// Sequence is the inbox stream's, across all systems.
	Sequence uint64
	Subject  string
	Payload  []byte
	// Stored is when the stream took it.
	Stored time.Time
}

// Inbox is what was told to one system and is still kept.
type Inbox struct {
	b        *Broker
	system   string
	subjects []string
	created  time.Time

	// Stands and Silence are as in Log.
	Stands  time.Duration
	Silence time.Duration
}

// Inbox gives a system's inbox, of the stream as it was last seen. After a Follow ended
// with ErrForeign, a new Inbox is of the new stream.
func (b *Broker) Inbox(system string) *Inbox {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &Inbox{b: b, system: system, created: b.inboxCreated, Stands: 30 * time.Second, Silence: 2 * time.Second,
		subjects: []string{"recovery." + system + ".expert.>", "recovery." + system + ".operator.>"}}
}

// Created is when the inbox's stream was made: another time is another inbox, whose
// sequences begin anew.
func (i *Inbox) Created() time.Time { return i.created }

// End gives the sequence of the last message told to the system that is still kept, 0
// if there is none. A leader answers.
func (i *Inbox) End(ctx context.Context) (uint64, error) {
	var end uint64
	for _, s := range i.subjects {
		last, err := i.b.lastOf(ctx, schema.StreamInbox, s)
		if err != nil {
			return 0, err
		}
		end = max(end, last)
	}
	return end, nil
}

// Follow gives fn each message behind the sequence, in order, as they come, until ctx
// ends or fn errs; it returns ctx's error or fn's. Nothing is acknowledged: whoever
// decides writes the sequence into the log. A message that grew too old is not given.
// ErrForeign: the stream was made anew, here or meanwhile, and another Inbox is of the
// new one; or it is gone, which is said only after Stands, and has to be made first. Any
// other error means that the connection was closed: what can be read again is read again.
func (i *Inbox) Follow(ctx context.Context, after uint64, fn func(Told) error) error {
	r := reader{
		b: i.b, stream: schema.StreamInbox, subjects: i.subjects, last: after, silence: i.Silence,
		ready: i.sameStream, end: i.End,
	}
	return r.run(ctx, func(d delivery) error {
		return fn(Told{Sequence: d.sequence, Subject: d.subject, Payload: d.payload, Stored: d.stored})
	})
}

// sameStream waits while the stream is missing: its servers may not have told of it yet.
func (i *Inbox) sameStream(ctx context.Context) error {
	var missing standing
	for {
		info, err := i.b.info(ctx, schema.StreamInbox)
		switch {
		case err == nil && info.Created.Equal(i.created):
			return nil
		case err == nil:
			i.b.sawInbox(info.Created.UTC())
			return fmt.Errorf("reading the inbox of %s: %w: its stream was made at %s, what was decided came from one made at %s: its sequences begin anew",
				i.system, ErrForeign, info.Created.UTC().Format(time.RFC3339Nano), i.created.Format(time.RFC3339Nano))
		case !errors.Is(err, jetstream.ErrStreamNotFound):
			return fmt.Errorf("reading the inbox of %s: %w", i.system, err)
		case missing.answer(time.Now()) >= i.Stands:
			return fmt.Errorf("reading the inbox of %s: %w: the stream %s is gone, as the broker says for %s: restart the controller, which makes it anew", i.system, ErrForeign, schema.StreamInbox, i.Stands)
		}
		if !pause(ctx, min(i.Stands/20+time.Millisecond, time.Second)) {
			return ctx.Err()
		}
	}
}

func (b *Broker) sawInbox(created time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inboxCreated = created
}

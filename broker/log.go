package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

// Record is one message of the log.
type Record struct {
	Sequence uint64
	Payload  []byte
	// Entry is nil when the message is no valid entry of this log.
	Entry *schema.Entry
	// Skipped says why it is none.
	Skipped string
	// Position is where a follower stands after this record.
	Position schema.Position
}

// Log is one system's log. Its methods may be called at the same time.
type Log struct {
	b       *Broker
	system  string
	subject string
	created time.Time

	// Stands is how long a missing entry or an early end must stand, in answers of a
	// leader, before it is believed: reads can be behind for a moment. 30 s.
	Stands time.Duration
	// Silence is after how long without a message Follow looks whether there is one. 2 s.
	Silence time.Duration
	// KeepUnsent is how long Append tries to send at all before it gives ErrNotSent. 2 s.
	KeepUnsent time.Duration
	// Known, where set, tells Follow where a follower stands behind the message at a
	// sequence, if it has folded that one already: whoever appends need not read its own
	// entries again. What has that position's hash isn't given to fn.
	Known func(sequence uint64) (schema.Position, bool)
}

// Log gives a system's log. Nothing is asked of the broker.
func (b *Broker) Log(system string) *Log {
	return &Log{b: b, system: system, subject: schema.SubjectLog(system), created: b.logCreated,
		Stands: 30 * time.Second, Silence: 2 * time.Second, KeepUnsent: 2 * time.Second}
}

// Created is when the log's stream was made: another time is another stream.
func (l *Log) Created() time.Time { return l.created }

// Start is the position before the first entry.
func (l *Log) Start() schema.Position {
	return schema.Position{System: l.system, Created: l.created}
}

// End gives the sequence of the log's last message, 0 if there is none. A leader answers.
func (l *Log) End(ctx context.Context) (uint64, error) {
	return l.b.lastOf(ctx, schema.StreamLog, l.subject)
}

// At gives the log's message at a sequence; ErrMissing if there is none. The record's
// position is of use only for the message itself: what stands before it isn't checked.
func (l *Log) At(ctx context.Context, sequence uint64) (Record, error) {
	m, err := l.next(ctx, sequence)
	if err == nil && m.Sequence != sequence {
		err = ErrMissing
	}
	if err != nil {
		return Record{}, fmt.Errorf("reading %s at %d: %w", l.subject, sequence, err)
	}
	return l.lone(m), nil
}

// First gives the log's first message that is still kept; ErrMissing if there is none.
func (l *Log) First(ctx context.Context) (Record, error) {
	m, err := l.next(ctx, 1)
	if err != nil {
		return Record{}, fmt.Errorf("reading the first of %s: %w", l.subject, err)
	}
	return l.lone(m), nil
}

func (l *Log) lone(m *jetstream.RawStreamMsg) Record {
	r := Record{Sequence: m.Sequence, Payload: m.Data}
	r.Entry, r.Skipped = readEntry(l.system, m.Data)
	r.Position = schema.Position{System: l.system, Created: l.created, Sequence: m.Sequence}
	if r.Entry != nil {
		r.Position.At, r.Position.Entry = m.Sequence, r.Entry.Entry
		r.Position.Hash, r.Position.Lineage = schema.HashEntry(m.Data), r.Entry.Lineage
	}
	return r
}

// next gives the log's first message at or after a sequence; ErrMissing if there is none.
func (l *Log) next(ctx context.Context, sequence uint64) (*jetstream.RawStreamMsg, error) {
	return l.b.read(ctx, schema.StreamLog, sequence, jetstream.WithGetMsgSubject(l.subject))
}

// read asks the stream's leader; no copy that may be behind answers.
func (b *Broker) read(ctx context.Context, stream string, sequence uint64, o ...jetstream.GetMsgOpt) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := b.try(ctx, askWithin)
	defer cancel()
	m, err := b.handle(stream).GetMsg(ctx, sequence, o...)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, ErrMissing
	}
	return m, err
}

// lastOf gives the sequence of the last message on a subject, which may hold wildcards.
func (b *Broker) lastOf(ctx context.Context, stream, subject string) (uint64, error) {
	ctx, cancel := b.try(ctx, askWithin)
	defer cancel()
	m, err := b.handle(stream).GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the end of %s: %w", subject, err)
	}
	return m.Sequence, nil
}

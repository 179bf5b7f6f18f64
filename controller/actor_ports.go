package controller

import (
	"context"
	"time"

	"expertcontroller/schema"
)

// Log is one system's log in the broker. What it returns beside nil and ctx's errors:
// schema.ErrConflict, ErrNotSent, ErrForeign, ErrBroken, or an error which means that
// nobody could be asked.
type Log interface {
	// Start is the position before the first entry.
	Start() schema.Position
	// Append puts a message behind the one at sequence expect and returns when the
	// outcome is known.
	Append(ctx context.Context, expect uint64, id string, payload []byte) (uint64, error)
	// CatchUp gives fn each record from the position to the log's present end.
	CatchUp(ctx context.Context, from schema.Position, fn func(schema.Record) error) (schema.Position, error)
	// Follow gives fn each record behind the position as they come, until ctx ends.
	Follow(ctx context.Context, from schema.Position, fn func(schema.Record) error) error
	// Check reads the entry at the position back.
	Check(ctx context.Context, at schema.Position) error
	// At gives the message at a sequence.
	At(ctx context.Context, sequence uint64) (schema.Record, error)
	// End gives the sequence of the last message.
	End(ctx context.Context) (uint64, error)
}

// Inbox is what was told to one system and is still kept, of one stream: a stream made
// anew is another Inbox.
type Inbox interface {
	Created() time.Time
	End(ctx context.Context) (uint64, error)
	// Follow gives fn each message behind the sequence as they come, until ctx ends.
	// schema.ErrForeign: the stream was made anew, or is gone for good.
	Follow(ctx context.Context, after uint64, fn func(schema.ToldMessage) error) error
}

// Bus is the connection to everybody else.
type Bus interface {
	// Publish sends to whoever listens.
	Publish(subject string, payload []byte) error
	// Forward asks one replica and gives what its Peer returned. The last error means
	// that no answer came; it comes soon when nobody is there.
	Forward(ctx context.Context, system, replica string, payload []byte) ([]byte, *schema.Error, error)
	// Time gives the broker's time and how long the question took.
	Time(ctx context.Context) (broker time.Time, roundTrip time.Duration, err error)
	Connected() bool
	// OnReconnect has fn called each time the connection has come back.
	OnReconnect(fn func())
}

// Projection is what the log's documents are copied to: it gives the state back after
// a restart.
type Projection interface {
	// Load gives fn every document of the state and returns the position that they
	// stand for; the zero position when it holds nothing.
	Load(ctx context.Context, fn func(schema.Document) error) (schema.Position, error)
	// Enqueue takes a record that was folded; records come in order, some may come twice.
	Enqueue(r schema.Record) error
}

package schema

import (
	"errors"
	"time"
)

// Outcomes of reading or writing a log or an inbox that whoever decides must tell
// apart. Every other error means that nobody could be asked.
var (
	// ErrConflict: somebody else's message stands where ours should have gone. It
	// occurs when appending only, and means: catch up and decide anew.
	ErrConflict = errors.New("somebody else has appended meanwhile")
	// ErrNotSent: the message never left, since there was no connection. It occurs when
	// appending only; nothing was written.
	ErrNotSent = errors.New("not sent")
	// ErrForeign: the stream is another one than that which the position was read from,
	// or has lost what was read. Going on would decide on somebody else's past.
	ErrForeign = errors.New("not the stream that was read before")
	// ErrTrimmed: the log was trimmed behind the position. It goes on with a checkpoint,
	// and whoever stood there begins anew with that.
	ErrTrimmed = errors.New("the log was trimmed behind the position")
	// ErrBroken: the log contradicts itself: a gap, another lineage, a hash that does not fit.
	ErrBroken = errors.New("the log is broken")
)

// Record is one message of a log as a follower reads it.
type Record struct {
	Sequence uint64
	Payload  []byte
	// Entry is nil when the message is no valid entry of this log.
	Entry *Entry
	// Skipped says why it is none.
	Skipped string
	// Position is where a follower stands after this record.
	Position Position
}

// ToldMessage is what an expert or operator published.
type ToldMessage struct {
	// Sequence is the inbox stream's, across all systems.
	Sequence uint64
	Subject  string
	Payload  []byte
	// Stored is when the stream took it.
	Stored time.Time
}

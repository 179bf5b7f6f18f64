package broker

import "errors"

var (
	// ErrConflict: somebody else's message stands where ours should have gone. It
	// occurs in Append only, and means: catch up and decide anew.
	ErrConflict = errors.New("somebody else has appended meanwhile")
	// ErrNotSent: the message never left, since there was no connection, for longer
	// than a decision keeps. It occurs in Append only; nothing was written.
	ErrNotSent = errors.New("not sent")
	// ErrForeign: the stream is another one than that which the position was read
	// from, or has lost what was read. It occurs in Check, Follow, CatchUp, Append and
	// in the inbox's Follow. Going on would decide on somebody else's past.
	ErrForeign = errors.New("not the stream that was read before")
	// ErrBroken: the log itself contradicts itself: a gap, another lineage, a hash that
	// does not fit. It occurs in Follow and CatchUp.
	ErrBroken = errors.New("the log is broken")
	// ErrMissing: there is no message there. It occurs in At and First.
	ErrMissing = errors.New("no such message")
)

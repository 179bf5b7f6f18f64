package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"expertcontroller/schema"
)

var (
	// ErrNoBroker: there is no connection to a broker; nothing was sent. A controller
	// that brings its own broker takes it along when it goes, so this is also what its
	// absence looks like.
	ErrNoBroker = errors.New("no broker answers")
	// ErrNoController: the broker is there, but nobody listens on the subject; nothing
	// was decided. Also when the system's name is one that no controller serves.
	ErrNoController = errors.New("no controller answers")
	// ErrNoInbox: the broker is there, but no stream keeps what is told; nothing was
	// kept. It is made by the first controller that starts.
	ErrNoInbox = errors.New("no stream keeps what is told")
	// ErrNoAnswer: it was sent, and no answer came in time; whether it was decided is
	// unknown. Calls that change something give it as a *NoAnswer.
	ErrNoAnswer = errors.New("no answer came")
	// ErrUnknown (404): there is no such recovery, and never was one. It is final.
	ErrUnknown = errors.New("unknown")
	// ErrRemoved (410): there was such a recovery, but its record is no longer kept. It is final.
	ErrRemoved = errors.New("removed")
	// ErrBehind (503): the replica that answered has not yet read what this client has
	// already seen. Asking again helps; the client does so until the call's time is over.
	ErrBehind = errors.New("behind")
	// ErrFull (503): the controller has more calls than it can take, remembers as much as it
	// may, or its disk runs short; nothing was decided. It was repeated for one call's time.
	ErrFull = errors.New("full")
	// ErrNotPermitted: the broker's permissions don't let this user send or hear that;
	// nothing was decided.
	ErrNotPermitted = errors.New("not permitted")
	// ErrClosed: this client was closed.
	ErrClosed = errors.New("the client is closed")
	// ErrStillOpen: the wait's count or deadline was reached, and the recovery is open.
	ErrStillOpen = errors.New("no end was seen in the time given")
	// ErrOtherLog: the log is another one than the watch began with: it was made anew.
	// Begin again at entry 0.
	ErrOtherLog = errors.New("the log was made anew")
)

// NoAnswer is how a message that changes something ends when no answer came before
// the caller's context ended. It may have been decided, now or a moment later. Repeat
// it with the same id, or look it up: Find(ctx, expert, id).
type NoAnswer struct {
	// Doing says what was asked, in words.
	Doing string
	// ID is the id that it was sent with.
	ID string
	// Tries is how often it was sent, at least once.
	Tries int
	// Cause is what the last try met, and why it was the last.
	Cause error
}

// Error gives the sentence, with the remedy.
func (e *NoAnswer) Error() string {
	return fmt.Sprintf("%s: no answer to %s, so whether it was decided is unknown: repeat it with the id %s (%v)", e.Doing, e.Tried(), e.ID, e.Cause)
}

// Tried says in words how often it was sent.
func (e *NoAnswer) Tried() string {
	if e.Tries == 1 {
		return "one try"
	}
	return fmt.Sprintf("%d tries", e.Tries)
}

// Is makes errors.Is(err, ErrNoAnswer) true.
func (e *NoAnswer) Is(target error) bool { return target == ErrNoAnswer }

// Unwrap gives the cause.
func (e *NoAnswer) Unwrap() error { return e.Cause }

// refusal is a micro service error: the controller's own words, and the sentinel that
// they stand for.
type refusal struct {
	doing string
	said  *schema.Error
	kind  error
}

func (r *refusal) Error() string { return r.doing + ": " + r.said.Error() }

func (r *refusal) Unwrap() []error {
	if r.kind == nil {
		return []error{r.said}
	}
	return []error{r.said, r.kind}
}

// refused reads a micro service error out of an answer; nil if it is none.
func refused(doing string, m *nats.Msg) error {
	code := m.Header.Get(micro.ErrorCodeHeader)
	if code == "" {
		return nil
	}
	said := &schema.Error{}
	if err := json.Unmarshal(m.Data, said); err != nil || said.Text == "" {
		said = &schema.Error{Text: m.Header.Get(micro.ErrorHeader)}
	}
	if n, err := strconv.Atoi(code); err == nil {
		said.Code = n
	}
	said.Type = schema.Type(schema.KindError)
	if said.Text == "" {
		said.Text = "refused with code " + code
	}
	return &refusal{doing: doing, said: said, kind: kindOf(said)}
}

// kindOf maps a refusal to its sentinel; nil if it has none.
func kindOf(e *schema.Error) error {
	switch {
	case e.Code == 404:
		return ErrUnknown
	case e.Code == 410:
		return ErrRemoved
	case e.Code == 403:
		return ErrNotPermitted
	case e.Code == 503 && e.Reason == schema.CodeBehind:
		return ErrBehind
	case e.Code == 503 && (e.Reason == schema.CodeFull || e.Reason == schema.CodeDiskShort):
		return ErrFull
	}
	return nil
}

// passing tells whether a refusal is worth repeating: the controller can't at the
// moment. A fault of the program is not: it says so, and wants to be reported.
func passing(err error) bool {
	var said *schema.Error
	return errors.As(err, &said) && said.Code == 503 && said.Reason != schema.CodeInternal
}

// undecided tells whether a refusal says that it may still be decided.
func undecided(err error) bool {
	var said *schema.Error
	return errors.As(err, &said) && said.Code == 503 && said.Reason == schema.CodeUnknown
}

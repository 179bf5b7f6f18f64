package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// link is what all clients on one connection share: the connection, what was seen
// through it, and the calls that wait on it.
type link struct {
	nc *nats.Conn
	// ours says that Connect made the connection, so that Close closes it.
	ours bool
	// short are the options of a connection for one call.
	short nats.Options
	// at is where the broker is, for people.
	at     string
	logger *slog.Logger

	mu      sync.Mutex
	waiting map[*waiting]struct{}
	// seen holds the highest entry heard of, per system.
	seen map[string]*atomic.Uint64
}

// waiting is a call whose answer is awaited.
type waiting struct {
	subject string
	fail    context.CancelCauseFunc
}

func newLink(logger *slog.Logger) *link {
	return &link{logger: logger, waiting: map[*waiting]struct{}{}, seen: map[string]*atomic.Uint64{}}
}

// entry gives the counter of the highest entry seen of a system.
func (l *link) entry(system string) *atomic.Uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.seen[system]
	if e == nil {
		e = &atomic.Uint64{}
		l.seen[system] = e
	}
	return e
}

// raise notes that an entry was seen; the mark never falls.
func (l *link) raise(system string, entry uint64) {
	mark := l.entry(system)
	for {
		have := mark.Load()
		if entry <= have || mark.CompareAndSwap(have, entry) {
			return
		}
	}
}

// await registers a call, so that the broker's refusal ends it at once: the broker
// says it beside the answer, and without this the call would wait for its timeout.
func (l *link) await(ctx context.Context, subject string) (context.Context, func()) {
	ctx, fail := context.WithCancelCause(ctx)
	w := &waiting{subject: subject, fail: fail}
	l.mu.Lock()
	l.waiting[w] = struct{}{}
	l.mu.Unlock()
	return ctx, func() {
		l.mu.Lock()
		delete(l.waiting, w)
		l.mu.Unlock()
		fail(nil)
	}
}

// errCut: the connection went while an answer was awaited.
var errCut = errors.New("the connection was cut")

// cut ends the calls that wait: nats.go would let them wait for an answer that was
// most likely lost, while a repeat is answered as soon as there is a connection.
func (l *link) cut(_ *nats.Conn, err error) {
	if err == nil {
		return // closed on purpose
	}
	l.logger.Warn("the connection to the broker is cut, trying again", "error", err)
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := range l.waiting {
		w.fail(fmt.Errorf("%w: %w", errCut, err))
	}
}

// heard is the connection's handler of what goes wrong beside the calls.
func (l *link) heard(nc *nats.Conn, sub *nats.Subscription, err error) {
	subject := ""
	if sub != nil {
		subject = sub.Subject
	}
	l.logger.Warn("the broker says", "error", err, "subject", subject)
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return
	}
	prefix := nc.Opts.InboxPrefix
	if prefix == "" {
		prefix = "_INBOX"
	}
	deaf := strings.Contains(err.Error(), `Subscription to "`+prefix+`.`)
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := range l.waiting {
		switch {
		case deaf:
			w.fail(fmt.Errorf("%w to listen under %s (%w): say an inbox prefix that this user may listen on, as in _INBOX.anna", ErrNotPermitted, prefix, err))
		case violates(err, w.subject):
			w.fail(notPermitted(w.subject, err))
		}
	}
}

// violates tells whether the broker refused that very subject.
func violates(err error, subject string) bool {
	return errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), `"`+subject+`"`)
}

func notPermitted(subject string, err error) error {
	return fmt.Errorf("%w to use %s (%w): log in as a user who may, or ask as somebody else with --as", ErrNotPermitted, subject, err)
}

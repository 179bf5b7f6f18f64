package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

const remedyForeign = "restore the stream from its backup, or, if a new beginning is meant, remove the database and what agents journalled of the old one"

// Check reads back the entry at a position, and tells by ErrForeign when this is not
// the log that the position was read from. Another stream or another content is told
// at once; a missing entry or an early end only when leaders have said so for as long
// as Stands. Any other error means that nobody could be asked.
func (l *Log) Check(ctx context.Context, p schema.Position) error {
	created := l.created
	if !p.Created.IsZero() {
		created = p.Created
	}
	if !created.Equal(l.created) {
		return l.otherStream(created, l.created)
	}
	var missing standing
	for {
		err := l.checkOnce(ctx, p, created)
		var gone *goneError
		if !errors.As(err, &gone) {
			return err
		}
		if missing.answer(time.Now()) >= l.Stands {
			return fmt.Errorf("checking %s: %w: %s, as the broker says for %s: %s", l.subject, ErrForeign, gone.what, l.Stands, remedyForeign)
		}
		if !pause(ctx, min(l.Stands/20+time.Millisecond, time.Second)) {
			return fmt.Errorf("checking %s: %s: %w", l.subject, gone.what, ctx.Err())
		}
	}
}

// goneError is what may be only a read that is behind.
type goneError struct{ what string }

func (e *goneError) Error() string { return e.what }

func (l *Log) checkOnce(ctx context.Context, p schema.Position, created time.Time) error {
	if err := l.sameStream(ctx, created); err != nil {
		return err
	}
	if p.At > 0 {
		m, err := l.b.read(ctx, schema.StreamLog, p.At)
		if errors.Is(err, ErrMissing) {
			if known, err := l.trimmed(ctx, p); known {
				return err
			}
			return &goneError{fmt.Sprintf("entry %d, which stood at %d, is not there", p.Entry, p.At)}
		}
		if err != nil {
			return fmt.Errorf("checking %s: reading entry %d back: %w", l.subject, p.Entry, err)
		}
		if err := l.sameEntry(p, m); err != nil {
			return err
		}
	}
	if p.Sequence > p.At {
		end, err := l.End(ctx)
		if err != nil {
			return fmt.Errorf("checking %s: %w", l.subject, err)
		}
		if end < p.Sequence {
			return &goneError{fmt.Sprintf("it was read up to %d and ends at %d", p.Sequence, end)}
		}
	}
	return nil
}

// sameEntry compares what stands at the position with what was read there.
func (l *Log) sameEntry(p schema.Position, m *jetstream.RawStreamMsg) error {
	found := "something else"
	if m.Subject != l.subject {
		found = "a message of " + m.Subject
	} else if schema.HashEntry(m.Data) == p.Hash {
		return nil
	} else if e, _ := readEntry(l.system, m.Data); e != nil {
		found = fmt.Sprintf("entry %d of lineage %s with another content", e.Entry, e.Lineage)
	}
	return fmt.Errorf("checking %s: %w: at %d stood entry %d of lineage %s, now %s stands there: %s", l.subject, ErrForeign, p.At, p.Entry, p.Lineage, found, remedyForeign)
}

// sameStream compares the stream's creation time. A stream that is missing may be one
// that its servers haven't told of yet.
func (l *Log) sameStream(ctx context.Context, created time.Time) error {
	info, err := l.b.info(ctx, schema.StreamLog)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return &goneError{"the stream " + schema.StreamLog + " is not there"}
	}
	if err != nil {
		return fmt.Errorf("checking %s: %w", l.subject, err)
	}
	if !info.Created.Equal(created) {
		return l.otherStream(created, info.Created)
	}
	return nil
}

func (l *Log) otherStream(read, found time.Time) error {
	return fmt.Errorf("checking %s: %w: what we have was read from a stream made at %s, this one was made at %s: if it was restored from a backup of that one, remove the database, which is read from it again; what came after the backup is lost. Else %s",
		l.subject, ErrForeign, read.UTC().Format(time.RFC3339Nano), found.UTC().Format(time.RFC3339Nano), remedyForeign)
}

// standing adds up for how long answers have said the same: the time between answers
// that follow one another, so that an outage in between doesn't count.
type standing struct {
	last time.Time
	sum  time.Duration
}

// answer counts an answer that came now.
func (s *standing) answer(now time.Time) time.Duration {
	if !s.last.IsZero() {
		s.sum += now.Sub(s.last)
	}
	s.last = now
	return s.sum
}

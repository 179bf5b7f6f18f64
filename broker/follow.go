package broker

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

const (
	// fewBehind is how many messages CatchUp asks for one by one: whoever lost a race
	// is one or two behind, and a consumer costs more than that.
	fewBehind = 16
	// aheadOf is how many checked records wait for fn at most.
	aheadOf = 64
)

// Follow gives fn each record behind the position, in order, each once, as they come,
// until ctx ends or fn errs; it returns ctx's error or fn's. ErrForeign: this is not the
// log that the position was read from. ErrBroken: the log contradicts itself.
func (l *Log) Follow(ctx context.Context, p schema.Position, fn func(Record) error) error {
	return l.feed(ctx, p, math.MaxUint64, l.Known, fn)
}

// errReached ends a reading that has come to where it should.
var errReached = errors.New("reached")

// CatchUp gives fn each record from the position to the log's end as of this call, and
// returns the position reached. Errors are Follow's.
func (l *Log) CatchUp(ctx context.Context, p schema.Position, fn func(Record) error) (schema.Position, error) {
	p = l.from(p)
	if !p.Created.Equal(l.created) {
		return p, l.otherStream(p.Created, l.created)
	}
	c := chain{subject: l.subject, at: p}
	for range fewBehind {
		m, err := insist(ctx, l.b, func(ctx context.Context) (*jetstream.RawStreamMsg, error) {
			return l.next(ctx, c.at.Sequence+1)
		})
		if errors.Is(err, ErrMissing) {
			return c.at, nil
		}
		if err != nil {
			return c.at, fmt.Errorf("catching up with %s: %w", l.subject, err)
		}
		before := c.at
		r, err := c.next(m.Sequence, m.Data)
		if err != nil {
			return before, err
		}
		if err := fn(r); err != nil {
			return before, err
		}
	}
	end, err := insist(ctx, l.b, l.End)
	if err != nil {
		return c.at, err
	}
	if end <= c.at.Sequence {
		return c.at, nil
	}
	reached := c.at
	err = l.feed(ctx, c.at, end, nil, func(r Record) error {
		if err := fn(r); err != nil {
			return err
		}
		reached = r.Position
		return nil
	})
	if errors.Is(err, errReached) {
		err = nil
	}
	return reached, err
}

// from fills in what an empty position leaves out.
func (l *Log) from(p schema.Position) schema.Position {
	p.System = l.system
	if p.Created.IsZero() {
		p.Created = l.created
	}
	return p
}

// feed reads and checks on one goroutine while fn works on another, up to the sequence
// until, which gives errReached.
func (l *Log) feed(ctx context.Context, p schema.Position, until uint64, known func(uint64) (schema.Position, bool), fn func(Record) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	records, ended := make(chan Record, aheadOf), make(chan error, 1)
	go func() {
		err := l.check(ctx, p, until, known, records)
		close(records)
		ended <- err
	}()
	for r := range records {
		err := ctx.Err()
		if err == nil {
			err = fn(r)
		}
		if err != nil {
			cancel()
			<-ended
			return err
		}
	}
	return <-ended
}

// check reads behind the position, and passes on what fits the chain.
func (l *Log) check(ctx context.Context, p schema.Position, until uint64, known func(uint64) (schema.Position, bool), to chan<- Record) error {
	c := chain{subject: l.subject, at: l.from(p)}
	r := reader{
		b: l.b, stream: schema.StreamLog, subjects: []string{l.subject}, last: p.Sequence, silence: l.Silence,
		ready: func(ctx context.Context) error { return l.Check(ctx, c.at) },
		end:   l.End,
	}
	return r.run(ctx, func(d delivery) error {
		if known != nil {
			if at, ok := known(d.sequence); ok && c.passes(at, d) {
				return nil
			}
		}
		record, err := c.next(d.sequence, d.payload)
		if err != nil {
			return err
		}
		select {
		case to <- record:
		case <-ctx.Done():
			return ctx.Err()
		}
		if d.sequence >= until {
			return errReached
		}
		return nil
	})
}

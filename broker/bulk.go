package broker

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"expertcontroller/schema"
)

const (
	// bulkOf is how many messages are examined together, bulkBytes how much of them.
	bulkOf    = 64
	bulkBytes = 1 << 20
)

// errReached ends a reading that has come to where it should.
var errReached = errors.New("reached")

// batch is some messages that are examined on any processor.
type batch struct {
	messages []delivery
	bytes    int
	examined []examined
	done     chan struct{}
}

// bulk gives fn each record behind the position, in order, up to the one at the sequence
// until. To examine an entry costs much more than to read it, and needs nothing of what
// stands before it: all processors do, and only the chain is followed one by one.
func (l *Log) bulk(ctx context.Context, p schema.Position, until uint64, fn func(Record) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	inOrder, open, ended := make(chan *batch, 2*workers), make(chan *batch, 2*workers), make(chan error, 1)
	c := chain{subject: l.subject, at: l.from(p)}
	var checked atomic.Pointer[schema.Position]
	start := c.at
	checked.Store(&start)
	all.Go(func() {
		ended <- l.gather(ctx, p.Sequence, until, func() schema.Position { return *checked.Load() }, inOrder, open)
		close(inOrder)
		close(open)
	})
	for range workers {
		all.Go(func() {
			for b := range open {
				for _, d := range b.messages {
					b.examined = append(b.examined, examine(l.system, d.payload))
				}
				close(b.done)
			}
		})
	}
	for b := range inOrder {
		<-b.done
		for i, d := range b.messages {
			r, err := c.place(d.sequence, d.payload, b.examined[i])
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				err = fn(r)
			}
			if err != nil {
				return err
			}
		}
		at := c.at
		checked.Store(&at)
	}
	return <-ended
}

// gather reads up to the sequence until, and hands on what it read in batches.
func (l *Log) gather(ctx context.Context, after, until uint64, at func() schema.Position, inOrder, open chan<- *batch) error {
	b := &batch{done: make(chan struct{})}
	hand := func() error {
		for _, to := range []chan<- *batch{open, inOrder} {
			select {
			case to <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		b = &batch{done: make(chan struct{})}
		return nil
	}
	err := l.reader(after, at).run(ctx, func(d delivery) error {
		b.messages, b.bytes = append(b.messages, d), b.bytes+len(d.payload)
		last := d.sequence >= until
		if last || len(b.messages) == bulkOf || b.bytes >= bulkBytes {
			if err := hand(); err != nil {
				return err
			}
		}
		if last {
			return errReached
		}
		return nil
	})
	if errors.Is(err, errReached) {
		return nil
	}
	return err
}

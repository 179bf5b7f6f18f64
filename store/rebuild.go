package store

import (
	"context"
	"fmt"
)

// Bounds of one commit of a rebuild. While one runs the next is taken apart and the one after
// it gathered, so that three times as many entries, with what was made of them, are in
// memory at most.
const (
	rebuildEntries = 4096
	rebuildBytes   = 8 << 20
	rebuildStages  = 2
)

// Progress hears how far a rebuild is: entries applied, and how many there are.
type Progress func(done, total uint64)

// Rebuild applies a long stretch of a log in large commits, one of which runs while the
// next ones are read. It is for one goroutine. What was applied stays when it is given up.
type Rebuild struct {
	store   *Store
	total   uint64
	report  Progress
	done    uint64
	batch   []Applied
	bytes   int
	running []*stage
}

// stage is a commit on its way.
type stage struct {
	entries uint64
	// done is closed when it is committed, or when it never will be, with the reason.
	done chan struct{}
	err  error
}

// Rebuild begins to apply total entries; report, which may be nil, is called after each commit
// by the goroutine that calls Add and Finish.
func (s *Store) Rebuild(total uint64, report Progress) *Rebuild {
	if report == nil {
		report = func(uint64, uint64) {}
	}
	return &Rebuild{store: s, total: total, report: report}
}

// Add takes the next message of the log. An error may be that of an earlier one.
func (r *Rebuild) Add(ctx context.Context, a Applied) error {
	r.batch = append(r.batch, a)
	r.bytes += a.size()
	if len(r.batch) < rebuildEntries && r.bytes < rebuildBytes {
		return nil
	}
	return r.start(ctx)
}

// Finish applies what is left, and returns when all is committed.
func (r *Rebuild) Finish(ctx context.Context) error {
	err := r.start(ctx)
	for len(r.running) > 0 {
		if late := r.join(); err == nil {
			err = late
		}
	}
	return err
}

func (r *Rebuild) start(ctx context.Context) error {
	var before *stage
	if n := len(r.running); n > 0 {
		before = r.running[n-1]
	}
	if len(r.running) == rebuildStages {
		if err := r.join(); err != nil {
			return err
		}
	}
	if len(r.batch) == 0 {
		return nil
	}
	batch, next := r.batch, &stage{done: make(chan struct{})}
	r.batch, r.bytes, r.running = nil, 0, append(r.running, next)
	for _, a := range batch {
		if a.Entry != nil {
			next.entries++
		}
	}
	go func() {
		defer close(next.done)
		all, err := foldAll(batch)
		if before != nil {
			if <-before.done; before.err != nil {
				next.err = before.err
				return
			}
		}
		if err != nil {
			next.err = fmt.Errorf("applying: %w", err)
			return
		}
		next.err = r.store.apply(ctx, batch, all)
	}()
	return nil
}

// join waits for the commit that was begun first.
func (r *Rebuild) join() error {
	first := r.running[0]
	r.running = r.running[1:]
	<-first.done
	if first.err == nil {
		r.done += first.entries
		r.report(r.done, max(r.done, r.total))
	}
	return first.err
}

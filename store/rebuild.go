package store

import (
	"context"
	"errors"
	"fmt"
)

// Bounds of one commit of a rebuild. While one runs the next is gathered, so that twice
// as many entries, with what was made of them, are in memory at most.
const (
	rebuildEntries = 4096
	rebuildBytes   = 8 << 20
)

// Progress hears how far a rebuild is: entries applied, and how many there are.
type Progress func(done, total uint64)

// Rebuild applies a long stretch of a log in large commits, one of which runs while the
// next one is read. It is for one goroutine. What was applied stays when it is given up.
type Rebuild struct {
	store   *Store
	total   uint64
	report  Progress
	done    uint64
	batch   []Applied
	bytes   int
	running chan error
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
	if err := r.start(ctx); err != nil {
		return err
	}
	return r.join()
}

func (r *Rebuild) start(ctx context.Context) error {
	// Taken apart while the batch before is being committed.
	all, err := foldAll(r.batch)
	if err != nil {
		return errors.Join(r.join(), fmt.Errorf("applying: %w", err))
	}
	if err := r.join(); err != nil || len(r.batch) == 0 {
		return err
	}
	batch, result := r.batch, make(chan error, 1)
	r.batch, r.bytes, r.running = nil, 0, result
	for _, a := range batch {
		if a.Entry != nil {
			r.done++
		}
	}
	go func() { result <- r.store.apply(ctx, batch, all) }()
	return nil
}

// join waits for the commit that runs.
func (r *Rebuild) join() error {
	if r.running == nil {
		return nil
	}
	err := <-r.running
	r.running = nil
	if err == nil {
		r.report(r.done, max(r.done, r.total))
	}
	return err
}

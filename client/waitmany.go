package client

import (
	"context"
	"errors"
	"sync"
	"time"

	"expertcontroller/schema"
)

// WaitAll waits for all of them at once, as long as the slowest takes. The statuses
// stand at the index of their token; one whose wait ended early is what it last saw,
// or nil, and the error joins why. One that fails doesn't end the others.
func (c *Client) WaitAll(ctx context.Context, tokens []string, o WaitOptions) ([]*schema.Status, error) {
	statuses := make([]*schema.Status, len(tokens))
	errs := make([]error, len(tokens))
	for end := range c.waits(ctx, tokens, o) {
		statuses[end.index], errs[end.index] = end.status, end.err
	}
	return statuses, errors.Join(errs...)
}

// WaitAny waits until the first of them has ended, and gives its index and status. If
// every wait ended early, index is -1 and the error joins why.
func (c *Client) WaitAny(ctx context.Context, tokens []string, o WaitOptions) (index int, status *schema.Status, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	index = -1
	errs := make([]error, len(tokens))
	for end := range c.waits(ctx, tokens, o) {
		switch {
		case index >= 0:
			// The others only have to come home.
		case end.err == nil:
			index, status = end.index, end.status
			cancel()
		default:
			errs[end.index] = end.err
		}
	}
	if index >= 0 {
		return index, status, nil
	}
	return -1, nil, errors.Join(errs...)
}

// WaitFirstFailure waits until all have completed, or the first of them has ended in
// another way. Then index is that one's, and the others' statuses are what was last seen
// of them, or nil; -1 means that all have completed. One whose wait ended early counts as
// a failure, and the error says why.
func (c *Client) WaitFirstFailure(ctx context.Context, tokens []string, o WaitOptions) (index int, statuses []*schema.Status, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	index, statuses = -1, make([]*schema.Status, len(tokens))
	for end := range c.waits(ctx, tokens, o) {
		statuses[end.index] = end.status
		if index < 0 && (end.err != nil || ExitCode(end.status) != ExitCompleted) {
			index, err = end.index, end.err
			cancel()
		}
	}
	return index, statuses, err
}

// end is how one of several waits ended.
type end struct {
	index  int
	status *schema.Status
	err    error
}

// waits starts one wait for each token; the channel closes when all have ended.
func (c *Client) waits(ctx context.Context, tokens []string, o WaitOptions) <-chan end {
	if hear := o.OnPoll; hear != nil {
		var mu sync.Mutex
		o.OnPoll = func(p Poll) {
			mu.Lock()
			defer mu.Unlock()
			hear(p)
		}
	}
	ends := make(chan end)
	var all sync.WaitGroup
	for i, token := range tokens {
		all.Go(func() {
			w := wait{c: c, o: o, token: token, heard: time.Now()}
			s, err := w.run(ctx)
			ends <- end{i, s, err}
		})
	}
	go func() {
		all.Wait()
		close(ends)
	}()
	return ends
}

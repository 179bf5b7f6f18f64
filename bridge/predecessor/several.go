package predecessor

import (
	"context"
	"errors"
	"sync"

	"expertcontroller/schema"
)

// atOnce is how many recoveries a list asks for at the same time: one after the other
// takes a round trip each, all together would keep every replica from its other work.
const atOnce = 8

// several asks for each recovery of a list, and gives the answers in the list's order, or
// the first error in it.
func several[T any](ctx context.Context, found []schema.Summary, ask func(context.Context, schema.Summary) (T, error)) ([]T, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out, errs := make([]T, len(found)), make([]error, len(found))
	next := make(chan int)
	var asking sync.WaitGroup
	for range min(atOnce, len(found)) {
		asking.Go(func() {
			for i := range next {
				if out[i], errs[i] = ask(ctx, found[i]); errs[i] != nil {
					cancel()
				}
			}
		})
	}
	asked := 0
	for ; asked < len(found) && ctx.Err() == nil; asked++ {
		next <- asked
	}
	close(next)
	asking.Wait()
	return out, first(ctx, errs, asked < len(found))
}

// first gives the error that ended it: that others were cancelled is its consequence.
func first(ctx context.Context, errs []error, early bool) error {
	var consequence error
	for _, err := range errs {
		switch {
		case err == nil:
		case errors.Is(err, context.Canceled):
			consequence = err
		default:
			return err
		}
	}
	if consequence == nil && early {
		return ctx.Err()
	}
	return consequence
}

package broker

import (
	"context"
	"testing"
	"testing/synctest"
)

// However much is handed on at once, all of it is run at once; afterwards some workers
// stay and take what comes, until it is over; and what comes then is run, too.
func TestWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over, end := context.WithCancel(t.Context())
		defer end()
		open, ran := make(chan struct{}), make(chan int, 3*idleWorkers)
		w := newWorkers(over, func(i int) { <-open; ran <- i })
		idle := func(when string, ranBy int, want int64) {
			t.Helper()
			synctest.Wait()
			if got := w.idle.Load(); len(ran) != ranBy || got != want {
				t.Fatalf("%s: %d were run, want %d; %d workers are idle, want %d", when, len(ran), ranBy, got, want)
			}
		}
		for i := range 2 * idleWorkers {
			w.hand(i)
		}
		idle("while none is done", 0, 0)
		close(open)
		idle("when all are done", 2*idleWorkers, idleWorkers)
		w.hand(-1)
		idle("when one more is done", 2*idleWorkers+1, idleWorkers)
		end()
		idle("when it is over", 2*idleWorkers+1, 0)
		w.hand(-2)
		idle("when one came after that", 2*idleWorkers+2, 0)
	})
}

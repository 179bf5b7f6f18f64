package broker

import (
	"context"
	"sync/atomic"
)

// idleWorkers is how many goroutines stay when there is nothing to answer.
const idleWorkers = 256

// workers run what they are handed, each thing on a goroutine of its own, but on one
// that has run others before where one is idle: a new one's stack has to grow, step by
// step, to what answering takes, and that costs about as much as reading the message.
// How many there are is bounded by whoever hands on.
type workers[T any] struct {
	work func(T)
	todo chan T
	idle atomic.Int64
	// over ends those that are idle.
	over context.Context
}

func newWorkers[T any](over context.Context, work func(T)) *workers[T] {
	return &workers[T]{work: work, todo: make(chan T), over: over}
}

// hand never waits: without an idle worker there is one more.
func (w *workers[T]) hand(t T) {
	select {
	case w.todo <- t:
	default:
		go w.run(t)
	}
}

func (w *workers[T]) run(t T) {
	for {
		w.work(t)
		if w.idle.Add(1) > idleWorkers {
			w.idle.Add(-1)
			return
		}
		select {
		case t = <-w.todo:
			w.idle.Add(-1)
		case <-w.over.Done():
			w.idle.Add(-1)
			return
		}
	}
}

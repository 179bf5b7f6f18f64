package agent

import (
	"context"
	"errors"
	"sync"

	"expertcontroller/schema"
)

// errCut is what an agent gets whose simulated machine is away.
var errCut = errors.New("the simulated machine is away")

// Line stands between an agent and its controller, and can be cut: nothing passes
// then, in either direction, not even the answer to a call that is under way.
type Line struct {
	Controller Controller

	mu     sync.Mutex
	broken bool
}

func (l *Line) cut()  { l.set(true) }
func (l *Line) mend() { l.set(false) }

func (l *Line) set(broken bool) {
	l.mu.Lock()
	l.broken = broken
	l.mu.Unlock()
}

func (l *Line) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// over makes a call unless the line is cut before or after it.
func over[In, Out any](ctx context.Context, l *Line, call func(context.Context, In) (Out, error), in In) (Out, error) {
	var none Out
	if l.isCut() {
		return none, errCut
	}
	out, err := call(ctx, in)
	if l.isCut() {
		return none, errCut
	}
	return out, err
}

// Next passes it on.
func (l *Line) Next(ctx context.Context, next schema.Next) (schema.WorkList, error) {
	return over(ctx, l, l.Controller.Next, next)
}

// Claim passes it on.
func (l *Line) Claim(ctx context.Context, claim schema.Claim) (schema.Grant, error) {
	return over(ctx, l, l.Controller.Claim, claim)
}

// Progress passes it on.
func (l *Line) Progress(ctx context.Context, progress schema.Progress) (schema.Instruction, error) {
	return over(ctx, l, l.Controller.Progress, progress)
}

// Result passes it on.
func (l *Line) Result(ctx context.Context, result schema.Result) (schema.Answer, error) {
	return over(ctx, l, l.Controller.Result, result)
}

// Bell passes rings on.
func (l *Line) Bell(fn func(schema.Bell)) (func(), error) {
	return l.Controller.Bell(func(bell schema.Bell) {
		if !l.isCut() {
			fn(bell)
		}
	})
}

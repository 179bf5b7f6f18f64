package controller

import (
	"context"
	"fmt"
	"sync"
	"time"

	"expertcontroller/schema"
)

// offersPatience is how long an agent that offers something new waits for the log to
// have it. It is told what to abort in any case.
const offersPatience = time.Second

// inflight keeps what is on its way to the log already from being sent there twice.
type inflight struct {
	mu   sync.Mutex
	keys map[string]bool
}

func (f *inflight) begin(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keys[key] {
		return false
	}
	if f.keys == nil {
		f.keys = map[string]bool{}
	}
	f.keys[key] = true
	return true
}

func (f *inflight) end(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.keys, key)
}

// next answers an agent that asks for work. What it offers anew is logged first, so
// that whoever decides knows of it.
func (a *Actor) next(ctx context.Context, in *Input, next *schema.Next) ([]byte, *schema.Error) {
	if bad := a.current(ctx); bad != nil {
		return nil, bad
	}
	agent := in.By.Name
	var offered *schema.Offered
	a.View(func(s *State) { offered = s.OffersChanged(agent, next) })
	if key := "offers/" + agent; offered != nil && a.once.begin(key) {
		a.offer(ctx, in, next, offered, key)
	}
	var list schema.WorkList
	a.View(func(s *State) { list = s.WorkFor(agent, next) })
	return encoded(list)
}

func (a *Actor) offer(ctx context.Context, in *Input, next *schema.Next, offered *schema.Offered, key string) {
	made, err := a.made(schema.KindOffered, in.By, in.At, offered)
	if err != nil {
		a.once.end(key)
		a.log.Error("what an agent offers can't be logged", "agent", in.By.Name, "error", err)
		return
	}
	q := &ask{in: made, reply: make(chan outcome, 1), received: in.At}
	q.valid = func(s *State) bool { return s.OffersChanged(in.By.Name, next) != nil }
	q.over = func() { a.once.end(key) }
	if bad := a.enqueue(q); bad != nil {
		a.once.end(key)
		return // the agent asks again in a moment
	}
	patience := time.NewTimer(offersPatience)
	defer patience.Stop()
	select {
	case <-q.reply:
	case <-ctx.Done():
	case <-patience.C:
	case <-a.ended:
	}
}

// progress answers an acting agent at once from the state: go on, or abort. Now and
// then what it says goes into the log.
func (a *Actor) progress(ctx context.Context, in *Input, p *schema.Progress) ([]byte, *schema.Error) {
	if bad := a.current(ctx); bad != nil {
		return nil, bad
	}
	var instruction schema.Instruction
	due := false
	a.View(func(s *State) {
		instruction = s.InstructionFor(in.By.Name, p)
		due = s.ProgressDue(in.By.Name, p, in.At)
	})
	key := fmt.Sprintf("progress/%s/%s/%d/%d/%t", in.By.Name, p.Token, p.Step, p.Attempt, p.Probe)
	if due && a.once.begin(key) {
		a.own(&ask{in: *in, over: func() { a.once.end(key) }})
	}
	return encoded(instruction)
}

// current makes sure that the state is the log's end before an agent is told what to
// do: a replica that is not the preferred one may not have folded the agent's own grant
// yet, and would tell it to stop.
func (a *Actor) current(ctx context.Context) *schema.Error {
	if a.mine() && a.unready.Load() == nil {
		return nil
	}
	looked := make(chan struct{})
	select {
	case a.looks <- looked:
	default:
		return queueFull(cap(a.looks))
	}
	a.poke()
	patience := time.NewTimer(offersPatience)
	defer patience.Stop()
	select {
	case <-looked:
		return nil
	case <-ctx.Done():
	case <-patience.C:
	case <-a.ended:
	}
	return a.unavailable()
}

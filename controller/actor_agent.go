package controller

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"expertcontroller/schema"
)

// offersPatience is how long an agent that offers something new waits for the log to
// have it. It is told what to abort in any case.
const offersPatience = time.Second

// offersEvery is how often what an agent offers is logged at most: two agents of one
// name that offer different actions would else fill the log with every question.
const offersEvery = 10 * time.Second

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
	if err := compact(next.Actions); err != nil {
		return nil, &schema.Error{Type: schema.Type(schema.KindError), Code: 400, Field: "actions", Reason: schema.CodeMalformed, Text: err.Error() + ": an action's parameters are a JSON Schema"}
	}
	agent := in.By.Name
	if a.heard.taken(agent, next.Instance, a.now()) {
		return a.nextToRival(agent, next)
	}
	var offered *schema.Offered
	var full *schema.Error
	a.View(func(s *State) {
		doc := s.agents[agent]
		if doc == nil {
			full = s.roomForAgent(in.At)
		}
		if doc == nil || in.At.Sub(doc.Since) >= offersEvery {
			offered = s.OffersChanged(agent, next, in.At)
		}
	})
	if full != nil {
		return nil, full
	}
	if key := "offers/" + agent; offered != nil && a.once.begin(key) {
		a.offer(ctx, in, next, offered, key)
	}
	var list schema.WorkList
	look := func(s *State) { list = s.WorkFor(agent, next) }
	a.View(look)
	if slices.ContainsFunc(list.Aborts, unknownToUs) {
		if bad := a.current(ctx); bad != nil {
			return nil, bad
		}
		a.View(look)
	}
	return encoded(list)
}

// nextToRival answers a second process of an agent's name: it is offered nothing, and
// what it offers is not logged, but it is told to stop what it must not carry out.
func (a *Actor) nextToRival(agent string, next *schema.Next) ([]byte, *schema.Error) {
	var list schema.WorkList
	a.View(func(s *State) { list = s.WorkFor(agent, next) })
	list.Offers = nil
	list.Aborts = slices.DeleteFunc(list.Aborts, unknownToUs)
	list.Reason = reason(schema.CodeNameTaken, "another process asks for work under the name "+agent+": this one is offered nothing while it does; stop one of them, or give one another name")
	return encoded(list)
}

// compact writes the actions' schemas as the log does, so that what the log gives back
// is not taken for something else that is offered.
func compact(actions []schema.Action) error {
	for i := range actions {
		if len(actions[i].Parameters) == 0 {
			continue
		}
		raw, err := schema.Encode(actions[i].Parameters)
		if err != nil {
			return err
		}
		actions[i].Parameters = raw
	}
	return nil
}

func (a *Actor) offer(ctx context.Context, in *Input, next *schema.Next, offered *schema.Offered, key string) {
	made, err := a.made(schema.KindOffered, in.By, in.At, offered)
	if err != nil {
		a.once.end(key)
		a.log.Error("what an agent offers can't be logged", "agent", in.By.Name, "error", err)
		return
	}
	q := &ask{in: made, reply: make(chan outcome, 1), received: in.At}
	q.valid = func(s *State) bool { return s.OffersChanged(in.By.Name, next, in.At) != nil }
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
	var instruction schema.Instruction
	due := false
	look := func(s *State) {
		instruction = s.InstructionFor(in.By.Name, p)
		due = s.ProgressDue(in.By.Name, p, in.At)
	}
	a.View(look)
	if instruction.Unknown {
		if bad := a.current(ctx); bad != nil {
			return nil, bad
		}
		a.View(look)
	}
	key := fmt.Sprintf("progress/%s/%s/%d/%d/%t", in.By.Name, p.Token, p.Step, p.Attempt, p.Probe)
	if due && a.once.begin(key) {
		a.own(&ask{in: *in, over: func() { a.once.end(key) }})
	}
	return encoded(instruction)
}

// unknownToUs tells an abort of what the state does not know from one that was asked for.
func unknownToUs(abort schema.Abort) bool { return abort.Reason.Code == schema.CodeUnknown }

// current reads the log to its end before an agent is told to stop what this replica
// does not know: another one may have granted it a moment ago. Where the log can't be
// read the agent hears that nobody knows, and goes on.
func (a *Actor) current(ctx context.Context) *schema.Error {
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

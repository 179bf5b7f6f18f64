package controller

import (
	"context"
	"crypto/rand"
	"time"

	"expertcontroller/schema"
)

// callPatience is how long a call waits for its decision at most. After that nobody
// promises anything: the caller repeats it with the same id.
const callPatience = 10 * time.Second

// interruptRoom is how many interrupts find a place in a queue that is full otherwise:
// whoever wants to stop something is not turned away because others wait.
const interruptRoom = 256

// Call answers what an expert, an operator or an agent asks: the encoded answer, or why
// it was refused before the log. payload must not be changed afterwards.
func (a *Actor) Call(ctx context.Context, from schema.Sender, payload []byte) ([]byte, *schema.Error) {
	out, bad := a.call(ctx, from, payload)
	if bad != nil {
		a.sampled(from, payload, bad)
	}
	return out, bad
}

func (a *Actor) call(ctx context.Context, from schema.Sender, payload []byte) ([]byte, *schema.Error) {
	if len(payload) > schema.MaxInput {
		return nil, a.refuse(tooLarge(len(payload)))
	}
	message, bad := schema.Decode(from.Kind, payload)
	if bad != nil {
		return nil, a.refuse(bad)
	}
	if bad := a.unfit(message); bad != nil {
		return nil, a.refuse(bad)
	}
	in := inputOf(from.Kind, from.By, a.now(), payload, message)
	a.hear(&in)
	if out, bad, ok := a.forward(ctx, &in); ok {
		if bad != nil {
			a.counts.refused.Add(1)
		}
		return out, bad
	}
	out, bad := a.answer(ctx, &in, time.Time{})
	if bad != nil {
		return nil, a.refuse(bad)
	}
	return out, nil
}

func (a *Actor) refuse(bad *schema.Error) *schema.Error {
	a.counts.refused.Add(1)
	if bad.Type == "" {
		bad.Type = schema.Type(schema.KindError)
	}
	return bad
}

// answer decides here, whoever is preferred, and encodes what the sender gets.
func (a *Actor) answer(ctx context.Context, in *Input, notAfter time.Time) ([]byte, *schema.Error) {
	if bad := a.accepts(in); bad != nil {
		return nil, bad
	}
	switch m := in.Message.(type) {
	case *schema.Next:
		return a.next(ctx, in, m)
	case *schema.Progress:
		return a.progress(ctx, in, m)
	}
	answer, bad := a.decided(ctx, in, notAfter)
	if bad != nil {
		return nil, bad
	}
	if claim, ok := in.Message.(*schema.Claim); ok {
		var grant schema.Grant
		a.View(func(s *State) { grant = s.GrantFor(in.By.Name, claim, answer) })
		return encoded(grant)
	}
	return encoded(answer)
}

// accepts says why a message is refused before the log, if it is.
func (a *Actor) accepts(in *Input) *schema.Error {
	if a.stopping.Load() || !a.stood.Load() {
		return a.unavailable()
	}
	if in.Kind == schema.KindRequest {
		if why := a.config.Room(); why != "" {
			if _, known := a.known(in); !known { // a repeat needs no room
				return diskShort(why)
			}
		}
	}
	if !canWait(in.Kind) {
		return nil
	}
	full := false
	a.View(func(s *State) { full = s.Full(a.now()) })
	if full {
		return memoryFull()
	}
	return nil
}

func encoded(v any) ([]byte, *schema.Error) {
	out, err := schema.Encode(v)
	if err != nil {
		return nil, &schema.Error{Type: schema.Type(schema.KindError), Code: 503, Reason: schema.CodeInternal, Text: err.Error()}
	}
	return out, nil
}

// decided waits for an input's decision to stand in the log. An id that was decided
// already is answered from the state.
func (a *Actor) decided(ctx context.Context, in *Input, notAfter time.Time) (schema.Answer, *schema.Error) {
	if answer, ok := a.known(in); ok {
		return answer, nil
	}
	q := &ask{in: *in, reply: make(chan outcome, 1), notAfter: notAfter, received: in.At}
	if bad := a.enqueue(q); bad != nil {
		return schema.Answer{}, bad
	}
	patience := time.NewTimer(callPatience)
	defer patience.Stop()
	select {
	case o := <-q.reply:
		return o.answer, o.err
	case <-ctx.Done():
	case <-patience.C:
	case <-a.ended:
	}
	q.gone.Store(true)
	select { // it may have come at the same moment
	case o := <-q.reply:
		return o.answer, o.err
	default:
	}
	return schema.Answer{}, &schema.Error{
		Type: schema.Type(schema.KindError), Code: 503, Reason: schema.CodeUnknown,
		Text: "the decision did not reach the log in time and may still do: repeat the message with the same id, or ask for the status",
	}
}

func (a *Actor) known(in *Input) (answer schema.Answer, ok bool) {
	if in.ID == "" && in.Own == "" {
		return answer, false
	}
	a.View(func(s *State) { answer, ok = s.Known(in) })
	if ok {
		a.counts.repeated.Add(1)
	}
	return answer, ok
}

// enqueue puts an ask into the bounded queue.
func (a *Actor) enqueue(q *ask) *schema.Error {
	most := a.config.Queue
	if q.in.Kind == schema.KindInterrupt {
		most += interruptRoom
	}
	if n := a.queued.Add(1); n > int64(most) {
		a.queued.Add(-1)
		return queueFull(a.config.Queue)
	}
	q.counted = true
	if q.in.Kind == schema.KindInterrupt {
		a.ringIfLate(q, q.in.At)
	}
	a.calls <- q // it has room for everything that is counted
	return nil
}

// own enqueues an input that nobody waits for: an observation, a sign of life.
func (a *Actor) own(q *ask) {
	q.received = a.now()
	if bad := a.enqueue(q); bad != nil {
		if q.over != nil {
			q.over()
		}
		a.log.Warn("an observation finds no place in the queue: it is made again", "kind", q.in.Kind)
	}
}

// made builds an input of the controller's own, or of one that it speaks for.
func (a *Actor) made(kind string, by schema.By, at time.Time, message any) (Input, error) {
	raw, err := schema.Encode(message)
	if err != nil {
		return Input{}, err
	}
	return inputOf(kind, by, at, raw, message), nil
}

func randomID() string { return rand.Text() }

package controller

import (
	"sync"
	"time"

	"expertcontroller/schema"
)

// interruptPatience is how long an interrupt may wait for the log before the agent is
// told all the same.
const interruptPatience = time.Second

// lateBell rings until it is stopped.
type lateBell struct {
	mu      sync.Mutex
	timer   *time.Timer
	stopped bool
}

func (b *lateBell) stop() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopped = true
	b.timer.Stop()
}

// ringIfLate passes an interrupt on to the acting agent when the log has not taken it
// within a second, and again each second until it has: stopping does not depend on
// writing. It is recorded once the log takes it.
func (a *Actor) ringIfLate(q *ask, since time.Time) {
	b := &lateBell{}
	q.bell = b
	b.mu.Lock()
	defer b.mu.Unlock()
	b.timer = time.AfterFunc(max(0, interruptPatience-a.now().Sub(since)), func() {
		if a.ringAbort(&q.in) {
			q.keep.Store(true)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		select {
		case <-a.ended:
		default:
			if !b.stopped {
				b.timer.Reset(interruptPatience)
			}
		}
	})
}

// ringAbort tells the agent that carries out what the interrupt is about; false when
// nobody is.
func (a *Actor) ringAbort(in *Input) bool {
	m, ok := in.Message.(*schema.Interrupt)
	if !ok {
		return false
	}
	var aborts map[string]*schema.Abort
	a.View(func(s *State) { aborts = abortsOf(s, m, in.By) })
	for agent, abort := range aborts {
		a.counts.bells.Add(1)
		a.log.Warn("the log does not take an interrupt: the agent is told all the same", "token", abort.Token, "agent", agent, "by", in.By.String())
		a.publish(schema.SubjectBell(a.config.System, agent), schema.Bell{Type: schema.Type(schema.KindBell), Abort: abort})
	}
	return len(aborts) > 0
}

// abortsOf gives what each agent that acts is told to stop.
func abortsOf(s *State, m *schema.Interrupt, by schema.By) map[string]*schema.Abort {
	r := s.UnderWay()
	if r == nil || m.Token != "" && m.Token != r.Token {
		return nil
	}
	acting, probe := inState(r, schema.AttemptGranted), openProbe(r)
	if probe != nil && probe.State == schema.AttemptGranted {
		acting = append(acting, probe)
	}
	out := make(map[string]*schema.Abort, len(acting))
	for _, at := range acting {
		out[at.Agent] = &schema.Abort{
			Work: schema.Work{Token: r.Token, Step: workStep(r), Attempt: at.Number, Probe: at == probe}, Claim: at.Claim, By: by,
			Reason: schema.Reason{Code: schema.CodeInterrupted, Text: "interrupted by " + by.String() + "; the log could not take it yet"},
		}
	}
	return out
}

package agent

import (
	"context"
	"time"

	"expertcontroller/schema"
)

// The controller's hint when to ask again is followed within these bounds.
const (
	askAtMostEvery  = 100 * time.Millisecond
	askAtLeastEvery = 5 * time.Second
	bellAgain       = 10 * time.Second
)

// ask asks for work, again and again, until ctx is done. It gives what unhooks the bell.
func (a *Agent) ask(ctx, life context.Context) (stopBell func()) {
	stopBell = func() {}
	var bellTried time.Time
	bell, away, told := false, false, ""
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return stopBell
		case <-timer.C:
		case <-a.wake:
		}
		if !bell && (bellTried.IsZero() || time.Since(bellTried) >= bellAgain) {
			bellTried = time.Now()
			stop, err := a.Controller.Bell(a.rung)
			if err != nil {
				a.log.Warn("the bell can't be heard; asking every second will do", "error", err)
			} else {
				stopBell, bell = stop, true
			}
		}
		wait := a.Every
		list, err := a.next(ctx)
		a.heardFrom(err)
		switch {
		case ctx.Err() != nil:
			return stopBell
		case err != nil && !away:
			away = true
			a.log.Warn("no controller answers; asking goes on", "error", err)
		case err == nil:
			if away {
				away = false
				a.log.Info("a controller answers again")
			}
			a.nudge(a.heard)
			if list.Reason.Code != told {
				told = list.Reason.Code
				a.sayWhyNothing(list.Reason)
			}
			if list.PollAfter > 0 {
				wait = min(max(list.PollAfter.D(), askAtMostEvery), askAtLeastEvery)
			}
			for _, abort := range list.Aborts {
				a.abort(abort)
				a.answerAgain(life, abort)
			}
			a.consider(life, list.Offers)
		}
		timer.Reset(wait)
	}
}

// sayWhyNothing says in the log why the controller offers this agent nothing, or that
// it does again.
func (a *Agent) sayWhyNothing(why schema.Reason) {
	if why.Code == "" {
		a.log.Info("this agent is offered work again")
		return
	}
	a.log.Error("this agent is offered nothing", "reason", why.Code, "text", why.Text, "instance", a.instance)
}

func (a *Agent) next(ctx context.Context) (schema.WorkList, error) {
	ctx, cancel := context.WithTimeout(ctx, a.CallTimeout)
	defer cancel()
	next := schema.Next{
		Type: schema.Type(schema.KindNext), Instance: a.instance,
		Actions: a.Runner.Actions(), Simulated: a.Runner.Simulated(),
	}
	if c := a.current(); c != nil && c.isActing() {
		next.Acting = []schema.Acting{{Work: c.work, Claim: c.claim}}
	}
	return a.Controller.Next(ctx, next)
}

// rung hears the bell. An abort that comes with it is obeyed at once: the log may
// be out of order, and asking would not bring it.
func (a *Agent) rung(bell schema.Bell) {
	if bell.Abort != nil {
		a.abort(*bell.Abort)
	}
	a.nudge(a.wake)
}

// consider takes the first offer that it can carry out, unless it is busy.
func (a *Agent) consider(life context.Context, offers []schema.Offer) {
	a.mu.Lock()
	a.offered = offers
	a.mu.Unlock()
	for _, offer := range offers {
		if !a.offers(offer.Action) || a.journal.spent(offer.Work) {
			continue
		}
		c := newAttempt(life, offer)
		a.mu.Lock()
		if a.busy || a.stopping {
			a.mu.Unlock()
			c.cancel(nil)
			return
		}
		a.busy, a.now = true, c
		a.mu.Unlock()
		a.tasks.Go(func() {
			told := a.attempt(life, c)
			a.free()
			if told {
				// What could not be claimed is asked for when it is time, not at once.
				a.nudge(a.wake)
			}
		})
		return
	}
}

func (a *Agent) offers(action string) bool {
	for _, offered := range a.Runner.Actions() {
		if offered.Name == action || offered.Name == "*" {
			return true
		}
	}
	return false
}

// abort stops the attempt that is meant, if this agent has to do with it. Another
// agent of the same name may be the one that is carrying it out, so that an abort of
// a claim that is not in this agent's journal is left to the other.
func (a *Agent) abort(abort schema.Abort) {
	if c := a.current(); c != nil && c.work == abort.Work && (abort.Claim == "" || abort.Claim == c.claim) {
		if c.halt(abort) {
			a.log.Info("told to stop", "action", c.action, "attempt", describe(c.work), "by", abort.By.String(), "reason", abort.Reason.Text)
		}
		return
	}
	if abort.Claim == "" {
		a.bury(abort)
	}
}

// bury writes down that an attempt must not be begun, whatever is granted later.
func (a *Agent) bury(abort schema.Abort) {
	if a.journal.buried(abort.Work) != nil {
		return
	}
	if err := a.journal.write(record{State: stateTombstone, At: time.Now(), Work: abort.Work, Abort: &abort}); err != nil {
		a.log.Error("that an attempt must not begin could not be written down; it is remembered until the agent ends", "attempt", describe(abort.Work), "error", err)
	}
}

// buryOffers has what is offered now, and was not claimed yet, never begun.
func (a *Agent) buryOffers(by schema.By, note string) int {
	a.mu.Lock()
	offers := a.offered
	a.mu.Unlock()
	n := 0
	for _, offer := range offers {
		if !a.journal.spent(offer.Work) {
			a.bury(schema.Abort{Work: offer.Work, Reason: schema.Reason{Code: schema.CodeInterrupted, Text: note}, By: by})
			n++
		}
	}
	return n
}

// answerAgain tells a controller that still waits for an abort's confirmation how the
// attempt ended, where this agent had told it before.
func (a *Agent) answerAgain(life context.Context, abort schema.Abort) {
	for _, rec := range a.journal.of(abort.Work) {
		if abort.Claim == "" || abort.Claim == rec.Claim {
			a.tellAgain(life, rec)
		}
	}
}

package controller

import (
	"strconv"

	"expertcontroller/schema"
)

// attemptOf finds the attempt that a message is about, or nil.
func attemptOf(r *schema.Status, w *schema.Work) *schema.Attempt {
	list := r.Probes
	if !w.Probe {
		if w.Step >= len(r.Steps) {
			return nil
		}
		list = r.Steps[w.Step].Attempts
	}
	for i := range list {
		if list[i].Number == w.Attempt {
			return &list[i]
		}
	}
	return nil
}

// ofClaim tells whether the message is about an attempt that is granted to that very claim.
func ofClaim(r *schema.Status, w *schema.Work, claim, agent string) bool {
	a := attemptOf(r, w)
	return a != nil && a.State == schema.AttemptGranted && a.Claim == claim && a.Agent == agent
}

// takeResult is the end of a granted attempt, while running, stopping or unclear:
// what follows depends on what it was told meanwhile.
func takeResult(d *draft, token string, h *happening) {
	r := d.edit(token)
	a := attemptOf(r, &h.result.Work)
	d.keepResult(a, h)
	if h.result.Outcome == schema.OutcomeUnknown {
		a.State, a.Outcome, a.Ended = schema.AttemptGranted, "", nil
		d.unclear(r, a, "agent "+a.Agent+" does not know what became of it"+note(h.result.Text), false)
		return
	}
	if r.Prompt != nil && r.Prompt.Attempt == a.Number {
		d.closePrompt(r, schema.ClosedWithdrawn, h.by, "the agent has told what became of it")
	}
	d.resultSaid(r, a, h)
	d.stoppedMeanwhile(r, a, h)
	if grouped(r) {
		d.memberEnded(r, a, h)
		return
	}
	switch stopReason(r) {
	case schema.StopInterrupted:
		d.interruptedNow(r, h.by)
	case schema.StopPreempted:
		if a.Outcome == schema.OutcomeDone {
			d.advance(r)
		}
		d.postpone(r, schema.CodePreempted, h.by, "gives way to "+r.Stop.For)
	case schema.StopTimeout:
		if a.Outcome == schema.OutcomeDone {
			d.stepDone(r, h.by)
			return
		}
		d.afterStep(r, schema.CodeStepTimeout, controllerBy)
	default:
		d.ended(r, a, h)
	}
}

// ended goes on after an attempt that ended by itself.
func (d *draft) ended(r *schema.Status, a *schema.Attempt, h *happening) {
	switch a.Outcome {
	case schema.OutcomeDone:
		d.stepDone(r, h.by)
	case schema.OutcomeFailed:
		d.afterStep(r, schema.CodeStepFailed, controllerBy)
	case schema.OutcomeTimedOut:
		d.afterStep(r, schema.CodeStepTimeout, controllerBy)
	case schema.OutcomeAborted:
		by := h.by
		if h.result.AbortedBy != nil {
			by = *a.By
		}
		d.hold(r, schema.CodeInterrupted, &happening{by: by, note: h.result.Text})
		d.approvalMode(by)
		d.cancel(r, schema.CodeInterrupted, h.by, stoppedBy(by, r)+note(h.result.Text))
	}
}

// stoppedMeanwhile: a person had the agent stop while it was told to anyway. That outlasts
// the end of its time and a preemption: it does not begin again by itself.
func (d *draft) stoppedMeanwhile(r *schema.Status, a *schema.Attempt, h *happening) {
	if r.Stop == nil || r.Stop.Reason == schema.StopInterrupted || !stoppedByPerson(a) || sameSender(*a.By, r.Stop.By) {
		return
	}
	stopped := &happening{by: *a.By, note: h.result.Text}
	d.hold(r, schema.CodeInterrupted, stopped)
	d.approvalMode(stopped.by)
	uncover(r)
	d.stop(r, schema.StopInterrupted, stopped)
	d.event(schema.EventInterruptNoted, r, h.by, stoppedBy(stopped.by, r)+" while it was told to stop anyway"+note(h.result.Text))
}

// stoppedByPerson tells whether an attempt ended because a person had its agent stop it.
func stoppedByPerson(a *schema.Attempt) bool {
	return a.Outcome == schema.OutcomeAborted && a.By != nil && a.By.Role == schema.RoleOperator
}

// sameSender tells whether two messages came from the same one on the same way.
func sameSender(a, b schema.By) bool { return a.Role == b.Role && a.Name == b.Name && a.Via == b.Via }

// stoppedBy says who had an agent stop what it carried out, other than by an interrupt.
func stoppedBy(by schema.By, r *schema.Status) string {
	switch {
	case by.Role == schema.RoleAgent && by.Via == schema.ViaHost:
		return "agent " + by.Name + " was stopped on its host, and with it " + stepName(r, r.Step)
	case by.Via == schema.ViaHost:
		return "stopped on the agent's host by " + by.String()
	}
	return "stopped at the agent by " + by.String()
}

func (d *draft) keepResult(a *schema.Attempt, h *happening) {
	res := h.result
	d.endAttempt(a, res.Outcome, res.Text)
	a.ExitStatus, a.Data = res.ExitStatus, res.Data
	if res.Output != "" {
		a.Output = res.Output
	}
	if res.Outcome == schema.OutcomeTimedOut {
		a.TimedOut = true
	}
	if a.By = nil; res.AbortedBy != nil {
		by := *res.AbortedBy
		by.Role, by.Name, by.Via, by.Auth = schema.ShortenBytes(by.Role, schema.MaxName), schema.ShortenBytes(by.Name, schema.MaxName), schema.ShortenBytes(by.Via, schema.MaxName), schema.ShortenBytes(by.Auth, schema.MaxName)
		a.By = &by
	}
}

var resultEvents = map[string]string{
	schema.OutcomeDone: schema.EventStepDone, schema.OutcomeFailed: schema.EventStepFailed,
	schema.OutcomeAborted: schema.EventStepAborted, schema.OutcomeTimedOut: schema.EventStepTimeout,
}

var resultWords = map[string]string{
	schema.OutcomeDone: " is done", schema.OutcomeFailed: " failed",
	schema.OutcomeAborted: " was stopped", schema.OutcomeTimedOut: " was stopped: its time was over",
}

func (d *draft) resultSaid(r *schema.Status, a *schema.Attempt, h *happening) {
	outcome := h.result.Outcome
	d.sayAttempt(resultEvents[outcome], r, a, h.by, stepName(r, h.result.Step)+", "+attemptText(a)+resultWords[outcome]+note(h.result.Text))
}

// stillUnknown: the agent was asked again and knows no more than before, but it can
// be reached: it is not acting.
func stillUnknown(d *draft, token string, h *happening) {
	r := d.edit(token)
	a := attemptOf(r, &h.result.Work)
	if r.Prompt.Attempt != a.Number { // another member of the group: it is asked about next
		a.Unclear = true
		d.sayAttempt(schema.EventUnclear, r, a, h.by, "agent "+a.Agent+" does not know what became of its part"+note(h.result.Text))
		return
	}
	prompt := *r.Prompt
	prompt.OverrideUntil = nil
	prompt.Why = d.withRemedy(r, a, "agent "+a.Agent+" is back and does not know either what became of it"+note(h.result.Text))
	r.Prompt = &prompt
	d.sayAttempt(schema.EventUnclear, r, a, h.by, "the agent is back and does not know either"+note(h.result.Text))
}

// recordLate keeps what came after the fact in the audit trail and nowhere else.
func recordLate(d *draft, token string, h *happening) {
	r := d.recovery(token)
	a := attemptOf(r, &h.result.Work)
	switch {
	case a == nil:
		h.ignore(schema.CodeUnknown, token+" has no such attempt")
	case a.State == schema.AttemptEnded && a.Claim == h.result.Claim && a.Outcome == h.result.Outcome:
		if a.By == nil || a.By.Role != schema.RoleOperator || a.By.Via == schema.ViaHost {
			return // a repeat of what is known
		}
		// An operator had said so for the agent: that it says the same is worth knowing.
	default:
		h.ignore(schema.CodeLate, token+" is "+r.State+" by now; recorded as late, changes nothing")
	}
	e := d.event(schema.EventLate, r, h.by, "late result "+h.result.Outcome+" of "+attemptName(&h.result.Work)+note(h.result.Text))
	e.Attempt = h.result.Attempt
}

func attemptName(w *schema.Work) string {
	a := schema.Attempt{Number: w.Attempt}
	if w.Probe {
		return "the probe, " + attemptText(&a)
	}
	return "step " + strconv.Itoa(w.Step) + ", " + attemptText(&a)
}

func probeResult(d *draft, token string, h *happening) {
	r := d.edit(token)
	a := &r.Probes[len(r.Probes)-1]
	d.keepResult(a, h)
	if stoppedByPerson(a) {
		d.sayAttempt(schema.EventProbed, r, a, h.by, "the probe was stopped"+note(h.result.Text))
		d.ended(r, a, h)
		return
	}
	d.probed(r, h.result.Outcome, h.by, "the probe answers: "+h.result.Outcome+note(h.result.Text))
}

func probeOver(d *draft, token string, h *happening) {
	d.probed(d.edit(token), schema.OutcomeUnknown, controllerBy, "the probe did not answer; that means not cured")
}

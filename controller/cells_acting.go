package controller

import (
	"strings"
	"time"

	"expertcontroller/schema"
)

// The cells for recoveries in which an agent is acting, was told to stop, or can't
// be heard, and for probes.

func refuseClaim(d *draft, token string, h *happening) {
	r := d.recovery(token)
	h.refuse(schema.CodeNotOffered, token+" offers nothing now ("+r.State+"); ask for work again")
	d.event(schema.EventClaimRefused, r, h.by, "claim refused: nothing is offered").Attempt = h.claim.Attempt
}

// grantAttempt lets the agent that was asked act on exactly this attempt.
func grantAttempt(d *draft, token string, h *happening) {
	if !mayClaim(d, h, lastAttempt(d.recovery(token)), d.recovery(token), false) {
		return
	}
	r := d.edit(token)
	a := lastAttempt(r)
	timeout := r.Request.Steps[r.Step].Timeout.D()
	d.grant(r, a, h, timeout)
	d.deadline(r, timeout)
	d.sayAttempt(schema.EventGranted, r, a, h.by, h.by.Name+" begins "+stepName(r, r.Step)+", "+attemptText(a))
}

func grantProbe(d *draft, token string, h *happening) {
	r := d.recovery(token)
	a := &r.Probes[len(r.Probes)-1]
	if a.State == schema.AttemptGranted && a.Claim == h.claim.ID && a.Agent == h.by.Name {
		return
	}
	if !mayClaim(d, h, a, r, true) {
		return
	}
	r = d.edit(token)
	a = &r.Probes[len(r.Probes)-1]
	timeout := r.Request.Probe.Timeout.D()
	d.grant(r, a, h, timeout)
	d.deadline(r, timeout)
	d.sayAttempt(schema.EventGranted, r, a, h.by, h.by.Name+" begins to probe")
}

func (d *draft) grant(r *schema.Status, a *schema.Attempt, h *happening, timeout time.Duration) {
	now := d.now
	a.State, a.Claim, a.Agent, a.Granted = schema.AttemptGranted, h.claim.ID, h.by.Name, &now
	until := now.Add(schema.ClaimValidity + timeout + d.limits.abortTimeout)
	a.MayActUntil = &until
	if doc := d.agent(h.by.Name); doc != nil && doc.Simulated {
		r.Simulated = true
	}
}

// mayClaim tells whether the claim is for the attempt that is offered, by the agent
// that was asked; else it is refused with the reason.
func mayClaim(d *draft, h *happening, a *schema.Attempt, r *schema.Status, probe bool) bool {
	c := h.claim
	switch {
	case a == nil || a.State != schema.AttemptOffered && a.State != schema.AttemptGranted || c.Probe != probe || c.Attempt != a.Number || !probe && c.Step != r.Step:
		h.refuse(schema.CodeNotOffered, "this attempt is not offered (any more); ask for work again")
	case a.State == schema.AttemptGranted:
		h.refuse(schema.CodeAlreadyClaimed, "another claim was granted; ask for work again")
	case a.Agent != "" && a.Agent != h.by.Name:
		h.refuse(schema.CodeNotYours, "this attempt is offered to agent "+a.Agent)
	default:
		return true
	}
	d.event(schema.EventClaimRefused, r, h.by, "claim refused: "+h.answer.Reason.Text).Attempt = c.Attempt
	return false
}

// reclaim answers a repeated claim as before, and refuses any other.
func reclaim(d *draft, token string, h *happening) {
	r := d.recovery(token)
	a := lastAttempt(r)
	if a != nil && !h.claim.Probe && h.claim.Step == r.Step && a.Number == h.claim.Attempt && a.Claim == h.claim.ID && a.Agent == h.by.Name && situationOf(r) == granted {
		return
	}
	h.refuse(schema.CodeAlreadyClaimed, "this attempt was claimed already; ask for work again")
	d.event(schema.EventClaimRefused, r, h.by, "claim refused: it was claimed already").Attempt = h.claim.Attempt
}

func nobodyClaimed(d *draft, token string, h *happening) {
	r := d.edit(token)
	a := lastAttempt(r)
	d.endAttempt(a, schema.OutcomeUnclaimed, "no agent claimed it within "+schema.Duration(d.limits.offerTimeout).String())
	d.sayAttempt(schema.EventUnclaimed, r, a, controllerBy, "agent "+a.Agent+" did not claim "+stepName(r, r.Step)+" in time")
	d.nextStep(r, schema.CodeAgentUnavailable, controllerBy)
}

// recordProgress keeps what an acting agent tells.
func recordProgress(d *draft, token string, h *happening) {
	if !ofClaim(d.recovery(token), &h.prog.Work, h.prog.Claim, h.by.Name) {
		recordStray(d, token, h)
		return
	}
	r := d.edit(token)
	a := attemptOf(r, &h.prog.Work)
	at := d.now
	a.Percent, a.Reported = h.prog.Percent, &at
	if h.prog.Text != "" {
		a.Text = h.prog.Text
	}
	if h.prog.Output != "" {
		a.Output = h.prog.Output
	}
	text := h.prog.Text
	if text == "" {
		text = "is at work"
	}
	if r.State == schema.Unclear {
		d.heardAgain(r)
		text = "is heard again and still at work" + note(h.prog.Text)
	}
	d.sayAttempt(schema.EventProgress, r, a, h.by, text)
}

// heardAgain says in the open question that the agent which could not be heard is at
// work: nobody should answer as if it were dead. The question stays the same one.
func (d *draft) heardAgain(r *schema.Status) {
	const again = "; it is heard again and still at work since "
	prompt := *r.Prompt
	before, _, _ := strings.Cut(prompt.Why, again)
	before, _, _ = strings.Cut(before, sayDone)
	prompt.Why = before + again + clock(d.now) + ": wait for what it tells, or interrupt " + r.Token + " to have it stop"
	r.Prompt = &prompt
}

// sayDone begins what an operator can do about an attempt that nobody knows of.
const sayDone = "; say done (it has had its effect)"

// withRemedy writes why the question is asked, and how to answer it.
func (d *draft) withRemedy(r *schema.Status, why string) string {
	const look = "look at the system itself"
	if !strings.Contains(why, look) { // an agent may have said so
		why += "; " + look
	}
	harm := "not declared harmless to repeat"
	if doc := d.agent(lastAttempt(r).Agent); doc != nil && harmless(doc, r.Request.Steps[r.Step].Action) {
		harm = "repeating it does no harm, says its agent"
	}
	return why + sayDone + ", retry (begin it once more; " + harm + ") or give_up"
}

func harmless(doc *schema.AgentDocument, action string) bool {
	for i := range doc.Actions {
		if doc.Actions[i].Name == action {
			return doc.Actions[i].Harmless
		}
	}
	return false
}

// recordStray answers progress of an attempt that is not acting as far as the log knows.
func recordStray(d *draft, token string, h *happening) {
	h.ignore(schema.CodeUnknown, "no such attempt is under way; stop it")
}

func (d *draft) stop(r *schema.Status, why string, h *happening) {
	now := d.now
	r.Stop = &schema.Stop{Reason: why, By: h.by, At: now, For: h.by2, Note: h.note}
	if r.State == schema.Running {
		lastAttempt(r).Stopped = &now
		d.state(r, schema.Stopping)
	}
	d.ring(lastAttempt(r).Agent)
}

func stopInterrupted(d *draft, token string, h *happening) {
	r := d.edit(token)
	was := r.State
	d.hold(r, schema.CodeInterrupted, h)
	uncover(r)
	if stopReason(r) == schema.StopInterrupted {
		d.say(schema.EventInterruptNoted, r, h.by, h.by.Name+" interrupts it, too"+note(h.note))
		return
	}
	d.stop(r, schema.StopInterrupted, h)
	if was == schema.Unclear {
		d.say(schema.EventInterruptNoted, r, h.by, "interrupted by "+h.by.Name+"; it ends when its outcome is clear"+note(h.note))
		return
	}
	d.say(schema.EventStopping, r, h.by, "interrupted by "+h.by.Name+"; the agent is told to stop"+note(h.note))
}

func stopPreempted(d *draft, token string, h *happening) {
	r := d.recovery(token)
	if r.Stop != nil && r.Stop.Reason != schema.StopTimeout {
		d.event(schema.EventPreemptNoted, r, h.by, h.by2+" waits until it has stopped")
		return
	}
	r = d.edit(token)
	was := r.State
	uncover(r)
	d.stop(r, schema.StopPreempted, h)
	if was == schema.Unclear {
		d.say(schema.EventPreemptNoted, r, h.by, "gives way to "+h.by2+" when its outcome is clear")
		return
	}
	d.say(schema.EventStopping, r, h.by, "gives way to "+h.by2+"; the agent is told to stop")
}

func stopTimeout(d *draft, token string, h *happening) {
	r := d.edit(token)
	a := lastAttempt(r)
	a.TimedOut = true
	d.stop(r, schema.StopTimeout, h)
	d.sayAttempt(schema.EventStopping, r, a, controllerBy, "the time for "+stepName(r, r.Step)+" is over; the agent is told to stop")
}

func agentSilent(d *draft, token string, h *happening) {
	r := d.edit(token)
	d.unclear(r, "agent "+lastAttempt(r).Agent+" fell silent after it had begun", true)
}

func notConfirmed(d *draft, token string, h *happening) {
	r := d.edit(token)
	d.unclear(r, "agent "+lastAttempt(r).Agent+" did not confirm that it has stopped", true)
}

// unclear opens the question to the operators: what did the attempt do? unreachable
// says that the agent may still be acting.
func (d *draft) unclear(r *schema.Status, why string, unreachable bool) {
	uncover(r)
	d.prompt(r, schema.PromptClarify, why, 0)
	r.Prompt.Expires = nil
	if unreachable {
		r.Prompt.OverrideUntil = lastAttempt(r).MayActUntil
	}
	d.state(r, schema.Unclear)
	d.sayAttempt(schema.EventUnclear, r, lastAttempt(r), controllerBy, why+"; nobody knows what it did")
	d.prompted(r)
	r.Prompt.Why = d.withRemedy(r, why)
}

func joinUnclear(d *draft, token string, h *happening) {
	if r := d.recovery(token); r.Stop != nil && r.Stop.Reason == schema.StopInterrupted {
		refuseContinue(d, token, h)
		return
	}
	joinProblem(d, token, h)
}

func clarifyDone(d *draft, token string, h *happening) {
	r := d.clarified(token, h, schema.OutcomeDone, "it had finished, says ")
	switch stopReason(r) {
	case schema.StopInterrupted:
		d.interruptedNow(r, h.by)
	case schema.StopPreempted:
		d.advance(r)
		d.postpone(r, schema.CodePreempted, h.by, "gives way to "+r.Stop.For)
	default:
		d.watch(r, h.by)
	}
}

func clarifyRetry(d *draft, token string, h *happening) {
	r := d.clarified(token, h, schema.OutcomeUnknown, "to be tried again, says ")
	switch stopReason(r) {
	case schema.StopInterrupted:
		d.interruptedNow(r, h.by)
		return
	case schema.StopPreempted:
		d.postpone(r, schema.CodePreempted, h.by, "gives way to "+r.Stop.For)
		return
	}
	r.Stop = nil
	if d.mode() == schema.ModeManual {
		d.cancel(r, schema.CodeManualMode, h.by, "people have taken over (mode manual); nothing further starts")
		return
	}
	r.Steps[r.Step].Approved = &schema.Approval{How: schema.Retry, By: h.by, At: d.now}
	d.offer(r)
}

func clarifyGiveUp(d *draft, token string, h *happening) {
	r := d.clarified(token, h, schema.OutcomeUnknown, "given up by ")
	if stopReason(r) == schema.StopInterrupted {
		d.interruptedNow(r, h.by)
		return
	}
	d.fail(r, schema.CodeOutcomeUnknown, h.by)
}

func stopReason(r *schema.Status) string {
	if r.Stop == nil {
		return ""
	}
	return r.Stop.Reason
}

func (d *draft) clarified(token string, h *happening, outcome, says string) *schema.Status {
	r := d.edit(token)
	a := lastAttempt(r)
	d.endAttempt(a, outcome, h.note)
	by := h.by
	a.By = &by
	e := d.event(schema.EventClarified, r, h.by, stepName(r, r.Step)+", "+attemptText(a)+": "+says+h.by.Name+note(h.note))
	e.Prompt, e.Attempt = r.Prompt.ID, a.Number
	r.Event = *e
	d.closePrompt(r, h.decide.Decision, h.by, h.note)
	return r
}

// interruptedNow ends a recovery whose interrupt was noted.
func (d *draft) interruptedNow(r *schema.Status, by schema.By) {
	who, said := by, ""
	if r.Stop != nil {
		who, said = r.Stop.By, r.Stop.Note
	}
	d.cancel(r, schema.CodeInterrupted, by, "interrupted by "+who.Name+note(said))
}

package controller

import (
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
	r := d.recovery(token)
	if !mayClaim(d, h, wanted(r, &h.claim.Work), r, false) {
		return
	}
	r = d.edit(token)
	a := wanted(r, &h.claim.Work)
	timeout := r.Request.Steps[r.Step].Timeout.D()
	d.grant(r, a, h, timeout)
	if grouped(r) {
		d.groupDeadline(r)
	} else {
		d.deadline(r, timeout)
	}
	d.sayAttempt(schema.EventGranted, r, a, h.by, h.by.Name+" begins "+stepName(r, r.Step)+", "+attemptText(a))
}

// grantMore lets another member of a group begin beside one that acts.
func grantMore(d *draft, token string, h *happening) {
	r := d.recovery(token)
	if a := wanted(r, &h.claim.Work); grouped(r) && a != nil && a.State == schema.AttemptOffered {
		grantAttempt(d, token, h)
		return
	}
	reclaim(d, token, h)
}

func grantProbe(d *draft, token string, h *happening) {
	r := d.recovery(token)
	a := openProbe(r)
	if h.claim.Probe && a.Number == h.claim.Attempt && a.State == schema.AttemptGranted && a.Claim == h.claim.ID && a.Agent == h.by.Name {
		return
	}
	if !mayClaim(d, h, a, r, true) {
		return
	}
	r = d.edit(token)
	a = openProbe(r)
	timeout := probeOf(r, a).Timeout.D()
	d.grant(r, a, h, timeout)
	d.deadline(r, timeout)
	d.sayAttempt(schema.EventGranted, r, a, h.by, h.by.Name+" begins to probe")
}

func (d *draft) grant(r *schema.Status, a *schema.Attempt, h *happening, timeout time.Duration) {
	a.State, a.Claim, a.Agent, a.Granted = schema.AttemptGranted, h.claim.ID, h.by.Name, d.instant()
	until := d.now.Add(schema.ClaimValidity + timeout + d.limits.abortTimeout)
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
	d.event(schema.EventClaimRefused, r, h.by, "claim refused: "+h.reason.Text).Attempt = c.Attempt
	return false
}

// reclaim answers a repeated claim as before, and refuses any other.
func reclaim(d *draft, token string, h *happening) {
	r := d.recovery(token)
	a := wanted(r, &h.claim.Work)
	if a != nil && a.State == schema.AttemptGranted && a.Number == h.claim.Attempt && a.Claim == h.claim.ID && a.Agent == h.by.Name && situationOf(r) == granted {
		return
	}
	if grouped(r) && (a == nil || a.State != schema.AttemptGranted) {
		h.refuse(schema.CodeNotOffered, "this attempt is not offered (any more); ask for work again")
		d.event(schema.EventClaimRefused, r, h.by, "claim refused: "+h.reason.Text).Attempt = h.claim.Attempt
		return
	}
	h.refuse(schema.CodeAlreadyClaimed, "this attempt was claimed already; ask for work again")
	d.event(schema.EventClaimRefused, r, h.by, "claim refused: it was claimed already").Attempt = h.claim.Attempt
}

func nobodyClaimed(d *draft, token string, h *happening) {
	r := d.edit(token)
	a := attemptOf(r, h.work)
	d.endAttempt(a, schema.OutcomeUnclaimed, "no agent claimed it within "+schema.Duration(d.limits.offerTimeout).String())
	d.sayAttempt(schema.EventUnclaimed, r, a, controllerBy, "agent "+a.Agent+" did not claim "+stepName(r, r.Step)+" in time")
	if grouped(r) {
		become(r, a.Agent, schema.MemberFailed)
		d.halt(r, schema.CodeAgentUnavailable, a.Agent)
		d.groupOn(r, controllerBy)
		return
	}
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
	a.Percent, a.Reported = h.prog.Percent, d.instant()
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
	if r.State == schema.Unclear && a == asked(r) {
		d.heardAgain(r)
		text = "is heard again and still at work" + note(h.prog.Text)
	}
	d.sayAttempt(schema.EventProgress, r, a, h.by, text)
}

// recordStray answers progress of an attempt that is not acting as far as the log knows.
func recordStray(d *draft, token string, h *happening) {
	h.ignore(schema.CodeUnknown, "no such attempt is under way; stop it")
}

func (d *draft) stop(r *schema.Status, why string, h *happening) {
	r.Stop = &schema.Stop{Reason: why, By: h.by, At: d.now, For: h.by2, Note: h.note}
	if grouped(r) && r.State == schema.Running {
		d.takeBack(r, h.by, "the group is told to stop")
	}
	for _, a := range inState(r, schema.AttemptGranted) {
		if a.Stopped == nil && !a.Unclear {
			a.Stopped = d.instant()
		}
		d.ring(a.Agent)
	}
	switch {
	case r.State == schema.Running:
		d.state(r, schema.Stopping)
	case r.State == schema.Unclear && r.Prompt != nil:
		d.askedAgain(r)
	}
}

// whom says who is told to stop.
func whom(r *schema.Status) string {
	if grouped(r) {
		return "the group is"
	}
	return "the agent is"
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
	d.say(schema.EventStopping, r, h.by, "interrupted by "+h.by.Name+"; "+whom(r)+" told to stop"+note(h.note))
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
	d.say(schema.EventStopping, r, h.by, "gives way to "+h.by2+"; "+whom(r)+" told to stop")
}

func stopTimeout(d *draft, token string, h *happening) {
	r := d.edit(token)
	var over *schema.Attempt
	for _, a := range inState(r, schema.AttemptGranted) {
		if !grouped(r) || !endOf(r, a).After(d.now) {
			over, a.TimedOut = a, true
		}
	}
	if grouped(r) && r.Steps[r.Step].Halted == "" {
		r.Steps[r.Step].Halted = schema.CodeStepTimeout
	}
	d.stop(r, schema.StopTimeout, h)
	d.sayAttempt(schema.EventStopping, r, over, controllerBy, "the time for "+stepName(r, r.Step)+" is over; "+whom(r)+" told to stop")
}

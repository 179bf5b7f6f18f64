package controller

import "expertcontroller/schema"

// How a group's round goes on, when one of its members has ended, and how it ends.

// memberEnded goes on after a result of one member.
func (d *draft) memberEnded(r *schema.Status, a *schema.Attempt, h *happening) {
	switch a.Outcome {
	case schema.OutcomeDone:
		become(r, a.Agent, schema.MemberDone)
	case schema.OutcomeAborted:
		if a.TimedOut {
			become(r, a.Agent, schema.MemberFailed)
			break
		}
		become(r, a.Agent, schema.MemberWaiting)
		if r.Stop == nil {
			d.stoppedAtHost(r, a, h)
			return
		}
	case schema.OutcomeTimedOut:
		become(r, a.Agent, schema.MemberFailed)
		d.halt(r, schema.CodeStepTimeout, a.Agent)
	default:
		become(r, a.Agent, schema.MemberFailed)
		d.halt(r, schema.CodeStepFailed, a.Agent)
	}
	d.groupOn(r, h.by)
}

// stoppedAtHost: a member was stopped where it runs. That interrupts the whole group.
func (d *draft) stoppedAtHost(r *schema.Status, a *schema.Attempt, h *happening) {
	if len(inState(r, schema.AttemptGranted)) == 0 {
		d.takeBack(r, h.by, "agent "+a.Agent+" was stopped")
		d.ended(r, a, h)
		return
	}
	who := h.by
	if h.result.AbortedBy != nil {
		who = *a.By
	}
	stopped := &happening{by: who, note: h.result.Text}
	d.hold(r, schema.CodeInterrupted, stopped)
	d.approvalMode(who)
	uncover(r)
	if d.resume(r) {
		d.stop(r, schema.StopInterrupted, stopped)
		d.say(schema.EventStopping, r, h.by, "agent "+a.Agent+" was stopped by "+who.String()+"; the rest of the group is told to stop"+note(h.result.Text))
		return
	}
	d.stop(r, schema.StopInterrupted, stopped)
	d.say(schema.EventInterruptNoted, r, h.by, "agent "+a.Agent+" was stopped by "+who.String()+"; it ends when the outcome is clear"+note(h.result.Text))
}

// groupOn goes on after an attempt of a member has ended: it waits for the others, or
// ends the round.
func (d *draft) groupOn(r *schema.Status, by schema.By) {
	switch {
	case len(inState(r, schema.AttemptGranted)) > 0:
		d.resume(r)
	case len(inState(r, schema.AttemptOffered)) > 0:
		r.Deadline = nil
	default:
		d.roundOver(r, by)
	}
}

// resume gives the recovery the state that fits members who still act. False: what one
// of them did is unclear, and an operator is asked.
func (d *draft) resume(r *schema.Status) bool {
	if r.State == schema.Unclear && r.Prompt == nil {
		for _, a := range inState(r, schema.AttemptGranted) {
			if a.Unclear {
				d.unclear(r, a, "agent "+a.Agent+" does not know what became of it", false)
				return false
			}
		}
		if r.Stop != nil {
			d.state(r, schema.Stopping)
		} else {
			d.state(r, schema.Running)
		}
	}
	if r.State == schema.Running {
		d.groupDeadline(r)
	}
	return r.State != schema.Unclear
}

// roundOver goes on when nobody of the group acts any more.
func (d *draft) roundOver(r *schema.Status, by schema.By) {
	step := &r.Steps[r.Step]
	halted, finished := step.Halted, whole(r, r.Step)
	step.Halted = ""
	if finished || halted != "" {
		step.Rounds++
	}
	switch {
	case stopReason(r) == schema.StopInterrupted:
		d.interruptedNow(r, by)
	case halted == schema.CodeOutcomeUnknown:
		d.fail(r, halted, by)
	case stopReason(r) == schema.StopPreempted:
		if finished {
			d.advance(r)
		}
		d.postpone(r, schema.CodePreempted, by, "gives way to "+r.Stop.For)
	case finished:
		d.stepDone(r, by)
	case halted == schema.CodeAgentUnavailable:
		d.nextStep(r, halted, controllerBy)
	case halted != "":
		d.afterStep(r, halted, controllerBy)
	default:
		r.Stop = nil
		d.goOn(r, schema.CodeNoEffect, controllerBy)
	}
}

// retryMember tries one member again, on an operator's word. Another one's failure stays.
func (d *draft) retryMember(r *schema.Status, a *schema.Attempt, h *happening) {
	become(r, a.Agent, schema.MemberWaiting)
	step := &r.Steps[r.Step]
	if stopReason(r) == schema.StopTimeout {
		r.Stop, step.Halted = nil, ""
		for _, m := range step.Members {
			if m.State == schema.MemberFailed {
				step.Halted = schema.CodeStepTimeout
			}
		}
	}
	if r.Stop != nil || d.mode() == schema.ModeManual || !d.resume(r) {
		d.groupOn(r, h.by)
		return
	}
	// An operator's word is carried out, also on a healthy system.
	step.Approved = &schema.Approval{How: schema.Retry, By: h.by, At: d.now}
	d.state(r, schema.Running)
	d.offerMember(r, a.Agent)
	d.groupDeadline(r)
}

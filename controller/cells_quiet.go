package controller

import (
	"slices"

	"expertcontroller/schema"
)

// The cells for recoveries in which no agent is acting, and those that many share.

func noteOnly(*draft, string, *happening) {}

func ignoreVoid(d *draft, token string, h *happening) {
	h.ignore(schema.CodeLate, token+" does not wait for that (any more)")
}

func ignoreEnded(d *draft, token string, h *happening) {
	r := d.recovery(token)
	h.ignore(schema.CodeEnded, token+" has ended: "+r.State+", "+r.Reason.Text)
	d.event(schema.EventInterruptIgnored, r, h.by, "interrupt ignored: it has ended")
}

func refuseNoPrompt(d *draft, token string, h *happening) {
	h.refuse(schema.CodePromptClosed, token+" has no such prompt open; look at its status")
}

func refuseContinue(d *draft, token string, h *happening) {
	h.refuse(schema.CodeBusy, token+" can't be continued now")
}

// joinProblem adds the problem of a continuing request.
func joinProblem(d *draft, token string, h *happening) {
	r := d.edit(token)
	r.Problems = slices.Clone(r.Problems)
	for i := range r.Problems {
		p := &r.Problems[i]
		if sameKind(p, h.adds) {
			old := p.ID
			*p = *h.adds
			d.say(schema.EventProblemReplaced, r, h.by, "problem "+old+" is back as "+p.ID+" ("+p.Title+")")
			return
		}
	}
	r.Problems = append(r.Problems, *h.adds)
	d.say(schema.EventProblemAdded, r, h.by, "problem "+h.adds.ID+" added ("+h.adds.Title+")")
}

// approve starts the step of the prompt, another one, or all that remain.
func approve(d *draft, token string, h *happening) {
	r, how := d.recovery(token), h.decide.Decision
	step := r.Step
	if how == schema.Choose {
		step = *h.decide.Step
		if step >= len(r.Steps) {
			h.refuse(schema.CodeNotFitting, token+" has no such step; choose one of its steps by index, from 0")
			return
		}
		if attemptsLeft(r, step) <= 0 {
			h.refuse(schema.CodeNotFitting, stepName(r, step)+" has no attempt left; choose another one")
			return
		}
	}
	r = d.edit(token)
	e := d.event(schema.EventApproved, r, h.by, approvalText(r, how, step)+note(h.note))
	e.Prompt, e.Step = r.Prompt.ID, step
	r.Event = *e
	d.closePrompt(r, how, h.by, h.note)
	if step != r.Step {
		d.settleStep(r)
		r.Step = step
		r.Steps[step].Needed = nil // that of another step was not shown
	}
	decided(r)
	r.Steps[step].Approved = &schema.Approval{How: how, By: h.by, At: d.now}
	r.Cover.Step = &step
	if how == schema.ApproveAll {
		by := h.by
		r.Cover.All, r.Cover.By, r.Cover.Step = true, &by, nil
	}
	d.begin(r, schema.CodeNoEffect, h.by)
}

func approvalText(r *schema.Status, how string, step int) string {
	switch how {
	case schema.ApproveAll:
		return "approves " + stepName(r, step) + " and all that remain"
	case schema.Choose:
		return "chooses " + stepName(r, step) + " instead"
	}
	return "approves " + stepName(r, step)
}

func note(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func decline(d *draft, token string, h *happening) {
	r := d.edit(token)
	d.event(schema.EventDeclined, r, h.by, "declines "+stepName(r, r.Step)+note(h.note)).Prompt = r.Prompt.ID
	d.closePrompt(r, schema.Decline, h.by, h.note)
	d.hold(r, schema.CodeDeclined, h)
	d.cancel(r, schema.CodeDeclined, h.by, "declined by "+h.by.Name+note(h.note))
}

// confirmDone: the operator has carried out the step by hand.
func confirmDone(d *draft, token string, h *happening) {
	r := d.edit(token)
	a := lastAttempt(r)
	d.endAttempt(a, schema.OutcomeDone, h.note)
	by := h.by
	a.By = &by
	e := d.event(schema.EventStepByHand, r, h.by, stepName(r, r.Step)+" was carried out by hand"+note(h.note))
	e.Prompt, e.Attempt = r.Prompt.ID, a.Number
	r.Event = *e
	d.closePrompt(r, schema.Done, h.by, h.note)
	d.stepDone(r, h.by)
}

// confirmNot: the operator says that the step by hand can't be done.
func confirmNot(d *draft, token string, h *happening) {
	r := d.edit(token)
	a := lastAttempt(r)
	d.endAttempt(a, schema.OutcomeDeclined, h.note)
	by := h.by
	a.By = &by
	e := d.event(schema.EventDeclined, r, h.by, stepName(r, r.Step)+" can't be done"+note(h.note))
	e.Prompt, e.Attempt = r.Prompt.ID, a.Number
	r.Event = *e
	d.closePrompt(r, schema.Decline, h.by, h.note)
	if r.Step+1 >= len(r.Steps) && !allCleared(r) {
		d.hold(r, schema.CodeDeclined, h)
		d.cancel(r, schema.CodeDeclined, h.by, "the last step can't be done, says "+h.by.Name+note(h.note))
		return
	}
	d.nextStep(r, schema.CodeNoEffect, h.by)
}

// quiet ends whatever is open in a recovery in which no agent is acting.
func (d *draft) quiet(r *schema.Status, by schema.By, why string) {
	d.withdraw(r, by, why)
	if r.Prompt != nil {
		d.closePrompt(r, schema.ClosedWithdrawn, by, why)
	}
}

func interruptQuiet(d *draft, token string, h *happening) {
	r := d.edit(token)
	d.quiet(r, h.by, "interrupted by "+h.by.Name)
	d.hold(r, schema.CodeInterrupted, h)
	d.cancel(r, schema.CodeInterrupted, h.by, "interrupted by "+h.by.Name+note(h.note))
}

func preemptQuiet(d *draft, token string, h *happening) {
	r := d.edit(token)
	why := "gives way to " + h.by2
	d.quiet(r, h.by, why)
	d.postpone(r, schema.CodePreempted, h.by, why)
}

func preemptObserving(d *draft, token string, h *happening) {
	r := d.edit(token)
	why := "gives way to " + h.by2
	d.withdraw(r, h.by, why)
	d.advance(r)
	d.postpone(r, schema.CodePreempted, h.by, why)
}

func cureQuiet(d *draft, token string, h *happening) {
	r := d.edit(token)
	d.quiet(r, h.by, "every problem has cleared")
	d.healthy(r, h.by)
}

func cureByHand(d *draft, token string, h *happening) {
	r := d.edit(token)
	d.quiet(r, h.by, "every problem has cleared")
	d.watch(r, h.by)
}

func approvalOver(d *draft, token string, h *happening) {
	r := d.edit(token)
	if a := lastAttempt(r); a != nil && a.State == schema.AttemptByHand {
		d.withdraw(r, controllerBy, "nobody confirmed in time")
	}
	d.closePrompt(r, schema.ClosedExpired, controllerBy, "nobody answered in time")
	d.cancel(r, schema.CodeApprovalTimeout, controllerBy, "nobody answered the prompt in time")
}

func stopQuiet(d *draft, token string, h *happening) {
	r := d.edit(token)
	d.quiet(r, h.by, "mode manual")
	d.cancel(r, schema.CodeManualMode, h.by, h.by.Name+" has taken over (mode manual)"+note(h.note))
}

func leaveQuiet(d *draft, token string, h *happening) {
	r := d.edit(token)
	d.quiet(r, controllerBy, "the expert fell silent")
	d.cancel(r, schema.CodeExpertSilent, controllerBy, "every expert whose problem is still there fell silent")
}

// leaveOffered: an operator's word is carried out, also when nobody can say whether it helped.
func leaveOffered(d *draft, token string, h *happening) {
	if !triedAgain(d.recovery(token)) {
		leaveQuiet(d, token, h)
	}
}

// triedAgain tells whether what is offered is so on an operator's word after an unclear outcome.
func triedAgain(r *schema.Status) bool {
	how := r.Steps[r.Step].Approved
	return how != nil && how.How == schema.Retry
}

func observed(d *draft, token string, h *happening) { d.periodOver(d.edit(token)) }

// continueObserving: the same problem is back, or one that continues it.
func continueObserving(d *draft, token string, h *happening) {
	joinProblem(d, token, h)
	r := d.edit(token)
	d.withdraw(r, h.by, "the problem is back")
	d.say(schema.EventNotCured, r, h.by, "the problem is back before the observe period was over")
	d.afterStep(r, schema.CodeNoEffect, h.by)
}

func withdrawWaiting(d *draft, token string, h *happening) {
	r := d.edit(token)
	d.hold(r, schema.CodeInterrupted, h)
	d.cancel(r, schema.CodeWithdrawn, h.by, "withdrawn by "+h.by.Name+" while it was postponed"+note(h.note))
}

func cureWaiting(d *draft, token string, h *happening) { d.gone(d.edit(token), h.by) }

// queueOver: not_before has come, or the wait in the queue was too long.
func queueOver(d *draft, token string, h *happening) {
	r := d.edit(token)
	if r.Reason.Code != schema.CodeScheduled {
		d.cancel(r, schema.CodeQueueExpired, controllerBy, "its turn did not come within "+schema.Duration(d.limits.queueExpire).String())
		return
	}
	r.Queued = d.instant()
	r.Reason = reason(schema.CodeQueued, "its time has come; it waits for its turn")
	d.deadline(r, d.limits.queueExpire)
	d.say(schema.EventPostponed, r, controllerBy, r.Reason.Text).Code = schema.CodeQueued
}

// takeTurn goes on with a postponed recovery at the step that it had reached.
func takeTurn(d *draft, token string, h *happening) {
	r := d.edit(token)
	r.Queued = nil
	if stepFrom(r, r.Step) != r.Step {
		d.advance(r)
	}
	if r.Step >= len(r.Steps) {
		d.fail(r, schema.CodeNoEffect, controllerBy)
		return
	}
	d.say(schema.EventTurn, r, controllerBy, "its turn has come")
	d.goOn(r, schema.CodeNoEffect, controllerBy)
}

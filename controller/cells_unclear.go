package controller

import (
	"strings"

	"expertcontroller/schema"
)

// The cells for a recovery of which nobody knows what an attempt did.

func agentSilent(d *draft, token string, h *happening) {
	r := d.edit(token)
	a := attemptOf(r, h.work)
	d.unclear(r, a, "agent "+a.Agent+" fell silent after it had begun", true)
}

func notConfirmed(d *draft, token string, h *happening) {
	r := d.edit(token)
	a := attemptOf(r, h.work)
	d.unclear(r, a, "agent "+a.Agent+" did not confirm that it has stopped", true)
}

// unclear opens the question to the operators: what did the attempt do? unreachable
// says that the agent may still be acting.
func (d *draft) unclear(r *schema.Status, a *schema.Attempt, why string, unreachable bool) {
	uncover(r)
	if grouped(r) {
		d.takeBack(r, controllerBy, "nobody knows what agent "+a.Agent+" did")
	}
	a.Unclear = true
	d.prompt(r, schema.PromptClarify, why, 0)
	r.Prompt.Expires, r.Prompt.Attempt = nil, a.Number
	if unreachable {
		r.Prompt.OverrideUntil = a.MayActUntil
	}
	d.state(r, schema.Unclear)
	d.sayAttempt(schema.EventUnclear, r, a, controllerBy, why+"; nobody knows what it did")
	d.prompted(r)
	r.Prompt.Why = d.withRemedy(r, a, why)
}

const (
	// sayDone begins what an operator can do about an attempt that nobody knows of.
	sayDone = "; say done (it has had its effect)"
	// again begins what is said when the agent is heard again.
	again = "; it is heard again and still at work since "
)

// remedies are how what stands behind the reason of a question has ever begun. The log
// keeps a question as one text, and an open one may have been asked by an older build: a
// new wording is added here, none is taken away.
var remedies = []string{again, sayDone}

// withRemedy writes why the question is asked, and how to answer it.
func (d *draft) withRemedy(r *schema.Status, a *schema.Attempt, why string) string {
	const look = "look at the system itself"
	if !strings.Contains(why, look) { // an agent may have said so
		why += "; " + look
	}
	harm := "not declared harmless to repeat"
	if doc := d.agent(a.Agent); doc != nil && harmless(doc, r.Request.Steps[r.Step].Action) {
		harm = "repeating it does no harm, says its agent"
	}
	switch reason := stopReason(r); {
	case reason == schema.StopInterrupted:
		return why + sayDone + ", retry or give_up (it has not): whatever is said, it ends as interrupted"
	case reason == schema.StopPreempted:
		return why + sayDone + ", retry (it is asked for again when its turn has come) or give_up; it gives way to " + r.Stop.For
	case d.mode() == schema.ModeManual:
		return why + sayDone + " or give_up; in mode manual nothing starts, retry ends it as well"
	}
	return why + sayDone + ", retry (begin it once more; " + harm + ") or give_up"
}

// askedAgain says in the open question what an answer leads to by now: after an interrupt or
// a preemption, or in another mode.
func (d *draft) askedAgain(r *schema.Status) {
	prompt := *r.Prompt
	before, _, asks := strings.Cut(prompt.Why, sayDone)
	if a := asked(r); asks && a != nil {
		prompt.Why = d.withRemedy(r, a, before)
	} else if r.Stop != nil {
		prompt.Why = strings.Replace(prompt.Why, orInterrupt(r), toldToStop, 1)
	}
	if prompt.Why != r.Prompt.Why {
		d.edit(r.Token).Prompt = &prompt
	}
}

// toldToStop stands behind what is said of an agent that is heard again, once it is.
const toldToStop = ": it is told to stop; wait for what it tells"

func orInterrupt(r *schema.Status) string {
	return ": wait for what it tells, or interrupt " + r.Token + " to have it stop"
}

func harmless(doc *schema.AgentDocument, action string) bool {
	for i := range doc.Actions {
		if doc.Actions[i].Name == action {
			return doc.Actions[i].Harmless
		}
	}
	return false
}

// heardAgain says in the open question that the agent which could not be heard is at
// work: nobody should answer as if it were dead. The question stays the same one.
func (d *draft) heardAgain(r *schema.Status) {
	prompt := *r.Prompt
	before := prompt.Why
	for _, remedy := range remedies {
		before, _, _ = strings.Cut(before, remedy)
	}
	prompt.Why = before + again + clock(d.now, d.now) + orInterrupt(r)
	if r.Stop != nil {
		prompt.Why = before + again + clock(d.now, d.now) + toldToStop
	}
	r.Prompt = &prompt
}

func joinUnclear(d *draft, token string, h *happening) {
	if r := d.recovery(token); r.Stop != nil && r.Stop.Reason == schema.StopInterrupted {
		refuseContinue(d, token, h)
		return
	}
	joinProblem(d, token, h)
}

func clarifyDone(d *draft, token string, h *happening) {
	r, a := d.clarified(token, h, schema.OutcomeDone, "it had finished, says ")
	if grouped(r) {
		become(r, a.Agent, schema.MemberDone)
		d.groupOn(r, h.by)
		return
	}
	switch stopReason(r) {
	case schema.StopInterrupted:
		d.interruptedNow(r, h.by)
	case schema.StopPreempted:
		d.advance(r)
		d.postpone(r, schema.CodePreempted, h.by, "gives way to "+r.Stop.For)
	default:
		d.stepDone(r, h.by)
	}
}

func clarifyRetry(d *draft, token string, h *happening) {
	if r := d.recovery(token); grouped(r) && stopReason(r) == schema.StopTimeout && len(inState(r, schema.AttemptGranted)) > 1 {
		h.refuse(schema.CodeNotFitting, "other members of the group are still being stopped; answer again when they have ended, or answer done or give_up")
		return
	}
	r, a := d.clarified(token, h, schema.OutcomeUnknown, "to be tried again, says ")
	if grouped(r) {
		d.retryMember(r, a, h)
		return
	}
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
	r, a := d.clarified(token, h, schema.OutcomeUnknown, "given up by ")
	if grouped(r) {
		become(r, a.Agent, schema.MemberFailed)
		r.Steps[r.Step].Halted = schema.CodeOutcomeUnknown
		d.groupOn(r, h.by)
		return
	}
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

func (d *draft) clarified(token string, h *happening, outcome, says string) (*schema.Status, *schema.Attempt) {
	r := d.edit(token)
	a := asked(r)
	d.endAttempt(a, outcome, h.note)
	by := h.by
	a.By = &by
	e := d.event(schema.EventClarified, r, h.by, stepName(r, r.Step)+", "+attemptText(a)+": "+says+h.by.Name+note(h.note))
	e.Prompt, e.Attempt = r.Prompt.ID, a.Number
	r.Event = *e
	d.closePrompt(r, h.decide.Decision, h.by, h.note)
	return r, a
}

// asked gives the attempt that a clarify prompt is about.
func asked(r *schema.Status) *schema.Attempt {
	return attemptOf(r, &schema.Work{Step: r.Step, Attempt: r.Prompt.Attempt})
}

// interruptedNow ends a recovery whose interrupt was noted.
func (d *draft) interruptedNow(r *schema.Status, by schema.By) {
	who, said := by, ""
	if r.Stop != nil {
		who, said = r.Stop.By, r.Stop.Note
	}
	d.cancel(r, schema.CodeInterrupted, by, "interrupted by "+who.Name+note(said))
}

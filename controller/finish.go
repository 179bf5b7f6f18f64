package controller

import (
	"slices"
	"strconv"

	"expertcontroller/schema"
)

// stepDone watches what came of the step that the recovery is at, which was done, whoever
// told so.
func (d *draft) stepDone(r *schema.Status, by schema.By) {
	r.Steps[r.Step].State = schema.StepDone
	d.watch(r, by)
}

// watch starts the observe period after a step, or completes at once where the
// step's success decides.
func (d *draft) watch(r *schema.Status, by schema.By) {
	at, _ := lastActed(r)
	if at < 0 {
		at = min(r.Step, len(r.Steps)-1)
	}
	period := r.Request.Steps[at].Observe.D()
	if d.enough(r, by) {
		return
	}
	d.state(r, schema.Observing)
	r.Stop = nil
	r.Reason = schema.Reason{}
	d.deadline(r, period)
	d.say(schema.EventObserving, r, controllerBy, "watches for "+schema.Duration(period).String()+" whether the problem goes away")
}

// enough completes a recovery whose last step's success decides, and tells whether it did.
func (d *draft) enough(r *schema.Status, by schema.By) bool {
	step, last := lastActed(r)
	if last == nil || last.Outcome != schema.OutcomeDone || !whole(r, step) {
		return false
	}
	switch {
	case r.Request.Cure == schema.CureResult:
		d.complete(r, schema.CodeStepDone, by, "the step's success decides")
	case r.Request.Cure != schema.CureProbe && r.Request.Steps[step].Observe.D() == 0:
		d.complete(r, schema.CodeStepDone, by, "no observe period is wanted; the step's success decides")
	default:
		return false
	}
	return true
}

// periodOver is the end of the observe period.
func (d *draft) periodOver(r *schema.Status) {
	switch {
	case r.Request.Cure == schema.CureProbe:
		d.probe(r)
	case allCleared(r) && untried(r):
		d.complete(r, schema.CodeCuredItself, controllerBy, "every problem has cleared and stayed away, and no step was needed")
	case allCleared(r):
		d.complete(r, schema.CodeCured, controllerBy, "every problem has cleared and stayed away")
	case d.silentFor(r):
		d.finish(r, schema.Failed, schema.CodeUnverified, controllerBy, "the expert fell silent; nobody can tell whether the problem is gone")
	default:
		d.say(schema.EventNotCured, r, controllerBy, "the observe period is over and a problem is still there")
		d.afterStep(r, schema.CodeNoEffect, controllerBy)
	}
}

// probe offers the action that tells whether the problem is gone.
func (d *draft) probe(r *schema.Status) {
	a := d.offerProbe(r, r.Request.Probe)
	d.sayAttempt(schema.EventProbing, r, a, controllerBy, "asks agent "+a.Agent+" to probe with "+r.Request.Probe.Action+" whether the problem is gone")
}

// offerProbe makes an attempt of a probe.
func (d *draft) offerProbe(r *schema.Status, p *schema.Probe) *schema.Attempt {
	agent := p.Agent
	if agent == "" {
		agent = d.route(p.Action)
	}
	r.Probes = append(r.Probes, schema.Attempt{Number: nextNumber(r.Probes), Agent: agent, State: schema.AttemptOffered, Offered: d.instant()})
	d.deadline(r, p.Timeout.D()+d.limits.offerTimeout)
	d.ring(agent)
	return &r.Probes[len(r.Probes)-1]
}

// untried tells whether nothing was even offered.
func untried(r *schema.Status) bool {
	for i := range r.Steps {
		if len(r.Steps[i].Attempts) > 0 {
			return false
		}
	}
	return true
}

// probed ends the probe under way: cured, or on to what comes after the step.
func (d *draft) probed(r *schema.Status, outcome string, by schema.By, text string) {
	a := &r.Probes[len(r.Probes)-1]
	d.endAttempt(a, outcome, text)
	d.sayAttempt(schema.EventProbed, r, a, by, text)
	if outcome == schema.OutcomeDone {
		d.complete(r, schema.CodeCured, by, "the probe says that the problem is gone")
		return
	}
	switch {
	case !allCleared(r):
		d.afterStep(r, schema.CodeNoEffect, controllerBy)
	case d.mode() == schema.ModeManual:
		d.cancel(r, schema.CodeManualMode, by, "people have taken over (mode manual), and the probe does not confirm that the problem is gone")
	default:
		// No step may follow, and watching again would ask the same probe for ever.
		d.finish(r, schema.Failed, schema.CodeNoEffect, by, "every problem was said to have cleared, but the probe does not confirm it")
	}
}

// afterStep goes on after a step that did not cure: its next attempt if any is
// left, else the next step's prompt, else failed with the code.
func (d *draft) afterStep(r *schema.Status, code string, by schema.By) {
	r.Stop = nil
	if r.Step < len(r.Steps) && r.Steps[r.Step].State != schema.StepWaiting {
		r.Steps[r.Step].Needed = nil // what is tried again is asked for again
		if attemptsLeft(r, r.Step) <= 0 {
			d.advance(r)
		} else if d.pause(r) {
			return
		}
	}
	d.goOn(r, code, by)
}

// advance moves to the next step: the one after the one just done that may still be tried.
func (d *draft) advance(r *schema.Status) {
	d.settleStep(r)
	r.Step = stepFrom(r, r.Step+1)
	if r.Step < len(r.Steps) {
		r.Steps[r.Step].Needed = nil // an answer from before is too old
	}
	r.Cover.Step = nil
}

// stepFrom gives the first step from one on that has an attempt left. Whoever chose an
// earlier step comes again to those that were tried before. len(Steps): none has.
func stepFrom(r *schema.Status, step int) int {
	for step < len(r.Steps) && attemptsLeft(r, step) <= 0 {
		step++
	}
	return min(step, len(r.Steps))
}

// nextStep is the next step's prompt, whatever attempts the present one has left.
func (d *draft) nextStep(r *schema.Status, code string, by schema.By) {
	r.Stop = nil
	d.advance(r)
	d.begin(r, code, by)
}

// settleStep writes what became of the step that the recovery leaves.
func (d *draft) settleStep(r *schema.Status) {
	if r.Step >= len(r.Steps) {
		return
	}
	step := &r.Steps[r.Step]
	switch a := lastAttempt(r); {
	case a == nil:
		step.State = schema.StepSkipped
	case !whole(r, r.Step):
		step.State = schema.StepFailed
		if !slices.ContainsFunc(step.Attempts, func(a schema.Attempt) bool { return a.State != schema.AttemptWithdrawn }) {
			step.State = schema.StepSkipped
		}
	case a.Outcome == schema.OutcomeDone:
		step.State = schema.StepDone
	case a.State == schema.AttemptWithdrawn && step.State == schema.StepOpen:
		step.State = schema.StepSkipped
	default:
		step.State = schema.StepFailed
	}
}

func (d *draft) endAttempt(a *schema.Attempt, outcome, text string) {
	a.State, a.Outcome, a.Ended, a.Unclear = schema.AttemptEnded, outcome, d.instant(), false
	if text != "" {
		a.Text = text
	}
}

// withdraw takes back an offer, a step by hand or a probe that is under way.
func (d *draft) withdraw(r *schema.Status, by schema.By, why string) {
	a, name := lastAttempt(r), ""
	if probe := openProbe(r); probe != nil { // also behind the last step
		a, name = probe, "the probe"
	} else if grouped(r) {
		d.takeBack(r, by, why)
		return
	} else if a != nil {
		name = stepName(r, r.Step)
	}
	if a == nil || a.State == schema.AttemptEnded || a.State == schema.AttemptWithdrawn {
		return
	}
	a.State, a.Outcome, a.Ended, a.By = schema.AttemptWithdrawn, schema.OutcomeWithdrawn, d.instant(), &by
	e := d.event(schema.EventOfferWithdrawn, r, by, "takes back "+name+": "+why)
	e.Attempt = a.Number
}

func (d *draft) complete(r *schema.Status, code string, by schema.By, text string) {
	d.finish(r, schema.Completed, code, by, text)
}

func (d *draft) cancel(r *schema.Status, code string, by schema.By, text string) {
	d.finish(r, schema.Cancelled, code, by, text)
}

var failures = map[string]string{
	schema.CodeNoEffect:         "no step is left and a problem is still there",
	schema.CodeStepFailed:       "the step failed and no other is left",
	schema.CodeStepTimeout:      "the step's time was over and no other is left",
	schema.CodeAgentUnavailable: "no agent claimed the step and no other is left",
	schema.CodeOutcomeUnknown:   "given up: nobody knows what the step did",
}

func (d *draft) fail(r *schema.Status, code string, by schema.By) {
	d.finish(r, schema.Failed, code, by, failures[code])
}

// finish ends a recovery for good.
func (d *draft) finish(r *schema.Status, state, code string, by schema.By, text string) {
	if r.Prompt != nil {
		d.closePrompt(r, schema.ClosedWithdrawn, by, text)
	}
	d.settleStep(r)
	for i := r.Step; i < len(r.Steps); i++ {
		if r.Steps[i].State == schema.StepWaiting {
			r.Steps[i].State = schema.StepSkipped
		}
	}
	r.Stop, r.Queued = nil, nil
	d.state(r, state)
	r.Reason = reason(code, text)
	d.say(state, r, by, text).Code = code // the event is called as the state is
}

// postpone puts the recovery into the queue. The caller has moved it to the step at
// which it will go on.
func (d *draft) postpone(r *schema.Status, code string, by schema.By, text string) {
	r.Stop = nil
	if code == schema.CodePreempted {
		uncover(r)
		r.Cover.Step = nil
		if d.enough(r, by) {
			return
		}
	}
	if allCleared(r) {
		d.gone(r, by)
		return
	}
	if r.Step < len(r.Steps) {
		r.Steps[r.Step].Needed = nil
	}
	d.state(r, schema.Postponed)
	r.Queued = d.instant()
	r.Reason = reason(code, text)
	d.deadline(r, d.limits.queueExpire)
	d.say(schema.EventPostponed, r, by, text).Code = code
}

// gone ends a postponed recovery whose problems have all cleared.
func (d *draft) gone(r *schema.Status, by schema.By) {
	if step, last := lastActed(r); last != nil && last.Outcome == schema.OutcomeDone && whole(r, step) {
		d.complete(r, schema.CodeCured, by, "every problem has cleared after its last step was done")
		return
	}
	d.complete(r, schema.CodeCuredItself, by, "every problem cleared while it was postponed")
}

func attemptText(a *schema.Attempt) string { return "attempt " + strconv.Itoa(a.Number) }

package controller

import (
	"encoding/json"

	"expertcontroller/schema"
)

// Before a step with a precondition is prompted or started, an agent is asked whether
// it is still needed, so that the operator sees the answer. The question is a probe: an
// action declared harmless, claimed and granted as any other. An answer holds until the
// step has been tried.

// probeOf gives what a probe's attempt carries out.
func probeOf(r *schema.Status, a *schema.Attempt) *schema.Probe {
	if a.Step != nil {
		return r.Request.Steps[*a.Step].Needed
	}
	return r.Request.Probe
}

// inquire asks whether the step is still needed, unless it has no such question or has
// the answer. It tells whether it asked.
func (d *draft) inquire(r *schema.Status) bool {
	p := r.Request.Steps[r.Step].Needed
	if p == nil || r.Steps[r.Step].Needed != nil {
		return false
	}
	step := r.Step
	d.state(r, schema.Running)
	r.Reason = schema.Reason{}
	a := d.offerProbe(r, p)
	a.Step = &step
	d.sayAttempt(schema.EventProbing, r, a, controllerBy, "asks agent "+a.Agent+" with "+p.Action+" whether "+stepName(r, step)+" is still needed")
	return true
}

// answered ends the question: the step is skipped, or begins, or an operator is asked.
func (d *draft) answered(r *schema.Status, outcome string, by schema.By, text string) {
	a := &r.Probes[len(r.Probes)-1]
	if text == "" && outcome != schema.OutcomeDone {
		text = "the probe ended " + outcome
	}
	d.endAttempt(a, outcome, text)
	answer := answerOf(a)
	d.sayAttempt(schema.EventProbed, r, a, by, "is "+stepName(r, r.Step)+" still needed? "+answer+note(a.Text))
	r.Steps[r.Step].Needed = &schema.Needed{Answer: answer, At: d.now, Text: a.Text}
	if answer == schema.NeededNo {
		d.skip(r, by)
		return
	}
	d.goOn(r, schema.CodeNoEffect, controllerBy)
}

// answerOf reads a probe's result: done means yes, unless the data says needed: false. Any
// other value of needed than true and false means that nobody knows.
func answerOf(a *schema.Attempt) string {
	if a.Outcome != schema.OutcomeDone {
		return schema.NeededUnknown
	}
	if len(a.Data) == 0 {
		return schema.NeededYes
	}
	var data struct {
		Needed json.RawMessage `json:"needed"`
	}
	if err := json.Unmarshal(a.Data, &data); err != nil {
		return schema.NeededUnknown // data that is no object says nothing about it
	}
	switch string(data.Needed) {
	case "", "true":
		return schema.NeededYes
	case "false":
		return schema.NeededNo
	}
	return schema.NeededUnknown
}

// skip goes on with the step after one that is not needed. What the last one would bring
// about is there already: then it is watched whether the problem clears.
func (d *draft) skip(r *schema.Status, by schema.By) {
	step := &r.Request.Steps[r.Step]
	d.say(schema.EventStepSkipped, r, by, stepName(r, r.Step)+" is not needed")
	d.advance(r)
	switch {
	case r.Step < len(r.Steps):
		d.goOn(r, schema.CodeNoEffect, controllerBy)
	case r.Request.Cure == schema.CureResult, r.Request.Cure != schema.CureProbe && step.Observe.D() == 0:
		d.complete(r, schema.CodeNotNeeded, by, "the last step is not needed")
	default:
		d.watch(r, by)
	}
}

// doubt says why an operator is asked although the step may be covered: nobody could
// tell whether it is still needed, and nobody has decided that yet.
func doubt(r *schema.Status) string {
	n := r.Steps[r.Step].Needed
	if n == nil || n.Answer != schema.NeededUnknown || n.Decided {
		return ""
	}
	return "nobody could tell whether this step is still needed" + note(n.Text)
}

// decided keeps that an operator lets the step start whatever the answer was.
func decided(r *schema.Status) {
	if n := r.Steps[r.Step].Needed; n != nil && n.Answer == schema.NeededUnknown {
		known := *n
		known.Decided = true
		r.Steps[r.Step].Needed = &known
	}
}

// answerFor says the answer in a prompt, where there is one.
func answerFor(r *schema.Status) string {
	n := r.Steps[r.Step].Needed
	if n == nil || n.Answer != schema.NeededYes {
		return ""
	}
	return "; it is still needed" + note(n.Text)
}

func answerResult(d *draft, token string, h *happening) {
	r := d.edit(token)
	d.keepResult(openProbe(r), h)
	d.answered(r, h.result.Outcome, h.by, h.result.Text)
}

func answerOver(d *draft, token string, h *happening) {
	d.answered(d.edit(token), schema.OutcomeUnknown, controllerBy, "the agent did not answer")
}

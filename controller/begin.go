package controller

import (
	"strconv"
	"time"

	"expertcontroller/schema"
)

// begin is what the rules call "prompt": ask whether the step that the recovery is
// at may start, or start it at once where an earlier answer or automation covers
// it. code is why the recovery fails when no step is left.
//
// Nothing begins on a healthy system, or in mode manual.
func (d *draft) begin(r *schema.Status, code string, by schema.By) {
	switch {
	case allCleared(r):
		d.healthy(r, by)
		return
	case d.mode() == schema.ModeManual:
		d.cancel(r, schema.CodeManualMode, by, "people have taken over (mode manual); nothing further starts")
		return
	case r.Step >= len(r.Steps):
		d.fail(r, code, by)
		return
	}
	if d.inquire(r) {
		return
	}
	if r.Request.Steps[r.Step].ByHand {
		d.openByHand(r, by)
		return
	}
	why := doubt(r)
	if why == "" {
		covered := false
		if covered, why = d.covered(r); covered {
			d.offer(r)
			return
		}
	}
	r.Steps[r.Step].Agent = d.agentFor(r)
	d.ask(r, why+answerFor(r))
	r.Reason = schema.Reason{}
}

// ask opens the prompt for the step that the recovery is at.
func (d *draft) ask(r *schema.Status, why string) {
	d.prompt(r, schema.PromptApprove, why, d.limits.approvalTimeout)
	d.state(r, schema.AwaitingApproval)
	r.Deadline = r.Prompt.Expires
	d.prompted(r)
}

// goOn is begin for a recovery that goes on by itself: it does not when nobody is left
// who could say that the problem is gone. An operator's own word is carried out.
func (d *draft) goOn(r *schema.Status, code string, by schema.By) {
	if d.silentFor(r) && d.mode() != schema.ModeManual && r.Step < len(r.Steps) {
		d.cancel(r, schema.CodeExpertSilent, by, "no expert that could say whether the problem is gone has been heard")
		return
	}
	d.begin(r, code, by)
}

// healthy is what happens instead of a beginning when all problems have cleared.
func (d *draft) healthy(r *schema.Status, by schema.By) {
	if step, _ := lastActed(r); step >= 0 {
		d.watch(r, by)
		return
	}
	d.complete(r, schema.CodeCuredItself, by, "every problem cleared before anything was done")
}

// covered tells whether the step may start without asking, or why it is asked.
func (d *draft) covered(r *schema.Status) (bool, string) {
	if r.Cover.All || r.Cover.Step != nil && *r.Cover.Step == r.Step {
		return true, ""
	}
	l := d.limits
	if d.mode() != schema.ModeAutomatic || !l.automation || !r.Request.Automatic {
		return false, "this step needs an operator's approval"
	}
	if r.Cover.AutomaticOver {
		return false, "a preemption, an unknown outcome or an interrupt ended automation for this recovery"
	}
	if h := d.heldOf(r); h != nil {
		return false, "held by " + h.By.Name + " until " + clock(h.Until, d.now) + " (" + h.Why + ")" + note(h.Note) + ": it does not start by itself"
	}
	if r.Cover.Automatic {
		return true, ""
	}
	breaker := d.base.breaker
	if v, changed := d.look(schema.KeyBreaker, ""); changed {
		breaker = *v.(*schema.BreakerDocument)
	}
	recent := make([]schema.BreakerStart, 0, len(breaker.Starts)+1)
	for _, start := range breaker.Starts {
		if start.At.After(d.now.Add(-l.breakerWindow)) {
			recent = append(recent, start)
		}
	}
	if len(recent) >= l.breakerMax {
		return false, "the loop breaker asks: " + strconv.Itoa(len(recent)) + " recoveries started without approval within " + schema.Duration(l.breakerWindow).String()
	}
	recent = append(recent, schema.BreakerStart{Token: r.Token, At: d.now})
	d.put(schema.KeyBreaker, "", &schema.BreakerDocument{Starts: recent})
	r.Cover.Automatic = true
	return true, ""
}

// uncover ends what an earlier answer or automation covers.
func uncover(r *schema.Status) {
	r.Cover.All, r.Cover.By = false, nil
	if r.Request.Automatic {
		r.Cover.Automatic, r.Cover.AutomaticOver = false, true
	}
}

func (d *draft) prompt(r *schema.Status, kind, why string, timeout time.Duration) {
	r.Prompts++
	p := &schema.Prompt{ID: schema.PromptID(r.Token, r.Prompts), Kind: kind, Step: r.Step, Why: why, Opened: d.now}
	if timeout > 0 || kind != schema.PromptClarify {
		t := d.now.Add(timeout)
		p.Expires = &t
	}
	r.Prompt = p
}

func (d *draft) prompted(r *schema.Status) {
	e := d.event(schema.EventPrompted, r, controllerBy, promptText(r))
	e.Prompt = r.Prompt.ID
	r.Event = *e
}

func promptText(r *schema.Status) string {
	p := r.Prompt
	switch p.Kind {
	case schema.PromptConfirm:
		return "asks to carry out by hand and confirm: " + stepName(r, p.Step)
	case schema.PromptClarify:
		return "asks what became of " + stepName(r, p.Step) + ": " + p.Why
	}
	return "asks to approve " + stepName(r, p.Step) + ": " + p.Why
}

// stepName writes step 0 "Recycle HCAL".
func stepName(r *schema.Status, step int) string {
	return "step " + strconv.Itoa(step) + " \"" + r.Steps[step].Title + "\""
}

// closePrompt takes the open prompt away and remembers how it closed. how is a
// decision, expired or withdrawn.
func (d *draft) closePrompt(r *schema.Status, how string, by schema.By, why string) {
	p := r.Prompt
	if p == nil {
		return
	}
	closed := schema.ClosedPrompt{ID: p.ID, Kind: p.Kind, Step: p.Step, How: how, By: by, At: d.now, Why: why}
	if how == schema.ClosedExpired && p.Expires != nil {
		closed.At = *p.Expires
	}
	if n := len(r.ClosedPrompts); n >= 64 {
		r.ClosedPrompts = r.ClosedPrompts[n-63:]
	}
	r.ClosedPrompts = append(r.ClosedPrompts[:len(r.ClosedPrompts):len(r.ClosedPrompts)], closed)
	r.Prompt = nil
	if how == schema.ClosedWithdrawn {
		d.event(schema.EventPromptWithdrawn, r, by, "withdrawn: "+why).Prompt = p.ID
	}
}

// openByHand opens a step by hand: the confirm prompt, no approval before it.
func (d *draft) openByHand(r *schema.Status, by schema.By) {
	step := &r.Steps[r.Step]
	step.State = schema.StepOpen
	step.Attempts = append(step.Attempts, schema.Attempt{
		Number: nextNumber(step.Attempts), State: schema.AttemptByHand, Offered: d.instant(),
	})
	why := "this step is carried out by hand" + answerFor(r)
	if unsure := doubt(r); unsure != "" {
		why += "; " + unsure
	}
	d.prompt(r, schema.PromptConfirm, why, d.limits.approvalTimeout)
	d.state(r, schema.Running)
	r.Reason = schema.Reason{}
	r.Deadline = r.Prompt.Expires
	d.prompted(r)
}

// offer makes a new attempt of the step and waits for its agent to claim it, or goes on
// with a group.
func (d *draft) offer(r *schema.Status) {
	step := &r.Steps[r.Step]
	step.State = schema.StepOpen
	if step.Approved == nil && r.Cover.Automatic {
		step.Approved = &schema.Approval{How: "automatic", By: controllerBy, At: d.now}
	} else if step.Approved == nil && r.Cover.All && r.Cover.By != nil {
		step.Approved = &schema.Approval{How: schema.ApproveAll, By: *r.Cover.By, At: d.now}
	}
	d.state(r, schema.Running)
	r.Reason = schema.Reason{}
	if grouped(r) {
		d.offerGroup(r)
		return
	}
	step.Agent = d.agentFor(r)
	step.Attempts = append(step.Attempts, schema.Attempt{
		Number: nextNumber(step.Attempts), Agent: step.Agent, State: schema.AttemptOffered, Offered: d.instant(),
	})
	a := &step.Attempts[len(step.Attempts)-1]
	text := "offers " + stepName(r, r.Step) + " to agent " + step.Agent
	if a.Number > 1 {
		text += ", attempt " + strconv.Itoa(a.Number)
	}
	d.sayAttempt(schema.EventOffered, r, a, controllerBy, text)
	d.ring(step.Agent)
}

// agentFor gives who carries out the step that the recovery is at. Who was shown before
// stays, unless the policy says otherwise, or it does not offer the action any more.
func (d *draft) agentFor(r *schema.Status) string {
	asked, shown := &r.Request.Steps[r.Step], r.Steps[r.Step].Agent
	switch {
	case asked.Agent != "" || asked.ByHand || grouped(r):
		return shown
	case d.limits.route(asked.Action) == "" && offers(d.agent(shown), asked.Action):
		return shown
	}
	return d.route(asked.Action)
}

// route finds who carries out an action that names no agent: the policy's route,
// else the first of the agents that offer it, by name.
func (d *draft) route(action string) string {
	if agent := d.limits.route(action); agent != "" {
		return agent
	}
	best := ""
	look := func(name string) {
		if (best == "" || name < best) && offers(d.agent(name), action) {
			best = name
		}
	}
	for name := range d.base.agents {
		look(name)
	}
	for i := range d.dec.Changes { // what an agent began to offer a moment ago counts, too
		if a, ok := d.dec.Changes[i].Value.(*schema.AgentDocument); ok {
			look(a.Name)
		}
	}
	return best
}

func offers(a *schema.AgentDocument, action string) bool {
	if a == nil {
		return false
	}
	for i := range a.Actions {
		if n := a.Actions[i].Name; n == action || n == "*" {
			return true
		}
	}
	return false
}

// silentFor tells whether every expert that could say that the problem is gone is
// silent, where that is watched.
func (d *draft) silentFor(r *schema.Status) bool {
	if d.limits.expertSilence <= 0 {
		return false
	}
	experts := unclearedExperts(r)
	for _, e := range experts {
		if get(d, schema.KeyExpert, e, d.base.experts) == nil {
			return false
		}
	}
	return len(experts) > 0
}

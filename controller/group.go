package controller

import (
	"slices"
	"strconv"
	"time"

	"expertcontroller/schema"
)

// A group carries out a step member by member: one after another, or all at once. A
// round is one try of the whole group. It ends when every member has succeeded, or, after
// a failure, when nobody acts any more: the first failure halts it, which means that no
// further member begins and those that act finish. The next round leaves out who has
// succeeded, unless all have.

// grouped tells whether a group carries out the step that the recovery is at.
func grouped(r *schema.Status) bool {
	return r.Step < len(r.Steps) && len(r.Request.Steps[r.Step].Agents) > 0
}

// groupOf tells what a running recovery at a group's step waits for.
func groupOf(r *schema.Status) situation {
	at := resting
	for i := range r.Steps[r.Step].Attempts {
		switch r.Steps[r.Step].Attempts[i].State {
		case schema.AttemptGranted:
			return granted
		case schema.AttemptOffered:
			at = offered
		}
	}
	return at
}

// inState lists the attempts of the step that the recovery is at which are in a state.
func inState(r *schema.Status, state string) []*schema.Attempt {
	var out []*schema.Attempt
	if r.Step >= len(r.Steps) {
		return nil
	}
	for i := range r.Steps[r.Step].Attempts {
		if a := &r.Steps[r.Step].Attempts[i]; a.State == state {
			out = append(out, a)
		}
	}
	return out
}

// wanted gives the attempt that a message about the step that the recovery is at can mean.
func wanted(r *schema.Status, w *schema.Work) *schema.Attempt {
	switch {
	case w.Probe || w.Step != r.Step:
		return nil
	case grouped(r):
		return attemptOf(r, w)
	}
	return lastAttempt(r)
}

// newMembers lists a group's members before any has begun.
func newMembers(agents []string) []schema.Member {
	out := make([]schema.Member, len(agents))
	for i, agent := range agents {
		out[i] = schema.Member{Agent: agent, State: schema.MemberWaiting}
	}
	return out
}

// become writes what became of a member. What the state shares is not changed.
func become(r *schema.Status, agent, state string) {
	step := &r.Steps[r.Step]
	if step.Members == nil {
		step.Members = newMembers(r.Request.Steps[r.Step].Agents)
	}
	step.Members = slices.Clone(step.Members)
	for i := range step.Members {
		if step.Members[i].Agent == agent {
			step.Members[i].State = state
		}
	}
}

// whole tells whether every member of the step's group has succeeded; of a step without
// a group it says yes.
func whole(r *schema.Status, step int) bool {
	for _, m := range r.Steps[step].Members {
		if m.State != schema.MemberDone {
			return false
		}
	}
	return true
}

// offerGroup goes on with the group's round: to the next member, or to all that have not
// succeeded yet. When all have, a new round begins.
func (d *draft) offerGroup(r *schema.Status) {
	step := &r.Steps[r.Step]
	if step.Members == nil || whole(r, r.Step) {
		step.Members = newMembers(r.Request.Steps[r.Step].Agents)
	}
	for _, m := range step.Members {
		if m.State == schema.MemberDone {
			continue
		}
		d.offerMember(r, m.Agent)
		if r.Request.Steps[r.Step].Order != schema.Parallel {
			return
		}
	}
}

// offerMember makes a new attempt of one member.
func (d *draft) offerMember(r *schema.Status, agent string) {
	step := &r.Steps[r.Step]
	become(r, agent, schema.MemberOpen)
	step.Attempts = append(step.Attempts, schema.Attempt{
		Number: nextNumber(step.Attempts), Agent: agent, State: schema.AttemptOffered, Offered: d.instant(),
	})
	a := &step.Attempts[len(step.Attempts)-1]
	text := "offers " + stepName(r, r.Step) + " to agent " + agent + " of the group"
	if a.Number > 1 {
		text += ", attempt " + strconv.Itoa(a.Number)
	}
	d.sayAttempt(schema.EventOffered, r, a, controllerBy, text)
	d.ring(agent)
}

// takeBack withdraws what was offered to members and not claimed yet.
func (d *draft) takeBack(r *schema.Status, by schema.By, why string) {
	for _, a := range inState(r, schema.AttemptOffered) {
		who := by
		a.State, a.Outcome, a.Ended, a.By = schema.AttemptWithdrawn, schema.OutcomeWithdrawn, d.instant(), &who
		become(r, a.Agent, schema.MemberWaiting)
		d.event(schema.EventOfferWithdrawn, r, by, "takes back "+stepName(r, r.Step)+" from agent "+a.Agent+": "+why).Attempt = a.Number
	}
}

// halt keeps the members that have not begun from beginning, after the first failure.
func (d *draft) halt(r *schema.Status, code, agent string) {
	step := &r.Steps[r.Step]
	if step.Halted != "" {
		return
	}
	step.Halted = code
	d.takeBack(r, controllerBy, "agent "+agent+" had no success")
	if text := rest(r, agent); text != "" && r.Stop == nil {
		d.event(schema.EventHalted, r, controllerBy, stepName(r, r.Step)+" halts, since agent "+agent+" had no success: "+text).Code = code
	}
}

// rest says what a halt means for the other members.
func rest(r *schema.Status, failed string) string {
	finish, stay := "", ""
	for _, m := range r.Steps[r.Step].Members {
		switch {
		case m.Agent == failed:
		case m.State == schema.MemberOpen:
			finish += " " + m.Agent
		case m.State == schema.MemberWaiting:
			stay += " " + m.Agent
		}
	}
	switch {
	case finish != "" && stay != "":
		return "to finish:" + finish + "; not to begin:" + stay
	case finish != "":
		return "to finish:" + finish
	case stay != "":
		return "not to begin:" + stay
	}
	return ""
}

// holdBack takes back what was offered to members that have not begun: nothing begins on a
// healthy system, in mode manual, or when nobody is left who could say that it helped. Those
// that act finish.
func holdBack(d *draft, token string, h *happening) {
	if r := d.recovery(token); !grouped(r) || len(inState(r, schema.AttemptOffered)) == 0 {
		return
	}
	d.takeBack(d.edit(token), h.by, "it is not to begin any more: "+h.what.String())
}

// groupDeadline is the end of the first member's time.
func (d *draft) groupDeadline(r *schema.Status) {
	r.Deadline = nil
	for _, a := range inState(r, schema.AttemptGranted) {
		if t := endOf(r, a); r.Deadline == nil || t.Before(*r.Deadline) {
			r.Deadline = &t
		}
	}
}

// endOf is when the time of a granted attempt is over.
func endOf(r *schema.Status, a *schema.Attempt) time.Time {
	return a.Granted.Add(r.Request.Steps[r.Step].Timeout.D())
}

package controller

import (
	"time"

	"expertcontroller/schema"
)

// claim is an agent that wants to carry out an attempt.
func (d *draft) claim(in *Input, m *schema.Claim) schema.Answer {
	r := d.recovery(m.Token)
	if r == nil {
		return refusal(m.Token, schema.CodeNotOffered, m.Token+" offers nothing; ask for work again")
	}
	return d.happen(m.Token, happening{what: claimed, by: in.By, claim: m}).answer(m.Token)
}

func (d *draft) progress(in *Input, m *schema.Progress) schema.Answer {
	if d.recovery(m.Token) == nil {
		return schema.Answer{Verdict: schema.Ignored, Token: m.Token, Reason: reason(schema.CodeUnknown, "no such attempt is under way; stop it")}
	}
	return d.happen(m.Token, happening{what: progressed, by: in.By, prog: m}).answer(m.Token)
}

var results = map[string]what{
	schema.OutcomeDone: resultDone, schema.OutcomeFailed: resultFailed, schema.OutcomeAborted: resultAborted,
	schema.OutcomeTimedOut: resultTimedOut, schema.OutcomeUnknown: resultUnknown,
}

// result is how an attempt ended. Only the claim that was granted may say so, and
// only once; everything else is recorded as late.
func (d *draft) result(in *Input, m *schema.Result) schema.Answer {
	r := d.recovery(m.Token)
	if r == nil {
		d.event(schema.EventLate, nil, in.By, "result "+m.Outcome+" of "+attemptName(&m.Work)+" for a recovery that is not open").Token = m.Token
		return schema.Answer{Verdict: schema.Ignored, Token: m.Token, Reason: reason(schema.CodeUnknown, m.Token+" is not open; recorded as late")}
	}
	if ofClaim(r, &m.Work, m.Claim, in.By.Name) {
		return d.happen(m.Token, happening{what: results[m.Outcome], by: in.By, result: m}).answer(m.Token)
	}
	h := &happening{by: in.By, result: m}
	recordLate(d, m.Token, h)
	return h.answer(m.Token)
}

func actionNames(actions []schema.Action) string {
	text := ""
	for i := range actions {
		switch {
		case i == 8:
			return text + " and more"
		case i > 0:
			text += ", "
		}
		if actions[i].Name == "*" {
			text += "every action"
		} else {
			text += actions[i].Name
		}
	}
	if text == "" {
		return "nothing"
	}
	return text
}

// observe is what a controller observed about an attempt: it counts only while that
// attempt is the one that is waited for.
func (d *draft) observe(w what, work schema.Work) schema.Answer {
	r := d.recovery(work.Token)
	stale := schema.Answer{Verdict: schema.Ignored, Token: work.Token, Reason: reason(schema.CodeLate, "that is not waited for any more")}
	if r == nil || r.Terminal {
		return stale
	}
	a, probe := wanted(r, &work), openProbe(r)
	if probe != nil && work.Probe {
		a = probe
	}
	if a == nil || work.Probe != (probe != nil) || work.Attempt != a.Number {
		return stale
	}
	if w == unclaimed && a.State != schema.AttemptOffered || w != unclaimed && a.State != schema.AttemptGranted {
		return stale
	}
	return d.happen(work.Token, happening{what: w, by: controllerBy, work: &work}).answer(work.Token)
}

// WorkFor lists what an agent may claim now, and what it must stop.
func (s *State) WorkFor(agent string, next *schema.Next) schema.WorkList {
	out := schema.WorkList{Type: schema.Type(schema.KindWorkList), PollAfter: schema.Duration(time.Second)}
	if r := s.UnderWay(); r != nil {
		work := schema.Work{Token: r.Token, Step: workStep(r)}
		switch situationOf(r) {
		case offered, granted: // while one member of a group acts, another may be offered its part
			step := &r.Request.Steps[r.Step]
			for _, a := range inState(r, schema.AttemptOffered) {
				work.Attempt = a.Number
				if a.Agent == agent || a.Agent == "" && offers(s.agents[agent], step.Action) {
					out.Offers = append(out.Offers, schema.Offer{Work: work, Title: step.Title, Action: step.Action, Parameters: step.Parameters, Timeout: *step.Timeout})
				}
			}
		case probing, checking:
			a := openProbe(r)
			p := probeOf(r, a)
			work.Attempt, work.Probe = a.Number, true
			if a.State == schema.AttemptOffered && (a.Agent == agent || a.Agent == "" && offers(s.agents[agent], p.Action)) {
				out.Offers = append(out.Offers, schema.Offer{Work: work, Title: "probe", Action: p.Action, Parameters: p.Parameters, Timeout: *p.Timeout})
			}
		}
	}
	for _, acting := range next.Acting {
		if abort := s.abortOf(&acting.Work, acting.Claim, agent); abort != nil {
			out.Aborts = append(out.Aborts, *abort)
		}
	}
	return out
}

// abortOf says why an attempt that an agent is carrying out must stop, or nil.
func (s *State) abortOf(w *schema.Work, claim, agent string) *schema.Abort {
	abort := &schema.Abort{Work: *w, Claim: claim, By: controllerBy}
	r := s.recoveries[w.Token]
	if r == nil || !ofClaim(r, w, claim, agent) {
		abort.Reason = reason(schema.CodeUnknown, "no such attempt is under way")
		return abort
	}
	if r.Stop == nil {
		return nil
	}
	abort.By = r.Stop.By
	abort.Reason = reason(r.Stop.Reason, r.Stop.Reason+" by "+r.Stop.By.String()+note(r.Stop.Note))
	return abort
}

// GrantFor builds the answer to a claim from the state as it stands after the claim
// was decided.
func (s *State) GrantFor(agent string, claim *schema.Claim, answer schema.Answer) schema.Grant {
	g := schema.Grant{Type: schema.Type(schema.KindGrant), Work: claim.Work, Claim: claim.ID, Reason: answer.Reason, Entry: answer.Entry}
	r := s.recoveries[claim.Token]
	if answer.Verdict != schema.Recorded || r == nil || !ofClaim(r, &claim.Work, claim.ID, agent) || r.Stop != nil || r.State == schema.Unclear {
		if g.Reason.Code == "" {
			g.Reason = reason(schema.CodeNotOffered, "this attempt is not offered any more; ask for work again")
		}
		return g
	}
	g.Granted, g.Reason = true, schema.Reason{}
	g.Validity = schema.Duration(schema.ClaimValidity)
	g.SayEvery = schema.Duration(min(max(s.limits.agentSilence/3, 50*time.Millisecond), 5*time.Second))
	if claim.Probe {
		p := probeOf(r, attemptOf(r, &claim.Work))
		g.Action, g.Parameters, g.Timeout = p.Action, p.Parameters, *p.Timeout
	} else {
		step := &r.Request.Steps[claim.Step]
		g.Action, g.Parameters, g.Timeout = step.Action, step.Parameters, *step.Timeout
	}
	return g
}

// InstructionFor answers an agent that says that it is acting.
func (s *State) InstructionFor(agent string, p *schema.Progress) schema.Instruction {
	out := schema.Instruction{Type: schema.Type(schema.KindInstruction), Abort: s.abortOf(&p.Work, p.Claim, agent)}
	out.Unknown = out.Abort != nil && out.Abort.Reason.Code == schema.CodeUnknown
	return out
}

// progressEvery is how often the progress of an attempt is logged at most.
const progressEvery = 10 * time.Second

// ProgressDue tells whether a progress should be logged: it has something to tell
// and is the first one, or the last one is a while ago, or the agent that an open
// question is about is heard again.
func (s *State) ProgressDue(agent string, p *schema.Progress, now time.Time) bool {
	r := s.recoveries[p.Token]
	if r == nil || !ofClaim(r, &p.Work, p.Claim, agent) {
		return false
	}
	last := attemptOf(r, &p.Work).Reported
	if r.State == schema.Unclear && r.Prompt != nil && r.Prompt.Attempt == p.Attempt && (last == nil || last.Before(r.Prompt.Opened)) {
		return true
	}
	if p.Text == "" && p.Output == "" && p.Percent == nil {
		return false
	}
	return last == nil || now.Sub(*last) >= progressEvery
}

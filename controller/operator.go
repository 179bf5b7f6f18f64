package controller

import (
	"strings"
	"time"

	"expertcontroller/schema"
)

// decision answers an operator's click: the first valid one wins, every other one
// hears who won.
func (d *draft) decision(in *Input, m *schema.Decide) schema.Answer {
	token, _, err := schema.ParsePromptID(m.Prompt)
	if err != nil {
		return refusal("", schema.CodePromptUnknown, err.Error())
	}
	r := d.recovery(token)
	if r == nil {
		if d.given(token) {
			text := token + " has ended; `show " + token + "` tells how"
			e := d.event(schema.EventDecisionRefused, nil, in.By, m.Decision+" of "+m.Prompt+" refused: "+text)
			e.Token, e.Prompt = token, m.Prompt
			return refusal(token, schema.CodePromptClosed, text)
		}
		return refusal("", schema.CodePromptUnknown, "there is no "+m.Prompt+" in this system; look at what is open")
	}
	code, text := d.fits(r, in, m)
	if code != "" {
		d.event(schema.EventDecisionRefused, r, in.By, m.Decision+" of "+m.Prompt+" refused: "+text).Prompt = m.Prompt
		a := refusal(token, code, text)
		a.Prompt = m.Prompt
		return a
	}
	h := d.happen(token, happening{what: decisions[m.Decision], by: in.By, note: m.Note, decide: m})
	if h.verdict == schema.Refused {
		d.event(schema.EventDecisionRefused, r, in.By, m.Decision+" of "+m.Prompt+" refused: "+h.reason.Text).Prompt = m.Prompt
	}
	a := h.answer(token)
	a.Prompt = m.Prompt
	return a
}

var decisions = map[string]what{
	schema.Approve: approved, schema.ApproveAll: approved, schema.Choose: approved,
	schema.Decline: declined, schema.Done: done, schema.Retry: retried, schema.GiveUp: givenUp,
}

// clockMost is how far a replica's clock may be off the broker's.
const clockMost = 2 * time.Second

var fitting = map[string][]string{
	schema.PromptApprove: {schema.Approve, schema.ApproveAll, schema.Choose, schema.Decline},
	schema.PromptConfirm: {schema.Done, schema.Decline},
	schema.PromptClarify: {schema.Done, schema.Retry, schema.GiveUp},
}

// fits tells why a decision can't be taken, or "".
func (d *draft) fits(r *schema.Status, in *Input, m *schema.Decide) (code, text string) {
	p := r.Prompt
	if p == nil || p.ID != m.Prompt {
		return schema.CodePromptClosed, closedText(r, m.Prompt, d.now)
	}
	allowed := fitting[p.Kind]
	ok := false
	for _, decision := range allowed {
		ok = ok || decision == m.Decision
	}
	switch {
	case in.Inbox > 0 && p.Opened.Sub(in.At) > clockMost: // two clocks: the broker's, and that of who opened it
		return schema.CodePlanChanged, "it was told at " + clock(in.At, d.now) + ", before " + p.ID + " was opened; look at it, and answer again"
	case !ok:
		return schema.CodeNotFitting, "this prompt takes " + strings.Join(allowed, ", ")
	case m.Decision == schema.Choose && m.Step == nil:
		return schema.CodeNotFitting, "choose needs a step"
	case m.Decision != schema.Choose && m.Step != nil && *m.Step != p.Step:
		return schema.CodePlanChanged, "the prompt is about " + stepName(r, p.Step) + "; look again, or choose another step"
	case p.Kind == schema.PromptClarify && strings.TrimSpace(m.Note) == "":
		return schema.CodeNoteNeeded, "say in a note how you know"
	case p.Kind == schema.PromptClarify && p.OverrideUntil != nil && p.OverrideUntil.After(d.now) && !m.Override:
		return schema.CodeMayStillAct, "agent " + asked(r).Agent + " can't be reached and may still be acting until " + clock(*p.OverrideUntil, d.now) + "; make sure that it is not, then answer with override"
	}
	return "", ""
}

// closedText says how the prompt was closed, and by whom.
func closedText(r *schema.Status, id string, now time.Time) string {
	for i := range r.ClosedPrompts {
		c := &r.ClosedPrompts[i]
		if c.ID != id {
			continue
		}
		switch c.How {
		case schema.ClosedExpired:
			return id + " expired at " + clock(c.At, now)
		case schema.ClosedWithdrawn:
			return id + " was withdrawn at " + clock(c.At, now) + ": " + c.Why
		}
		return id + " was already answered (" + c.How + ") by " + c.By.Name + " at " + clock(c.At, now)
	}
	return id + " is not open; look at the status of " + r.Token
}

// given tells whether a token was given out by this system.
func (d *draft) given(token string) bool {
	system, n, err := schema.ParseToken(token)
	if err != nil || system != d.base.System {
		return false
	}
	return n <= d.requests()
}

// policied tells whether a policy was applied before.
func (d *draft) policied() bool {
	_, changed := d.look(schema.KeyPolicy, "")
	return changed || d.base.policy != nil
}

func refusal(token, code, text string) schema.Answer {
	return schema.Answer{Verdict: schema.Refused, Token: token, Reason: reason(code, text)}
}

// interrupt stops a recovery: the one named, or the one under way.
func (d *draft) interrupt(in *Input, m *schema.Interrupt) schema.Answer {
	token := m.Token
	if token == "" {
		token = d.underWay
	}
	if token == "" {
		d.event(schema.EventInterruptIgnored, nil, in.By, "interrupt ignored: nothing is under way")
		return schema.Answer{Verdict: schema.Ignored, Reason: reason(schema.CodeNothingUnder, "nothing is under way")}
	}
	r := d.recovery(token)
	if r == nil {
		if d.given(token) {
			d.event(schema.EventInterruptIgnored, nil, in.By, "interrupt ignored: it is not open").Token = token
			return schema.Answer{Verdict: schema.Ignored, Token: token, Reason: reason(schema.CodeEnded, token+" is not open: it has ended, or joined another one, which is interrupted by its own name; `show "+token+"` tells")}
		}
		return refusal("", schema.CodeUnknown, "there is no "+token+" in this system; `status` lists what is open")
	}
	if schema.UnderWay(r.State) {
		d.approvalMode(in.By)
	}
	return d.happen(token, happening{what: interrupted, by: in.By, note: m.Note}).answer(token)
}

// approvalMode ends automation after an interrupt.
func (d *draft) approvalMode(by schema.By) {
	if d.mode() != schema.ModeAutomatic || by.Role != schema.RoleOperator {
		return
	}
	d.put(schema.KeyMode, "", &schema.ModeDocument{Mode: schema.ModeApproval, By: by, At: d.now, Note: "after an interrupt"})
	d.event(schema.EventMode, nil, by, "mode is now approval, since a recovery was interrupted")
}

func (d *draft) setMode(in *Input, m *schema.Mode) schema.Answer {
	d.put(schema.KeyMode, "", &schema.ModeDocument{Mode: m.Mode, By: in.By, At: d.now, Note: m.Note})
	d.event(schema.EventMode, nil, in.By, "mode is now "+m.Mode+note(m.Note))
	if m.Mode == schema.ModeManual && d.underWay != "" {
		d.happen(d.underWay, happening{what: becameManual, by: in.By, note: m.Note})
	}
	if r := d.recovery(d.underWay); r != nil && r.State == schema.Unclear && r.Prompt != nil {
		d.askedAgain(r)
	}
	return schema.Answer{Verdict: schema.Recorded}
}

func (d *draft) remark(in *Input, m *schema.Note) schema.Answer {
	if !d.given(m.Token) {
		return refusal("", schema.CodeUnknown, "there is no "+m.Token+" in this system")
	}
	d.event(schema.EventNote, nil, in.By, m.Text).Token = m.Token
	return schema.Answer{Verdict: schema.Recorded, Token: m.Token}
}

func (d *draft) applyPolicy(in *Input, m *schema.ApplyPolicy) schema.Answer {
	if never := m.Policy.InTime(); never != nil {
		return refusal("", schema.CodeMalformed, never.Error())
	}
	for action, agent := range m.Policy.Routes {
		if !schema.ValidName(agent) {
			return refusal("", schema.CodeMalformed, "policy.routes."+action+": "+agent+" is no agent's name; use A-Z a-z 0-9 _ -")
		}
	}
	before, used := d.mode(), d.policied() || d.requests() > 0
	d.put(schema.KeyPolicy, "", &schema.PolicyDocument{Policy: m.Policy, By: in.By, At: d.now, Note: m.Note, Entry: d.entry})
	l := newLimits(m.Policy)
	d.limits = &l
	if used && d.mode() != before {
		// The policy's mode is the one that a new log starts in, and this one is not new.
		d.put(schema.KeyMode, "", &schema.ModeDocument{Mode: before, By: in.By, At: d.now, Note: "stays as it was with a new policy"})
	}
	d.event(schema.EventPolicy, nil, in.By, "a new policy is in force"+note(m.Note))
	d.rerouted(in.By)
	return schema.Answer{Verdict: schema.Recorded}
}

// rerouted asks anew when another agent than the one shown would carry out the step that an
// open prompt is about: it is bound to what was shown.
func (d *draft) rerouted(by schema.By) {
	r := d.recovery(d.underWay)
	if r == nil || situationOf(r) != awaiting {
		return
	}
	agent := d.agentFor(r)
	if agent == r.Steps[r.Step].Agent {
		return
	}
	r = d.edit(r.Token)
	why := r.Prompt.Why
	d.closePrompt(r, schema.ClosedWithdrawn, by, "the new policy has another agent carry it out; it is asked again")
	r.Steps[r.Step].Agent = agent
	d.ask(r, why)
}

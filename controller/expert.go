package controller

import (
	"slices"
	"strings"

	"expertcontroller/schema"
)

// cleared records that a problem is gone, in the recovery that covers it, and
// remembers it for a while for those who ask too late.
func (d *draft) cleared(in *Input, m *schema.Cleared) schema.Answer {
	whose := owner(in.By)
	switch {
	case in.By.Role == schema.RoleExpert && m.Expert != "" && m.Expert != whose:
		return refusal("", schema.CodeNotYours, "an expert clears its own problems only; leave expert out")
	case in.By.Role == schema.RoleOperator && m.Expert != "":
		whose = m.Expert
		if other := owner(schema.By{Role: schema.RoleOperator, Name: m.Expert}); d.covers(whose, m.Problem) == "" && d.covers(other, m.Problem) != "" {
			whose = other // a problem that another operator asked for
		}
	}
	at := in.At
	if at.After(d.now) {
		at = d.now
	}
	key := whose + "/" + m.Problem
	d.put(schema.KeyClear, key, &schema.ClearedProblem{At: at, By: in.By, Until: d.now.Add(schema.RememberClear)})
	d.size += 300
	token := d.covers(whose, m.Problem)
	if token == "" {
		d.event(schema.EventClearedUnknown, nil, in.By, "problem "+m.Problem+" of "+whose+" is gone; no open recovery covers it")
		return schema.Answer{Verdict: schema.Recorded, Reason: reason(schema.CodeUnknown, "no open recovery covers problem "+m.Problem+"; remembered for 10m")}
	}
	r := d.edit(token)
	r.Problems = slices.Clone(r.Problems)
	for i := range r.Problems {
		if p := &r.Problems[i]; p.ID == m.Problem && p.Cleared == nil && ownerOf(p) == whose {
			when, by := at, in.By
			p.Cleared, p.ClearedBy = &when, &by
		}
	}
	d.say(schema.EventCleared, r, in.By, "problem "+m.Problem+" is gone"+note(m.Note))
	what := clearedSome
	if allCleared(r) {
		what = clearedAll
	}
	return d.happen(token, happening{what: what, by: in.By, note: m.Note}).answer(token)
}

func (d *draft) consumed(in *Input, m *schema.Consumed) schema.Answer {
	if !d.given(m.Token) {
		return refusal("", schema.CodeUnknown, "there is no "+m.Token+" in this system")
	}
	if r := d.recovery(m.Token); r != nil { // else it ended, and is no part of the state any more
		switch {
		case !slices.ContainsFunc(schema.Askers(r), func(by schema.By) bool { return owner(by) == owner(in.By) }):
			return refusal(m.Token, schema.CodeNotYours, "only who asked for "+m.Token+" says so")
		case !r.Terminal:
			return refusal(m.Token, schema.CodeNotFitting, m.Token+" has not ended: there is nothing to have seen yet; say so when it has")
		}
	}
	d.event(schema.EventConsumed, nil, in.By, "has seen how "+m.Token+" ended").Token = m.Token
	return schema.Answer{Verdict: schema.Recorded, Token: m.Token}
}

// heard ends the silence of an expert that says anything.
func (d *draft) heard(by schema.By) {
	if by.Role != schema.RoleExpert || get(d, schema.KeyExpert, by.Name, d.base.experts) == nil {
		return
	}
	d.put(schema.KeyExpert, by.Name, nil)
	d.event(schema.EventExpertAlive, nil, by, "is heard again")
}

// expertsSilent is what a controller observed from one recovery.
func (d *draft) expertsSilent(m *schema.ExpertSilent) schema.Answer {
	r := d.recovery(m.Token)
	if r == nil || r.Terminal {
		return schema.Answer{Verdict: schema.Ignored, Token: m.Token, Reason: reason(schema.CodeLate, "it has ended")}
	}
	for _, expert := range m.Experts {
		if get(d, schema.KeyExpert, expert, d.base.experts) == nil {
			d.put(schema.KeyExpert, expert, &schema.ExpertDocument{SilentSince: d.now})
		}
	}
	d.event(schema.EventExpertSilent, r, controllerBy, "not heard for "+schema.Duration(d.limits.expertSilence).String()+": "+strings.Join(m.Experts, ", "))
	if d.silentFor(r) {
		d.happen(m.Token, happening{what: expertSilent, by: controllerBy})
	}
	return schema.Answer{Verdict: schema.Recorded, Token: m.Token}
}

// malformed keeps what was published and is no message, as an event only.
func (d *draft) malformed(in *Input, m *schema.Malformed) schema.Answer {
	d.event(schema.EventMalformed, nil, in.By, "published what is no valid message: "+m.Text).Code = schema.CodeMalformed
	verdict := schema.Refused
	if strings.HasSuffix(m.Subject, "."+schema.KindRequest) {
		verdict = schema.Rejected
	}
	text := m.Text
	if m.Field != "" {
		text = m.Field + ": " + text
	}
	return schema.Answer{Verdict: verdict, Reason: reason(schema.CodeMalformed, text)}
}

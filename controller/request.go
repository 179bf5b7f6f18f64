package controller

import (
	"encoding/json"
	"slices"
	"time"

	"expertcontroller/schema"
)

// request answers a request: the first rule that fits. The rule of known ids came
// before it.
func (d *draft) request(in *Input, m *schema.Request) schema.Answer {
	l := d.limits
	if !d.servable(m) {
		return d.reject(in, schema.CodeNoSteps, "no step could be done by a person, and no agent ever offered any of its actions; start the agent, or name an action that is offered", m)
	}
	if m.Expires != nil && !m.Expires.After(d.now) {
		return d.reject(in, schema.CodeStale, "it expired at "+clock(*m.Expires, d.now)+"; ask again with what you see now", m)
	}
	if age := d.now.Sub(in.At); in.Inbox > 0 && l.requestMaxAge > 0 && age > l.requestMaxAge {
		return d.reject(in, schema.CodeStale, "it lay in the inbox for "+schema.Duration(age.Round(time.Second)).String()+"; ask again with what you see now", m)
	}
	if c := get(d, schema.KeyClear, owner(in.By)+"/"+m.Problem.ID, d.base.clears); c != nil && c.Until.After(d.now) {
		return d.reject(in, schema.CodeAlreadyCleared, "problem "+m.Problem.ID+" cleared at "+clock(c.At, d.now)+"; a new occurrence needs a new id", m)
	}
	if d.mode() == schema.ModeManual {
		return d.reject(in, schema.CodeManualMode, "people have taken over (mode manual); ask again when the mode has changed", m)
	}
	if h := d.held(owner(in.By), &m.Problem); h != nil {
		return d.reject(in, schema.CodeHeld, "held by "+h.By.Name+" until "+clock(h.Until, d.now)+" ("+h.Why+")"+note(h.Note)+"; an operator can lift it", m)
	}
	if token := d.covers(owner(in.By), m.Problem.ID); token != "" {
		return d.join(in, m, token, "problem "+m.Problem.ID+" is covered by "+token)
	}
	if m.NotBefore != nil && m.NotBefore.After(d.now) {
		if d.postponed(true) >= scheduledMost {
			return d.reject(in, schema.CodeQueueFull, "as many are scheduled as may be; ask again later", m)
		}
		return d.schedule(in, m)
	}
	if d.underWay == "" {
		return d.accept(in, m)
	}
	return d.related(in, m)
}

// servable tells whether a person or any agent that was ever seen could do a step.
func (d *draft) servable(m *schema.Request) bool {
	for i := range m.Steps {
		if m.Steps[i].ByHand {
			return true
		}
	}
	for i := range m.Steps {
		s := &m.Steps[i]
		if len(s.Agents) > 0 {
			if !slices.ContainsFunc(s.Agents, func(agent string) bool { return !offers(d.agent(agent), s.Action) }) {
				return true
			}
			continue
		}
		agent := s.Agent
		if agent == "" {
			agent = d.limits.route(s.Action)
		}
		if agent != "" {
			if offers(d.agent(agent), s.Action) {
				return true
			}
			continue
		}
		if d.route(s.Action) != "" {
			return true
		}
	}
	return false
}

// owner tells whose a problem is: an expert's name, or operator:name, so that an
// operator who is called like an expert has problems of her own.
func owner(by schema.By) string {
	if by.Role == schema.RoleOperator {
		return schema.RoleOperator + ":" + by.Name
	}
	return by.Name
}

func ownerOf(p *schema.ProblemStatus) string {
	return owner(schema.By{Role: p.Role, Name: p.Expert})
}

// covers finds the open recovery of which the problem is an uncleared one, or "".
func (d *draft) covers(owner, problem string) string {
	for _, token := range d.open {
		for i := range d.recovery(token).Problems {
			p := &d.recovery(token).Problems[i]
			if p.ID == problem && p.Cleared == nil && ownerOf(p) == owner {
				return token
			}
		}
	}
	return ""
}

// scheduledMost bounds those that wait for their not_before: they are not in the queue yet,
// and the state must stay bounded.
const scheduledMost = 100

// queueFull tells whether as many recoveries wait as may. Preempted ones that had to
// be taken in count too, those that are scheduled enter the queue when they are due.
func (d *draft) queueFull() bool { return d.postponed(false) >= d.limits.queueMax }

// postponed counts those that wait: the scheduled ones, or those in the queue.
func (d *draft) postponed(scheduled bool) int {
	n := 0
	for _, token := range d.open {
		if r := d.recovery(token); r.State == schema.Postponed && (r.Reason.Code == schema.CodeScheduled) == scheduled {
			n++
		}
	}
	return n
}

// recovery is what an accepted request leaves behind, allocated at once: its document,
// with the one problem that it has at first, and the request as it came in.
type recovery struct {
	schema.Status
	problem [1]schema.ProblemStatus
	given   given
}

var statusType = schema.Type(schema.KindStatus)

// newRecovery makes the document of a request that becomes a recovery, defaults filled
// in. It is not part of the state yet.
func (d *draft) newRecovery(in *Input, m *schema.Request) *recovery {
	defaults := &schema.Defaults{Observe: schema.Duration(d.limits.observe), Timeout: schema.Duration(d.limits.stepTimeout)}
	r := &recovery{
		Status: schema.Status{
			Type: statusType, Token: d.nextToken(), System: d.base.System,
			Revision: 1, Entry: d.entry, AskedBy: in.By, RequestID: m.ID, Priority: m.Priority,
			Created: d.now, Updated: d.now, Simulated: d.base.simulated,
			Defaults: defaults, Request: schema.Normalise(m, *defaults), Steps: make([]schema.StepStatus, len(m.Steps)),
		},
		problem: [1]schema.ProblemStatus{problemOf(in.By, m)},
		given:   given{raw: in.Raw, message: m},
	}
	r.Problems = r.problem[:]
	for i := range r.Request.Steps {
		s := &r.Request.Steps[i]
		r.Steps[i] = schema.StepStatus{Index: i, Title: s.Title, Action: s.Action, Agent: s.Agent, ByHand: s.ByHand, State: schema.StepWaiting, Attempts: []schema.Attempt{}}
		if len(s.Agents) > 0 {
			r.Steps[i].Members, r.Steps[i].Order = newMembers(s.Agents), s.Order
		} else if s.Agent == "" && !s.ByHand {
			r.Steps[i].Agent = d.limits.route(s.Action)
		}
	}
	return r
}

func problemOf(by schema.By, m *schema.Request) schema.ProblemStatus {
	p := schema.ProblemStatus{
		Expert: by.Name, ID: m.Problem.ID, Key: m.Problem.Key, KeyGiven: m.Problem.Key != "",
		Title: m.Problem.Title, Description: m.Problem.Description, Since: m.Problem.Since, Context: m.Problem.Context,
	}
	if by.Role == schema.RoleOperator {
		p.Role = schema.RoleOperator
	}
	if !p.KeyGiven {
		p.Key = p.Title
	}
	return p
}

// given is a request as it came in: its bytes, where they are at hand.
type given struct {
	raw     json.RawMessage
	message *schema.Request
}

// MarshalJSON writes the request.
func (g *given) MarshalJSON() ([]byte, error) {
	if len(g.raw) > 0 {
		return g.raw, nil
	}
	return schema.Encode(g.message)
}

// reject keeps the request as a rejected one. m may be nil when the message is not at hand.
func (d *draft) reject(in *Input, code, text string, m *schema.Request) schema.Answer {
	if m == nil {
		m, _ = in.Message.(*schema.Request)
	}
	r := d.newRecord(in, m, schema.RejectedState, reason(code, text))
	d.record(r, schema.EventRejected, text).Code = code
	return schema.Answer{Verdict: schema.Rejected, Token: r.token, Reason: r.reason}
}

func (d *draft) requested(r *schema.Status, in *Input, what string) {
	d.say(schema.EventRequested, r, in.By, "asks to cure \""+r.Problems[0].Title+"\" (problem "+r.Problems[0].ID+"): "+what)
}

// accept starts a recovery on the free system.
func (d *draft) accept(in *Input, m *schema.Request) schema.Answer {
	r := d.add(in, m)
	d.requested(r, in, "accepted")
	d.begin(r, schema.CodeNoEffect, controllerBy)
	return schema.Answer{Verdict: schema.Accepted, Token: r.Token, Prompt: promptID(r)}
}

func promptID(r *schema.Status) string {
	if r.Prompt == nil {
		return ""
	}
	return r.Prompt.ID
}

// schedule keeps a recovery until its not_before.
func (d *draft) schedule(in *Input, m *schema.Request) schema.Answer {
	r := d.add(in, m)
	d.state(r, schema.Postponed)
	r.Reason = reason(schema.CodeScheduled, "it is to begin not before "+m.NotBefore.UTC().Format(time.RFC3339))
	t := m.NotBefore.UTC()
	r.Deadline = &t
	d.requested(r, in, "accepted; "+r.Reason.Text)
	return schema.Answer{Verdict: schema.AcceptedToPostpone, Token: r.Token, Reason: r.Reason}
}

// join records that another recovery covers the request.
func (d *draft) join(in *Input, m *schema.Request, token, text string) schema.Answer {
	r := d.newRecord(in, m, schema.Joined, reason(schema.Joined, text))
	r.joined = token
	d.record(r, schema.EventJoined, "joins "+token+": "+text)
	d.event(schema.EventJoined, d.recovery(token), in.By, r.token+" joins: "+text)
	return schema.Answer{Verdict: schema.AcceptedToContinue, Token: r.token, Reason: reason(schema.Joined, "follow "+token+": "+text)}
}

package controller

import (
	"slices"
	"time"

	"expertcontroller/schema"
)

// ownIDFor is several times as long as a forwarded input may still be decided by two
// replicas. All forwarded inputs of that time have to fit the memory.
const ownIDFor = 15 * time.Second

var answerType = schema.Type(schema.KindAnswer)

// Step decides: the inputs and the deadlines that are due, in the order of their
// times, what they lead to beginning at now. It changes nothing; the decision is
// plain data, to be appended to the log before anything leaves.
//
// now is the deciding replica's clock; it never goes back behind the last entry.
// When the entry would get too large the later inputs are left for the next call:
// see Decision.Taken.
func Step(s *State, inputs []Input, now time.Time) Decision {
	return stepWithin(s, inputs, now, schema.MaxBatch)
}

// least is a size at which Step does one thing, and no more.
const least = 2048

// stepWithin is Step for an entry that takes nothing further once it is expected to be of
// the size given.
func stepWithin(s *State, inputs []Input, now time.Time, most int) Decision {
	if now.Before(s.At) {
		now = s.At
	}
	d := newDraft(s, now, len(inputs))
	d.most = most
	// The inputs to come stand where those taken will: these never get ahead of them.
	order := d.dec.Order[:len(inputs)]
	for i := range order {
		order[i] = i
	}
	if len(order) > 1 {
		slices.SortStableFunc(order, func(a, b int) int { return inputs[a].At.Compare(inputs[b].At) })
	}
	d.turn()
	for d.size < d.most {
		token, at, isDue := d.nextDue()
		if len(order) > 0 {
			// A message that comes exactly at a deadline comes too late.
			if in := &inputs[order[0]]; !isDue || at.After(now) || in.At.Before(at) {
				d.decide(in, order[0])
				order = order[1:]
				d.turn()
				continue
			}
		}
		if !isDue || at.After(now) {
			break
		}
		d.happen(token, happening{what: deadlineOver, by: controllerBy})
		d.turn()
	}
	d.fit()
	d.dec.Taken = len(inputs) - len(order)
	if len(d.dec.Order) > 0 {
		d.forget()
	}
	return d.done()
}

// nextDue gives the open recovery whose deadline is the earliest.
func (d *draft) nextDue() (token string, at time.Time, ok bool) {
	for _, t := range d.open {
		if when, has := due(d.recovery(t)); has && (!ok || when.Before(at)) {
			token, at, ok = t, when, true
		}
	}
	return token, at, ok
}

// turn lets the first in the queue go on when the system is free.
func (d *draft) turn() {
	for d.underWay == "" && d.size < d.most && d.mode() != schema.ModeManual {
		token := first(d.open, d.recovery)
		if token == "" {
			return
		}
		d.happen(token, happening{what: itsTurn, by: controllerBy})
	}
}

// first gives the first of the queue: a preempting one, then priority, then age.
func first(open []string, recovery func(string) *schema.Status) string {
	best := ""
	var b *schema.Status
	for _, token := range open { // in the order of age
		r := recovery(token)
		if r.State != schema.Postponed || r.Reason.Code == schema.CodeScheduled {
			continue
		}
		if b == nil || before(r, b) {
			best, b = token, r
		}
	}
	return best
}

func before(a, b *schema.Status) bool {
	if pa, pb := a.Reason.Code == schema.CodePreempting, b.Reason.Code == schema.CodePreempting; pa != pb {
		return pa
	}
	return a.Priority > b.Priority
}

// decide hands one input to its rule, unless its id was decided before.
func (d *draft) decide(in *Input, index int) {
	if in.Inbox > 0 {
		at := d.base.inbox
		if d.inbox != nil {
			at = *d.inbox
		}
		if in.Inbox <= at.Sequence && at.Created.Equal(d.base.InboxCreated) {
			return // decided in an earlier entry
		}
		if d.inbox == nil {
			d.inbox = &at
			d.change(schema.KeyInbox, "", d.inbox)
		}
		d.inbox.Created, d.inbox.Sequence = d.base.InboxCreated, in.Inbox
	}
	d.size += len(in.Raw) + 300
	d.dec.Order = append(d.dec.Order, index)
	a := d.answer(in)
	a.Type, a.ID = answerType, in.ID
	if a.Entry == 0 { // a repeat gets the first answer, with its entry
		a.Entry = d.entry
	}
	d.dec.Answers[index] = a
}

// answer finds the answer: the one it got before, or the one its rule gives now.
func (d *draft) answer(in *Input) schema.Answer {
	d.heard(in.By)
	keys := idKeys(in)
	for _, key := range keys {
		known := get(d, schema.KeyID, key, d.base.ids)
		if known == nil {
			continue
		}
		if known.Fingerprint == in.Fingerprint {
			d.event(schema.EventRepeated, nil, in.By, in.Kind+" "+in.ID+" came again and got its first answer").Token = known.Answer.Token
			return known.Answer
		}
		text := "id " + in.ID + " was used for another message; use a new id"
		if in.Kind == schema.KindRequest {
			return d.reject(in, schema.CodeConflict, text, nil)
		}
		return schema.Answer{Verdict: schema.Refused, Reason: reason(schema.CodeConflict, text)}
	}
	if !in.Deadline.IsZero() && d.now.After(in.Deadline) {
		d.event(schema.EventTooLate, nil, in.By, in.Kind+" came after its own deadline")
		return schema.Answer{Verdict: schema.Refused, Reason: reason(schema.CodeTooLate, "its deadline has passed; send it again if it still matters")}
	}
	if in.Short != "" {
		return d.notTaken(in, schema.CodeDiskShort, in.Short)
	}
	if in.Inbox > 0 && canWait(in.Kind) && d.base.Full(d.now) {
		return d.notTaken(in, schema.CodeFull, memoryFull().Text)
	}
	a := d.rule(in)
	for i, key := range keys {
		r := &schema.Remembered{Fingerprint: in.Fingerprint, Answer: a, Token: a.Token, Until: d.now.Add(schema.RememberID)}
		if in.ID == "" || i > 0 {
			r.Until, r.Token = d.now.Add(ownIDFor), ""
		}
		r.Answer.Entry, r.Answer.ID, r.Answer.Type = d.entry, in.ID, answerType
		d.put(schema.KeyID, key, r)
		d.size += 500
	}
	return a
}

// canWait tells the messages that are refused while no more can be remembered; what
// stops, answers or reports never is.
func canWait(kind string) bool {
	switch kind {
	case schema.KindRequest, schema.KindCleared, schema.KindConsumed, schema.KindHold, schema.KindNote:
		return true
	}
	return false
}

// notTaken refuses what was published as a call is refused before the log. It is not
// remembered: its place in the inbox keeps it from being decided twice, so that a short
// entry has to say how far the inbox was read.
func (d *draft) notTaken(in *Input, code, text string) schema.Answer {
	d.event(schema.EventNotTaken, nil, in.By, in.Kind+" refused: "+text).Code = code
	verdict := schema.Refused
	if in.Kind == schema.KindRequest {
		verdict = schema.Rejected
	}
	return schema.Answer{Verdict: verdict, Reason: reason(code, text)}
}

// ownID begins the key of an id that a receiving replica gave; no role is called so.
const ownID = "own/"

// idKeys gives the keys under which an input's ids are remembered. What agents send
// is told apart by its claim, what a controller observes by its attempt.
func idKeys(in *Input) []string {
	var keys []string
	if in.By.Role != schema.RoleExpert && in.By.Role != schema.RoleOperator {
		return nil
	}
	if in.ID != "" {
		keys = append(keys, in.By.Role+"/"+in.By.Name+"/"+in.ID)
	}
	if in.Own != "" {
		keys = append(keys, ownID+in.Own)
	}
	return keys
}

func (d *draft) rule(in *Input) schema.Answer {
	switch m := in.Message.(type) {
	case *schema.Request:
		return d.request(in, m)
	case *schema.Cleared:
		return d.cleared(in, m)
	case *schema.Consumed:
		return d.consumed(in, m)
	case *schema.Decide:
		return d.decision(in, m)
	case *schema.Interrupt:
		return d.interrupt(in, m)
	case *schema.Mode:
		return d.setMode(in, m)
	case *schema.Hold:
		return d.setHold(in, m)
	case *schema.Note:
		return d.remark(in, m)
	case *schema.ApplyPolicy:
		return d.applyPolicy(in, m)
	case *schema.Claim:
		return d.claim(in, m)
	case *schema.Progress:
		return d.progress(in, m)
	case *schema.Result:
		return d.result(in, m)
	case *schema.Offered:
		return d.offered(in, m)
	case *schema.Unclaimed:
		return d.observe(unclaimed, m.Work)
	case *schema.Silent:
		return d.observe(silent, m.Work)
	case *schema.Unconfirmed:
		return d.observe(unconfirmed, m.Work)
	case *schema.ExpertSilent:
		return d.expertsSilent(m)
	case *schema.Alive:
		return schema.Answer{Verdict: schema.Recorded} // heard has done it
	case *schema.Malformed:
		return d.malformed(in, m)
	case *schema.Trim:
		return d.trim(in, m)
	}
	return schema.Answer{Verdict: schema.Refused, Reason: reason(schema.CodeMalformed, "no rule takes a "+in.Kind+"; look at the schemas")}
}

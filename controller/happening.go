package controller

import "expertcontroller/schema"

// what is a kind of thing that can happen to a recovery: the columns of the table.
type what uint8

const (
	approved what = iota
	declined
	done
	retried
	givenUp
	interrupted
	preempted
	continued
	clearedSome
	clearedAll
	deadlineOver
	becameManual
	claimed
	progressed
	resultDone
	resultFailed
	resultAborted
	resultTimedOut
	resultUnknown
	unclaimed
	silent
	unconfirmed
	expertSilent
	itsTurn
	whats // how many there are
)

var whatNames = [whats]string{
	"approved", "declined", "done (operator)", "retry (operator)", "give_up (operator)", "interrupted", "preempted",
	"continued", "cleared, another problem is still there", "all problems cleared", "deadline", "mode becomes manual",
	"claimed", "progress", "result done", "result failed", "result aborted", "result timed out", "result unknown",
	"not claimed in time", "agent silent", "abort not confirmed in time", "experts silent", "its turn",
}

func (w what) String() string { return whatNames[w] }

// happening is one thing that happens to one recovery.
type happening struct {
	what   what
	by     schema.By
	note   string
	decide *schema.Decide   // approved, declined, done, retried, givenUp
	result *schema.Result   // results
	claim  *schema.Claim    // claimed
	prog   *schema.Progress // progressed
	work   *schema.Work     // observations
	by2    string           // preempted: the recovery that it gives way to
	adds   *schema.ProblemStatus

	// verdict and reason are what the sender gets: recorded, unless a cell says otherwise.
	verdict string
	reason  schema.Reason
}

// refuse answers that it could not take effect; nothing else may change then.
func (h *happening) refuse(code, text string) {
	h.verdict, h.reason = schema.Refused, reason(code, text)
}

// ignore answers that there was nothing to act on.
func (h *happening) ignore(code, text string) {
	h.verdict, h.reason = schema.Ignored, reason(code, text)
}

// answer gives what the sender gets.
func (h *happening) answer(token string) schema.Answer {
	a := schema.Answer{Verdict: h.verdict, Token: token, Reason: h.reason}
	if a.Verdict == "" {
		a.Verdict = schema.Recorded
	}
	return a
}

// happen looks the cell up and does what it says. What it gives back holds until
// something else happens.
func (d *draft) happen(token string, what happening) *happening {
	d.what = what
	h := &d.what
	r := d.recovery(token)
	from := situationOf(r)
	table[from][h.what].do(d, token, h)
	d.dec.Rulings = append(d.dec.Rulings, Ruling{d.recovery(token).State, from, h.what})
	return h
}

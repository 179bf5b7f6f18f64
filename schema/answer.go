package schema

// Verdicts of an answer.
const (
	Accepted               = "accepted"
	AcceptedWithPreemption = "accepted_with_preemption"
	AcceptedToContinue     = "accepted_to_continue"
	AcceptedToPostpone     = "accepted_to_postpone"
	// Rejected: a request that does not become a recovery under way.
	Rejected = "rejected"
	// Recorded: the message took effect.
	Recorded = "recorded"
	// Refused: the message could not take effect; the reason says why.
	Refused = "refused"
	// Ignored: there was nothing for it to act on.
	Ignored = "ignored"
)

// Answer is what every message gets back.
type Answer struct {
	Type string `json:"type"`
	// Verdict is what became of the message: `accepted`, `accepted_with_preemption`, `accepted_to_continue`, `accepted_to_postpone` or `rejected` (a request); `recorded`, `refused` or `ignored` (any other).
	Verdict string `json:"verdict"`
	// ID repeats the message's id.
	ID    string `json:"id,omitzero"`
	Token string `json:"token,omitzero"`
	// Entry is the log's entry in which it was decided.
	Entry uint64 `json:"entry,omitzero"`
	// Reason is why, as a code for programs and a sentence for people.
	Reason Reason `json:"reason,omitzero"`
	// BlockedBy is the recovery under way, when the answer is busy.
	BlockedBy *BlockedBy `json:"blocked_by,omitempty"`
	// Prompt is the prompt that a decision was about; of an accepted request, the one that it opened.
	Prompt string `json:"prompt,omitzero"`
}

// BlockedBy names the recovery under way and its problems.
type BlockedBy struct {
	Token string `json:"token"`
	// Problems are the ids of its problems.
	Problems []string `json:"problems"`
}

// OK tells whether the message was accepted or recorded.
func (a Answer) OK() bool {
	switch a.Verdict {
	case Accepted, AcceptedWithPreemption, AcceptedToContinue, AcceptedToPostpone, Recorded:
		return true
	}
	return false
}

// Reason is a code for programs and a sentence for people.
type Reason struct {
	// Code is for programs; empty for none.
	Code string `json:"code"`
	// Text is for people: what happened, and what to do.
	Text string `json:"text"`
}

// Error is the body of a micro service error: refused before the log.
type Error struct {
	Type string `json:"type"`
	// Code is 400, 403, 404, 410, 413 or 503.
	Code int `json:"code"`
	// Field is the offending one, as a path: steps[0].timeout.
	Field string `json:"field,omitzero"`
	// Text says what is wrong and what to do.
	Text string `json:"text"`
	// Reason is a short code: `malformed`, `too_large`, `unknown`, `removed`; with 503 `behind`, `not_ready`, `full`, `disk_short` or `internal`.
	Reason string `json:"reason,omitzero"`
}

// Error gives the sentence, with the field in front.
func (e *Error) Error() string {
	if e.Field != "" {
		return e.Field + ": " + e.Text
	}
	return e.Text
}

package schema

import (
	"encoding/json"
	"time"
)

// States of an attempt.
const (
	AttemptOffered   = "offered"
	AttemptGranted   = "granted"
	AttemptByHand    = "by_hand"
	AttemptEnded     = "ended"
	AttemptWithdrawn = "withdrawn"
)

// Outcomes that only the controller writes.
const (
	// OutcomeUnclaimed: no agent claimed the attempt in time.
	OutcomeUnclaimed = "unclaimed"
	// OutcomeDeclined: the operator said that the step by hand can't be done.
	OutcomeDeclined = "declined"
	// OutcomeWithdrawn: it ended before anybody had claimed it.
	OutcomeWithdrawn = "withdrawn"
)

// Attempt is one try of a step.
type Attempt struct {
	// Number counts a step's attempts, from 1; it only grows.
	Number int `json:"number"`
	// Agent is who carries it out; empty for a step by hand.
	Agent string `json:"agent,omitzero"`
	// Claim is the id that the agent made for it.
	Claim string `json:"claim,omitzero"`
	// State is one of: `offered`, `granted`, `by_hand`, `ended` or `withdrawn`.
	State string `json:"state"`
	// Offered is when it was offered to its agent.
	Offered *time.Time `json:"offered,omitempty"`
	// Granted is when the claim was granted: from then on the agent acts.
	Granted *time.Time `json:"granted,omitempty"`
	// Stopped is when it was told to stop.
	Stopped *time.Time `json:"stopped,omitempty"`
	// Ended is when it ended.
	Ended *time.Time `json:"ended,omitempty"`
	// Outcome is how it ended: `done`, `failed`, `aborted`, `timed_out`, `unknown`, `unclaimed`, `declined` or `withdrawn`.
	Outcome string `json:"outcome,omitzero"`
	// TimedOut says that its time was over, however it ended then.
	TimedOut bool `json:"timed_out,omitzero"`
	// Text is what the agent said about it last.
	Text string `json:"text,omitzero"`
	// Output is what the action printed, bounded; old ones are cut first.
	Output string `json:"output,omitzero"`
	// ExitStatus is the program's, where there was one.
	ExitStatus *int `json:"exit_status,omitempty"`
	// Data is what the action returned for programs.
	Data json.RawMessage `json:"data,omitempty"`
	// Percent is how far it got, 0 to 100; left out where nobody knows.
	Percent *int `json:"percent,omitempty"`
	// Reported is when what the agent tells meanwhile was recorded last: text, output and percent are of then. At most every 10 s.
	Reported *time.Time `json:"reported,omitempty"`
	// Step is, in a probe, the step of which it asks whether it is still needed; left out where it asks whether the problem is gone.
	Step *int `json:"step,omitempty"`
	// Unclear says that nobody knows what it did: an operator is asked, or will be.
	Unclear bool `json:"unclear,omitzero"`
	// By is who ended it, where that was not the agent.
	By *By `json:"by,omitempty"`
	// MayActUntil is until when an agent that can't be reached may still be acting.
	MayActUntil *time.Time `json:"may_act_until,omitempty"`
}

// Cover says what an earlier answer or automation lets start without asking.
type Cover struct {
	// All: an operator approved all that remain.
	All bool `json:"all,omitzero"`
	// Automatic: the recovery started without approval.
	Automatic bool `json:"automatic,omitzero"`
	// Step is the step whose attempts an operator approved.
	Step *int `json:"step,omitempty"`
	// AutomaticOver: a preemption, an unknown outcome or an interrupt ended automation for it.
	AutomaticOver bool `json:"automatic_over,omitzero"`
	By            *By  `json:"by,omitempty"`
}

// Reasons of a Stop.
const (
	StopInterrupted = "interrupted"
	StopPreempted   = "preempted"
	StopTimeout     = "timeout"
)

// Stop is why a granted attempt must end.
type Stop struct {
	// Reason is one of: `interrupted`, `preempted` or `timeout`.
	Reason string    `json:"reason"`
	By     By        `json:"by"`
	At     time.Time `json:"at"`
	// For is the recovery that it gives way to.
	For  string `json:"for,omitzero"`
	Note string `json:"note,omitzero"`
}

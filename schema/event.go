package schema

import "time"

// Event is one thing that happened: a line of the audit trail.
type Event struct {
	// Kind says what: one of the kinds of events.
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
	By   By        `json:"by"`
	// Text is the line that people read.
	Text string `json:"text"`
	// Token is the recovery; empty for events of the system.
	Token string `json:"token,omitzero"`
	// Step is the index of the step, where there is one.
	Step int `json:"step,omitzero"`
	// Attempt is the attempt's number; 0 for none.
	Attempt int `json:"attempt,omitzero"`
	// Prompt is the prompt that it is about.
	Prompt string `json:"prompt,omitzero"`
	// Code is a reason's code, where there is one.
	Code string `json:"code,omitzero"`
	// Entry is filled in when events are read back.
	Entry uint64 `json:"entry,omitzero"`
}

// Kinds of events. The comments make a table of docs/messages.md.
const (
	EventRequested        = "requested"         // a request was accepted: a recovery begins
	EventRejected         = "rejected"          // a request was rejected
	EventJoined           = "joined"            // a request joined an open recovery
	EventPostponed        = "postponed"         // it waits, or gives way
	EventTurn             = "turn"              // a postponed one goes on
	EventPrompted         = "prompted"          // operators are asked
	EventPromptWithdrawn  = "prompt_withdrawn"  // a prompt was closed without an answer
	EventApproved         = "approved"          // an operator approved a step
	EventDeclined         = "declined"          // an operator declined, or said that a step by hand can't be done
	EventOffered          = "offered"           // an attempt is offered to an agent
	EventOfferWithdrawn   = "offer_withdrawn"   // an offer was taken back before anybody claimed it
	EventUnclaimed        = "unclaimed"         // no agent claimed an offer in time
	EventGranted          = "granted"           // an agent begins
	EventClaimRefused     = "claim_refused"     // a claim came that could not be granted
	EventProgress         = "progress"          // an agent tells how far it is
	EventStepDone         = "step_done"         // an attempt succeeded
	EventStepFailed       = "step_failed"       // an attempt had no success
	EventStepTimeout      = "step_timeout"      // an attempt was stopped because its time was over
	EventStepAborted      = "step_aborted"      // an attempt was stopped
	EventStepByHand       = "step_by_hand"      // an operator has carried out a step by hand
	EventStepSkipped      = "step_skipped"      // a step is not needed
	EventHalted           = "halted"            // no further member of a group begins
	EventPausing          = "pausing"           // it waits before the next attempt
	EventStopping         = "stopping"          // an agent was told to stop
	EventUnclear          = "unclear"           // nobody knows what an attempt did
	EventClarified        = "clarified"         // an operator said what an attempt did
	EventObserving        = "observing"         // it is watched whether the problems clear
	EventNotCured         = "not_cured"         // a problem is still there, or back
	EventProbing          = "probing"           // an agent is asked with a probe
	EventProbed           = "probed"            // a probe has answered
	EventProblemAdded     = "problem_added"     // a recovery covers one more problem
	EventProblemReplaced  = "problem_replaced"  // a problem is back under a new id
	EventCleared          = "cleared"           // a problem of an open recovery is gone
	EventClearedUnknown   = "cleared_unknown"   // a problem that no open recovery covers is gone
	EventInterruptNoted   = "interrupt_noted"   // an interrupt that takes effect when the outcome is clear
	EventPreemptNoted     = "preempt_noted"     // a preemption that takes effect when it has stopped
	EventCompleted        = "completed"         // the problem is gone
	EventFailed           = "failed"            // it has ended without success
	EventCancelled        = "cancelled"         // somebody, or a deadline, ended it
	EventMode             = "mode"              // the mode was set
	EventPolicy           = "policy"            // a policy was put in force
	EventHeld             = "held"              // a problem is held
	EventHoldLifted       = "hold_lifted"       // a hold was lifted
	EventNote             = "note"              // a remark
	EventConsumed         = "consumed"          // who asked has seen how it ended
	EventDecisionRefused  = "decision_refused"  // an answer to a prompt that could not be taken
	EventInterruptIgnored = "interrupt_ignored" // an interrupt with nothing to stop
	EventRepeated         = "repeated"          // a message came again and got its first answer
	EventLate             = "late"              // a result that is not waited for any more
	EventMalformed        = "malformed"         // what was published is no valid message
	EventOffers           = "offers"            // what an agent offers is new
	EventExpertSilent     = "expert_silent"     // experts were not heard for too long
	EventExpertAlive      = "expert_alive"      // a silent expert is heard again
	EventCulprit          = "culprit"           // a message that makes the rules fail was refused
	EventTooLate          = "too_late"          // a message came after its own `deadline`
	EventCheckpoint       = "checkpoint"        // all documents are repeated from here on
	EventRemoved          = "removed"           // records are kept no longer
	EventTrimmed          = "trimmed"           // the log begins later
	// EventTakeover: a replica decides from now on, since the one that did is away.
	EventTakeover = "takeover"
	// EventNotTaken: a published message was refused, since no more can be remembered or
	// the disk runs short.
	EventNotTaken = "not_taken"
	// EventAgentForgotten: an agent was away for so long that what it offered is forgotten.
	EventAgentForgotten = "agent_forgotten"
)

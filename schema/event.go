package schema

import "time"

// Event is one thing that happened: a line of the audit trail.
type Event struct {
	// Kind says what: one of the Event constants.
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

// Kinds of events.
const (
	EventRequested        = "requested"
	EventRejected         = "rejected"
	EventJoined           = "joined"
	EventPostponed        = "postponed"
	EventTurn             = "turn"
	EventPrompted         = "prompted"
	EventPromptWithdrawn  = "prompt_withdrawn"
	EventApproved         = "approved"
	EventDeclined         = "declined"
	EventOffered          = "offered"
	EventOfferWithdrawn   = "offer_withdrawn"
	EventUnclaimed        = "unclaimed"
	EventGranted          = "granted"
	EventClaimRefused     = "claim_refused"
	EventProgress         = "progress"
	EventStepDone         = "step_done"
	EventStepFailed       = "step_failed"
	EventStepTimeout      = "step_timeout"
	EventStepAborted      = "step_aborted"
	EventStepByHand       = "step_by_hand"
	EventStopping         = "stopping"
	EventUnclear          = "unclear"
	EventClarified        = "clarified"
	EventObserving        = "observing"
	EventNotCured         = "not_cured"
	EventProbing          = "probing"
	EventProbed           = "probed"
	EventProblemAdded     = "problem_added"
	EventProblemReplaced  = "problem_replaced"
	EventCleared          = "cleared"
	EventClearedUnknown   = "cleared_unknown"
	EventInterruptNoted   = "interrupt_noted"
	EventPreemptNoted     = "preempt_noted"
	EventCompleted        = "completed"
	EventFailed           = "failed"
	EventCancelled        = "cancelled"
	EventMode             = "mode"
	EventPolicy           = "policy"
	EventHeld             = "held"
	EventHoldLifted       = "hold_lifted"
	EventNote             = "note"
	EventConsumed         = "consumed"
	EventDecisionRefused  = "decision_refused"
	EventInterruptIgnored = "interrupt_ignored"
	EventRepeated         = "repeated"
	EventLate             = "late"
	EventMalformed        = "malformed"
	EventOffers           = "offers"
	EventExpertSilent     = "expert_silent"
	EventExpertAlive      = "expert_alive"
	EventCulprit          = "culprit"
	EventTooLate          = "too_late"
	EventCheckpoint       = "checkpoint"
	// EventTakeover: a replica decides from now on, since the one that did is away.
	EventTakeover = "takeover"
	// EventNotTaken: a published message was refused, since no more can be remembered.
	EventNotTaken = "not_taken"
	// EventAgentForgotten: an agent was away for so long that what it offered is forgotten.
	EventAgentForgotten = "agent_forgotten"
)

package schema

import "time"

// Kinds of a prompt.
const (
	// PromptApprove asks whether a step may start.
	PromptApprove = "approve"
	// PromptConfirm asks whether a step by hand is done.
	PromptConfirm = "confirm"
	// PromptClarify asks what an attempt with an unknown outcome did.
	PromptClarify = "clarify"
)

// Prompt is a question to the operators, bound to what was shown, answered once.
type Prompt struct {
	// ID names the prompt: <token>.p<number>; never used again.
	ID string `json:"id"`
	// Kind is one of: `approve`, `confirm` (a step by hand) or `clarify` (an unknown outcome).
	Kind string `json:"kind"`
	// Step is the index of the step that it is about.
	Step int `json:"step"`
	// Attempt says which attempt it is about, in `clarify`.
	Attempt int `json:"attempt,omitzero"`
	// Why says why it is asked.
	Why string `json:"why"`
	// Opened is when it was asked.
	Opened time.Time `json:"opened"`
	// Expires is when it closes by itself; null for `clarify`.
	Expires *time.Time `json:"expires"`
	// OverrideUntil is until when an answer needs `override`, because an agent may still be acting.
	OverrideUntil *time.Time `json:"override_until,omitempty"`
}

// How a prompt closed, when it was not by a decision.
const (
	ClosedExpired   = "expired"
	ClosedWithdrawn = "withdrawn"
)

// ClosedPrompt says how a prompt closed, and by whom.
type ClosedPrompt struct {
	// ID is the prompt's.
	ID string `json:"id"`
	// Kind is one of: `approve`, `confirm` or `clarify`.
	Kind string `json:"kind"`
	// Step is the index of the step that it was about.
	Step int `json:"step"`
	// How is the decision that it got, or `expired`, or `withdrawn`.
	How string `json:"how"`
	// By is who decided, or who withdrew it.
	By By `json:"by"`
	// At is when.
	At time.Time `json:"at"`
	// Why says why it was withdrawn.
	Why string `json:"why,omitzero"`
}

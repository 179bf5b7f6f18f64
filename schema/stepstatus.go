package schema

import "time"

// States of a step.
const (
	StepWaiting = "waiting"
	StepOpen    = "open"
	StepDone    = "done"
	StepFailed  = "failed"
	StepSkipped = "skipped"
)

// StepStatus is a step and its attempts.
type StepStatus struct {
	// Index is its place in the list, from 0.
	Index int `json:"index"`
	// Title is what an operator approves.
	Title string `json:"title"`
	// Action names what an agent does.
	Action string `json:"action,omitzero"`
	// Agent names who does it.
	Agent string `json:"agent,omitzero"`
	// Order is how a group carries it out: `serial` or `parallel`; left out where it is no group.
	Order string `json:"order,omitzero"`
	// Members are the group's, with what became of each.
	Members []Member `json:"members,omitempty"`
	// Rounds is how often the group was tried, as far as that counts against the limit.
	Rounds int `json:"rounds,omitzero"`
	// Halted is why no further member of the group begins, while others still act: `step_failed`, `step_timeout`, `agent_unavailable` or `outcome_unknown`.
	Halted string `json:"halted,omitzero"`
	// Needed is what was answered when it was asked whether the step is still needed; asked again before each further attempt.
	Needed *Needed `json:"needed,omitempty"`
	// ByHand says that the operator carries it out.
	ByHand bool `json:"by_hand,omitzero"`
	// State is one of: `waiting`, `open`, `done`, `failed` or `skipped`.
	State string `json:"state"`
	// Earlier is how many attempts that count against the limit are not listed any more, since the status would be too large.
	Earlier int `json:"earlier,omitzero"`
	// Attempts are the tries so far, oldest first.
	Attempts []Attempt `json:"attempts"`
	// Approved is who approved it.
	Approved *Approval `json:"approved,omitempty"`
}

// States of a member of a group.
const (
	// MemberWaiting: it has not begun, or what it did does not count.
	MemberWaiting = "waiting"
	// MemberOpen: an attempt of its is offered or granted.
	MemberOpen = "open"
	// MemberDone: it has succeeded; only when the whole group is tried again does it act again.
	MemberDone = "done"
	// MemberFailed: its last attempt had no success, was not claimed, or nobody knows what it did.
	MemberFailed = "failed"
)

// Member is one agent of a group, and what became of it.
type Member struct {
	// Agent is the member's name.
	Agent string `json:"agent"`
	// State is one of: `waiting`, `open`, `done` or `failed`.
	State string `json:"state"`
}

// Answers to the question whether a step is still needed.
const (
	NeededYes     = "yes"
	NeededNo      = "no"
	NeededUnknown = "unknown"
)

// Needed is what was answered when it was asked whether a step is still needed.
type Needed struct {
	// Answer is one of: `yes`, `no`, or `unknown`: then an operator decides, whatever was approved before.
	Answer string    `json:"answer"`
	At     time.Time `json:"at"`
	// Text is what the agent said.
	Text string `json:"text,omitzero"`
	// Decided says that nobody could tell, and an operator let the step start all the same.
	Decided bool `json:"decided,omitzero"`
}

// Approval is who let a step start, and how: approve, approve_all, choose, retry or automatic.
type Approval struct {
	// How is one of: `approve`, `approve_all`, `choose`, `retry` or `automatic`.
	How string    `json:"how"`
	By  By        `json:"by"`
	At  time.Time `json:"at"`
}

package schema

import (
	"slices"
	"time"
)

// States of a recovery. Open ones first.
const (
	// Postponed: it waits for its turn. Entered by a relation, by not_before or by a
	// preemption; the end of the recovery under way moves it out, or its deadline.
	Postponed = "postponed"
	// AwaitingApproval: a prompt is open. An operator moves it out, or the deadline.
	AwaitingApproval = "awaiting_approval"
	// Running: an attempt is offered or granted, a step by hand is open, the pause before the next attempt
	// lasts, or it is asked whether the step is still needed.
	Running = "running"
	// Stopping: a granted attempt was told to stop, or all of a group; the last confirmation moves it out.
	Stopping = "stopping"
	// Unclear: nobody knows what a granted attempt did; the agent or an operator moves it out.
	Unclear = "unclear"
	// Observing: the step was done; the end of the observe period moves it out.
	Observing = "observing"
	// Completed: the problem is gone. Terminal, as all that follow.
	Completed = "completed"
	// Failed: no step is left, or nobody could tell.
	Failed = "failed"
	// Cancelled: somebody or a deadline ended it.
	Cancelled = "cancelled"
	// RejectedState: the request never became a recovery.
	RejectedState = "rejected"
	// Joined: another recovery covers the problem; follow that one.
	Joined = "joined"
)

// Terminal tells whether a recovery in this state has ended for good.
func Terminal(state string) bool {
	switch state {
	case Completed, Failed, Cancelled, RejectedState, Joined:
		return true
	}
	return false
}

// UnderWay tells whether a recovery in this state occupies the system.
func UnderWay(state string) bool {
	switch state {
	case AwaitingApproval, Running, Stopping, Unclear, Observing:
		return true
	}
	return false
}

// Status is a recovery as it now stands, whole: the stored document.
type Status struct {
	Type  string `json:"type"`
	Token string `json:"token"`
	// Revision counts the changes of this recovery.
	Revision int `json:"revision"`
	// Entry is the log's entry that made it so.
	Entry  uint64 `json:"entry"`
	System string `json:"system"`
	// State is one of: `postponed`, `awaiting_approval`, `running`, `stopping`, `unclear` or `observing`; ended: `completed`, `failed`, `cancelled`, `rejected` or `joined`.
	State string `json:"state"`
	// Terminal tells whether it has ended, for good.
	Terminal bool `json:"terminal"`
	// Reason says why it ended or waits.
	Reason Reason `json:"reason"`
	// AskedBy is who sent the request.
	AskedBy By `json:"asked_by"`
	// Problems are all that the recovery covers; the first is the request's.
	Problems []ProblemStatus `json:"problems"`
	// Joined names the recovery to follow.
	Joined string `json:"joined"`
	// Steps are the request's, with what became of each.
	Steps []StepStatus `json:"steps"`
	// Step is the index of the step that it is at; len(steps) when none is left.
	Step int `json:"step"`
	// Prompt is the open question to the operators.
	Prompt *Prompt `json:"prompt"`
	// Deadline is when something happens by itself.
	Deadline *time.Time `json:"deadline"`
	// PollAfter is when a poll is worth it, in whole seconds; 0s when it has ended.
	PollAfter Duration `json:"poll_after"`
	// Event is the last thing that happened to it.
	Event Event `json:"event"`
	// Created is when the request was decided.
	Created time.Time `json:"created"`
	// Updated is when it last changed.
	Updated time.Time `json:"updated"`
	// Ended is when it reached a terminal state; null before.
	Ended *time.Time `json:"ended"`
	// Simulated says that an agent that plays its actions took part.
	Simulated bool `json:"simulated,omitzero"`
	// RequestID is the request's own id.
	RequestID string `json:"request_id,omitzero"`
	// Priority orders the queue: higher goes first.
	Priority int `json:"priority,omitzero"`
	// Queued is since when it waits for its turn.
	Queued *time.Time `json:"queued,omitempty"`
	// Prompts counts the prompts made so far.
	Prompts int `json:"prompts,omitzero"`
	// Cover says which steps need no prompt any more.
	Cover Cover `json:"cover,omitzero"`
	// Stop says why the recovery is stopping, or what was asked while its outcome is unclear.
	Stop *Stop `json:"stop,omitempty"`
	// ClosedPrompts are the prompts that are no longer open, the last 64.
	ClosedPrompts []ClosedPrompt `json:"closed_prompts,omitempty"`
	// Probes are the probe's attempts.
	Probes []Attempt `json:"probes,omitempty"`
	// Defaults are what the policy filled in; left out where the request never became a recovery.
	Defaults *Defaults `json:"defaults,omitempty"`
	// Request is the normalised request, defaults filled in. In the log it stands by itself, once: request/<token>.
	Request *Request `json:"request,omitempty"`
}

// ProblemStatus is a problem of a recovery and whether it has cleared.
type ProblemStatus struct {
	// Expert is who sees it.
	Expert string `json:"expert"`
	// Role is operator where an operator asked; else left out.
	Role string `json:"role,omitzero"`
	// ID names this occurrence.
	ID string `json:"id"`
	// Key is the kind of problem.
	Key string `json:"key"`
	// KeyGiven says that the request gave the key; a default key is never held or replaced.
	KeyGiven bool `json:"key_given,omitzero"`
	// Title is what an operator reads first.
	Title string `json:"title"`
	// Description says more.
	Description string `json:"description,omitzero"`
	// Since is when the problem appeared.
	Since *time.Time `json:"since,omitempty"`
	// Context is names and values that help a person.
	Context map[string]string `json:"context,omitempty"`
	// Cleared is when it cleared; null while it has not.
	Cleared *time.Time `json:"cleared"`
	// ClearedBy is who said so.
	ClearedBy *By `json:"cleared_by,omitempty"`
}

// Askers are those who asked for a recovery, and for the problems that it came to cover:
// role and name.
func Askers(s *Status) []By {
	out := []By{{Role: s.AskedBy.Role, Name: s.AskedBy.Name}}
	for _, p := range s.Problems {
		by := By{Role: p.Role, Name: p.Expert}
		if by.Role == "" {
			by.Role = RoleExpert
		}
		if !slices.Contains(out, by) {
			out = append(out, by)
		}
	}
	return out
}

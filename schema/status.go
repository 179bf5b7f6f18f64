package schema

import (
	"encoding/json"
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

// Roles and ways of a By.
const (
	RoleExpert     = "expert"
	RoleOperator   = "operator"
	RoleAgent      = "agent"
	RoleController = "controller"

	ViaCall       = "call"
	ViaTell       = "tell"
	ViaBridge     = "bridge"
	ViaController = "controller"
	// ViaHost: on the agent's own host, without a broker.
	ViaHost = "host"

	// AuthSubject: by the broker's permissions on the subject.
	AuthSubject = "subject"
	// AuthNone, AuthKey and AuthProxy are a bridge's: the name that somebody typed, an API
	// key, or what a trusted proxy says.
	AuthNone  = "none"
	AuthKey   = "key"
	AuthProxy = "proxy"
)

// By says who did something, via what, and how that was authenticated.
type By struct {
	// Role is one of: expert, operator, agent or controller.
	Role string `json:"role"`
	// Name is the expert's, operator's or agent's name, or the replica's.
	Name string `json:"name"`
	// Via is the way it came: call, tell, bridge or controller.
	Via string `json:"via,omitzero"`
	// Auth is how the name was authenticated: subject (by the broker's permissions); through a bridge: none (typed), key or proxy.
	Auth string `json:"auth,omitzero"`
}

// String writes operator anna.
func (b By) String() string {
	if b.Role == RoleController {
		return "the controller"
	}
	return b.Role + " " + b.Name
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
	// State: postponed, awaiting_approval, running, stopping, unclear or observing; ended: completed, failed, cancelled, rejected or joined.
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
	// PollAfter is when a poll is worth it.
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
	// Order is how a group carries it out: serial or parallel; left out where it is no group.
	Order string `json:"order,omitzero"`
	// Members are the group's, with what became of each.
	Members []Member `json:"members,omitempty"`
	// Rounds is how often the group was tried, as far as that counts against the limit.
	Rounds int `json:"rounds,omitzero"`
	// Halted is why no further member of the group begins, while others still act: step_failed, step_timeout, agent_unavailable or outcome_unknown.
	Halted string `json:"halted,omitzero"`
	// Needed is what was answered when it was asked whether the step is still needed; asked again before each further attempt.
	Needed *Needed `json:"needed,omitempty"`
	// ByHand says that the operator carries it out.
	ByHand bool `json:"by_hand,omitzero"`
	// State is one of: waiting, open, done, failed or skipped.
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
	// State is one of: waiting, open, done or failed.
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
	// Answer is yes, no, or unknown: then an operator decides, whatever was approved before.
	Answer string    `json:"answer"`
	At     time.Time `json:"at"`
	// Text is what the agent said.
	Text string `json:"text,omitzero"`
	// Decided says that nobody could tell, and an operator let the step start all the same.
	Decided bool `json:"decided,omitzero"`
}

// Approval is who let a step start, and how: approve, approve_all, choose, retry or automatic.
type Approval struct {
	// How is one of: approve, approve_all, choose, retry or automatic.
	How string    `json:"how"`
	By  By        `json:"by"`
	At  time.Time `json:"at"`
}

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
	// State is one of: offered, granted, by_hand, ended or withdrawn.
	State string `json:"state"`
	// Offered is when it was offered to its agent.
	Offered *time.Time `json:"offered,omitempty"`
	// Granted is when the claim was granted: from then on the agent acts.
	Granted *time.Time `json:"granted,omitempty"`
	// Stopped is when it was told to stop.
	Stopped *time.Time `json:"stopped,omitempty"`
	// Ended is when it ended.
	Ended *time.Time `json:"ended,omitempty"`
	// Outcome is how it ended: done, failed, aborted, timed_out, unknown, unclaimed, declined or withdrawn.
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
	// Reason is one of: interrupted, preempted or timeout.
	Reason string    `json:"reason"`
	By     By        `json:"by"`
	At     time.Time `json:"at"`
	// For is the recovery that it gives way to.
	For  string `json:"for,omitzero"`
	Note string `json:"note,omitzero"`
}

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
	// Kind: approve, confirm (a step by hand) or clarify (an unknown outcome).
	Kind string `json:"kind"`
	// Step is the index of the step that it is about.
	Step int `json:"step"`
	// Attempt is, in clarify, the number of the attempt that it is about.
	Attempt int `json:"attempt,omitzero"`
	// Why says why it is asked.
	Why string `json:"why"`
	// Opened is when it was asked.
	Opened time.Time `json:"opened"`
	// Expires is when it closes by itself; null for clarify.
	Expires *time.Time `json:"expires"`
	// OverrideUntil is until when an answer needs override, because an agent may still be acting.
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
	// Kind is approve, confirm or clarify.
	Kind string `json:"kind"`
	// Step is the index of the step that it was about.
	Step int `json:"step"`
	// How is the decision that it got, or expired, or withdrawn.
	How string `json:"how"`
	// By is who decided, or who withdrew it.
	By By `json:"by"`
	// At is when.
	At time.Time `json:"at"`
	// Why says why it was withdrawn.
	Why string `json:"why,omitzero"`
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

package schema

import (
	"encoding/json"
	"time"
)

// Work names one attempt: everything between the controller and an agent is about one.
type Work struct {
	Token string `json:"token" check:"required,token"`
	// Step is the index of the step; of a probe, the step that it follows.
	Step int `json:"step" check:"required,min=0,max=63"`
	// Attempt is the attempt's number, from 1; it only grows.
	Attempt int `json:"attempt" check:"required,min=1"`
	// Probe says that the attempt is the recovery's probe, not a step.
	Probe bool `json:"probe,omitzero"`
}

// Next asks for work. Asking is presence: it says which actions are offered.
type Next struct {
	Type string `json:"type" check:"required"`
	// Instance is made anew at each start of the agent.
	Instance string `json:"instance" check:"required,min=1,max=64"`
	// Actions are what the agent can do; the action "*" stands for every one.
	Actions []Action `json:"actions" check:"required,maxitems=200"`
	// Acting is what the agent is carrying out now.
	Acting []Acting `json:"acting,omitempty" check:"maxitems=16"`
	// Simulated says that the agent plays its actions.
	Simulated bool `json:"simulated,omitzero"`
}

// Action is what an agent offers.
type Action struct {
	// Name is what a step's action says; "*" stands for every action.
	Name string `json:"name" check:"required,min=1,max=64"`
	// Description is what the action does, in a sentence for operators.
	Description string `json:"description,omitzero" check:"max=500"`
	// Parameters is the JSON Schema of the action's parameters.
	Parameters json.RawMessage `json:"parameters,omitempty" check:"object"`
	// Harmless says that repeating it does no harm.
	Harmless bool `json:"harmless,omitzero"`
	// Usual is how long it usually takes.
	Usual *Duration `json:"usual,omitempty"`
	// Timeout is how long its agent lets it take at most, where the step does not say less.
	Timeout *Duration `json:"timeout,omitempty"`
	// Abortable tells whether it stops when it is told to; left out: nobody has said.
	Abortable *bool `json:"abortable,omitempty"`
	// CutOff is how long it may go on while its agent reaches no controller; then it is stopped, and has failed. Left out: it goes on, and its result follows.
	CutOff *Duration `json:"cut_off,omitempty"`
}

// Acting is an attempt that an agent is carrying out.
type Acting struct {
	Work
	// Claim is the claim under which the agent acts.
	Claim string `json:"claim" check:"required,min=1,max=64"`
}

// WorkList answers Next.
type WorkList struct {
	Type string `json:"type"`
	// Offers are attempts that the agent may claim.
	Offers []Offer `json:"offers,omitempty"`
	// Aborts are attempts that it must stop.
	Aborts []Abort `json:"aborts,omitempty"`
	// PollAfter is when to ask again, unless the bell rings earlier.
	PollAfter Duration `json:"poll_after"`
	// Reason says why nothing is offered to this agent although it is there: `name_taken`, another process asks under its name.
	Reason Reason `json:"reason,omitzero"`
}

// Offer is an attempt that waits for a claim.
type Offer struct {
	Work
	// Title is the step's title, for the agent's log.
	Title string `json:"title,omitzero"`
	// Action is what to carry out.
	Action string `json:"action"`
	// Parameters are those of the step, as they are.
	Parameters json.RawMessage `json:"parameters,omitempty"`
	// Timeout is how long the attempt may take.
	Timeout Duration `json:"timeout"`
}

// Abort says that an attempt must stop, and why.
type Abort struct {
	Work
	// Claim is the agent's claim of the attempt; empty if it was never granted.
	Claim string `json:"claim,omitzero"`
	// Reason is why it must stop.
	Reason Reason `json:"reason"`
	By     By     `json:"by"`
}

// Claim asks to carry out an attempt, with an id of the agent's own making.
type Claim struct {
	Type string `json:"type" check:"required"`
	// ID is the claim: random, journalled by the agent before it is sent.
	ID string `json:"id" check:"required,min=1,max=64"`
	Work
	// Instance is the agent's, as in Next.
	Instance string `json:"instance,omitzero" check:"max=64"`
}

// Grant answers a claim. Only the grant that names the agent's very claim, within
// its validity, permits acting.
type Grant struct {
	Type string `json:"type"`
	Work
	// Claim repeats the agent's claim.
	Claim string `json:"claim"`
	// Granted tells whether the agent may act.
	Granted bool `json:"granted"`
	// Reason says why not.
	Reason Reason `json:"reason,omitzero"`
	// Validity counts on the agent's monotonic clock from the sending of the claim.
	Validity Duration `json:"validity,omitzero"`
	// Timeout is how long the attempt may take; the agent enforces it.
	Timeout Duration `json:"timeout,omitzero"`
	// Action is what to carry out.
	Action string `json:"action,omitzero"`
	// Parameters are those of the step, as they are.
	Parameters json.RawMessage `json:"parameters,omitempty"`
	// SayEvery is how often the agent has to say that it is still acting.
	SayEvery Duration `json:"say_every,omitzero"`
	Entry    uint64   `json:"entry,omitzero"`
}

// Progress is a sign of life of an acting agent, with what there is to tell.
type Progress struct {
	Type string `json:"type" check:"required"`
	Work
	// Claim is the claim under which the agent acts.
	Claim string `json:"claim" check:"required,min=1,max=64"`
	// Text is what is going on, in a line.
	Text string `json:"text,omitzero" check:"max=500"`
	// Percent is how far it got, 0 to 100; left out where nobody knows.
	Percent *int `json:"percent,omitempty" check:"min=0,max=100"`
	// Output is the last lines.
	Output string `json:"output,omitzero" check:"max=2000"`
}

// Instruction answers Progress.
type Instruction struct {
	Type string `json:"type"`
	// Abort is nil when the attempt goes on.
	Abort *Abort `json:"abort,omitempty"`
	// Unknown says that the controller knows no such granted attempt: stop.
	Unknown bool `json:"unknown,omitzero"`
}

// Outcomes of an attempt.
const (
	// OutcomeDone: the action succeeded.
	OutcomeDone = "done"
	// OutcomeFailed: the action ended without success, or never began.
	OutcomeFailed = "failed"
	// OutcomeAborted: the agent stopped it, and it has stopped.
	OutcomeAborted = "aborted"
	// OutcomeTimedOut: the agent stopped it because its time was over.
	OutcomeTimedOut = "timed_out"
	// OutcomeUnknown: the agent can't tell, for example after a crash.
	OutcomeUnknown = "unknown"
)

// Result says how an attempt ended.
type Result struct {
	Type string `json:"type" check:"required"`
	ID   string `json:"id,omitzero" check:"max=128"`
	Work
	// Claim is the claim under which the agent acted.
	Claim string `json:"claim" check:"required,min=1,max=64"`
	// Outcome is how it ended.
	Outcome string `json:"outcome" check:"required,enum=done|failed|aborted|timed_out|unknown"`
	// Text is what happened, in a line.
	Text string `json:"text,omitzero" check:"max=2000"`
	// ExitStatus is the program's, where there was one.
	ExitStatus *int `json:"exit_status,omitempty"`
	// Output is what the action printed, bounded.
	Output string `json:"output,omitzero" check:"max=8192"`
	// Data is what the action returned for programs.
	Data json.RawMessage `json:"data,omitempty" check:"object"`
	// AbortedBy is who asked for the abort, where the agent knows: an operator, or its own host.
	AbortedBy *By `json:"aborted_by,omitempty"`
	// Started is when it began, by the agent's clock.
	Started *time.Time `json:"started,omitempty"`
	// Ended is when it ended, by the agent's clock.
	Ended *time.Time `json:"ended,omitempty"`
}

// Bell says "ask now"; with an abort it also says what to stop, for the case that
// the log can't be written.
type Bell struct {
	Type string `json:"type"`
	// Abort is what to stop at once.
	Abort *Abort `json:"abort,omitempty"`
}

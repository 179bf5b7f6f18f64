package schema

import (
	"encoding/json"
	"time"
)

// Kinds of a relation to a recovery under way.
const (
	// Preempt asks that the recovery named gives way.
	Preempt = "preempt"
	// Continue asks that the recovery named goes on with its next step.
	Continue = "continue"
	// Postpone asks to wait until the recovery named has ended.
	Postpone = "postpone"
	// ByPriority preempts if the priority is higher, else postpones.
	ByPriority = "by_priority"
)

// Cures: who says that a problem is gone.
const (
	// CureCleared: the expert says so. The default.
	CureCleared = "cleared"
	// CureResult: the step's success is enough.
	CureResult = "result"
	// CureProbe: an action says so, at the end of the observe period.
	CureProbe = "probe"
)

// Request asks for a recovery: a problem and the steps that should cure it.
type Request struct {
	Type string `json:"type" check:"required"`
	// ID makes repeats safe: the same id of the same sender gets the original answer.
	ID string `json:"id,omitzero" check:"max=128"`
	// Deadline is the time after which the request is not decided any more; only for asked ones.
	Deadline *time.Time `json:"deadline,omitempty"`
	// Problem is what the expert sees.
	Problem Problem `json:"problem" check:"required"`
	// Steps are the actions that should cure the problem, in the order of this list.
	Steps []Step `json:"steps" check:"required,minitems=1,maxitems=64"`
	// Aftercare is what people should do when it has ended.
	Aftercare *Aftercare `json:"aftercare,omitempty"`
	// Relation says what the request means for the recovery under way.
	Relation *Relation `json:"relation,omitempty"`
	// Cure is who says that the problem is gone: `cleared`, the expert; `result`, the step's success; `probe`, an action. Default `cleared`: without it the recovery ends failed, `no_effect`.
	Cure string `json:"cure,omitzero" check:"enum=cleared|result|probe,default=cleared"`
	// Probe is the action that tells whether the problem is gone; needed by cure `probe`.
	Probe *Probe `json:"probe,omitempty"`
	// Automatic permits a start without approval where mode and policy do, too; default false.
	Automatic bool `json:"automatic,omitzero" check:"default=false"`
	// Priority orders the queue: higher goes first; default 0.
	Priority int `json:"priority,omitzero" check:"min=-1000,max=1000,default=0"`
	// Observe is how long to watch after a step; default from the policy; 0s: the step's success decides.
	Observe *Duration `json:"observe,omitempty"`
	// NotBefore postpones the recovery until then.
	NotBefore *time.Time `json:"not_before,omitempty"`
	// Expires is the time after which the request is pointless.
	Expires *time.Time `json:"expires,omitempty"`
}

// Problem is one occurrence of what an expert sees.
type Problem struct {
	// ID names this occurrence; the expert uses it again to say that it cleared.
	ID string `json:"id" check:"required,min=1,max=128"`
	// Key names the kind of problem; default: the title.
	Key string `json:"key,omitzero" check:"max=200"`
	// Title is what an operator reads first.
	Title string `json:"title" check:"required,min=1,max=200"`
	// Description says more.
	Description string `json:"description,omitzero" check:"max=8000"`
	// Since is when the problem appeared.
	Since *time.Time `json:"since,omitempty"`
	// Context is whatever else helps a person: names and values.
	Context map[string]string `json:"context,omitempty" check:"maxitems=64"`
}

// Orders in which the members of a group carry out a step.
const (
	// Serial: one after another; the first that fails halts the group. The default.
	Serial = "serial"
	// Parallel: all at once; after a failure none begins any more, and those that act finish.
	Parallel = "parallel"
)

// Step is one action on the system by an agent, by a group of agents, or by hand by the operator.
type Step struct {
	// Title is what an operator approves.
	Title string `json:"title,omitzero" check:"max=500"`
	// Action names what an agent does; a step has an action or is by hand.
	Action string `json:"action,omitzero" check:"name"`
	// Agent names who does it; default: the policy's route for the action.
	Agent string `json:"agent,omitzero" check:"name"`
	// Agents names the members of a group: each carries the action out, and the first failure halts the group; instead of agent.
	Agents []string `json:"agents,omitempty" check:"minitems=1,maxitems=32,itemname"`
	// Order is how a group works: `serial`, one member after another, or `parallel`, all at once; default `serial`.
	Order string `json:"order,omitzero" check:"enum=serial|parallel,default=serial"`
	// Parameters are handed to the action as they are.
	Parameters json.RawMessage `json:"parameters,omitempty" check:"object"`
	// ByHand says that the operator carries it out.
	ByHand bool `json:"by_hand,omitzero"`
	// Attempts is how often the step may be tried; default 1. A group is tried again as a whole, without the members that succeeded before one failed.
	Attempts int `json:"attempts,omitzero" check:"min=1,max=100,default=1"`
	// Pause is how long to wait before the next attempt, after a failure and after no effect; default 0s.
	Pause Duration `json:"pause,omitzero" check:"default=0s"`
	// Needed is asked before the step is prompted or started: is it still needed? Done means yes, unless its data says `"needed": false`, which skips the step; any other value than true or false, and any other outcome, means that nobody can tell: then the operator is asked.
	Needed *Probe `json:"needed,omitempty"`
	// Timeout is how long one attempt may take; default from the policy.
	Timeout *Duration `json:"timeout,omitempty"`
	// Observe is how long to watch after this step; default from the request, then the policy.
	Observe *Duration `json:"observe,omitempty"`
}

// Aftercare is what people should do when the recovery has ended.
type Aftercare struct {
	// Completed is what to do after a recovery that helped, one thing an item.
	Completed []string `json:"completed,omitempty" check:"maxitems=32,itemmax=500"`
	// Failed is what to do after one that did not.
	Failed []string `json:"failed,omitempty" check:"maxitems=32,itemmax=500"`
}

// Relation says what a request means for another recovery.
type Relation struct {
	// Kind is one of: `preempt`: it gives way; `continue`: it goes on with its next step; `postpone`: this request waits; `by_priority`: the higher priority preempts, else postpones.
	Kind string `json:"kind" check:"required,enum=preempt|continue|postpone|by_priority"`
	// To is the token of the other recovery; `by_priority` needs none.
	To string `json:"to,omitzero" check:"token"`
}

// Probe is an action, declared harmless, that tells something of the system: whether the problem is gone, or a step is still needed.
type Probe struct {
	// Action names what an agent does.
	Action string `json:"action" check:"required,name"`
	// Agent names who does it; default: the policy's route for the action.
	Agent string `json:"agent,omitzero" check:"name"`
	// Parameters are handed to the action as they are.
	Parameters json.RawMessage `json:"parameters,omitempty" check:"object"`
	// Timeout is how long the probe may take; default from the policy's `step_timeout`.
	Timeout *Duration `json:"timeout,omitempty"`
}

// Cleared says that a problem is gone.
type Cleared struct {
	Type     string     `json:"type" check:"required"`
	ID       string     `json:"id,omitzero" check:"max=128"`
	Deadline *time.Time `json:"deadline,omitempty"`
	// Problem is the id that the request gave.
	Problem string `json:"problem" check:"required,min=1,max=128"`
	// Expert is whose problem it is: an expert's name; operator:anna for one that the operator anna asked for. Only an operator says so.
	Expert string `json:"expert,omitzero" check:"owner"`
	Note   string `json:"note,omitzero" check:"max=2000"`
}

// Consumed says that the asker has seen how its recovery ended. Only who asked for it, or
// for one of the problems that it covers, says so, and only when it has ended.
type Consumed struct {
	Type     string     `json:"type" check:"required"`
	ID       string     `json:"id,omitzero" check:"max=128"`
	Deadline *time.Time `json:"deadline,omitempty"`
	Token    string     `json:"token" check:"required,token"`
}

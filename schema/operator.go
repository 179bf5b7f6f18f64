package schema

import "time"

// Decisions that a prompt can get. Which ones fit depends on its kind.
const (
	// Approve starts the step that the prompt shows.
	Approve = "approve"
	// ApproveAll starts it and lets all that remain follow without asking.
	ApproveAll = "approve_all"
	// Choose starts another step instead.
	Choose = "choose"
	// Decline ends the recovery; of a step by hand it says that it can't be done.
	Decline = "decline"
	// Done: the step by hand is done; of an unclear attempt: it had finished.
	Done = "done"
	// Retry: a new attempt of the step whose outcome is unclear.
	Retry = "retry"
	// GiveUp ends the recovery whose outcome is unclear.
	GiveUp = "give_up"
)

// Modes of a system.
const (
	// ModeApproval: people approve each step. The default.
	ModeApproval = "approval"
	// ModeAutomatic: what policy and request allow starts without approval.
	ModeAutomatic = "automatic"
	// ModeManual: people have taken over; nothing starts.
	ModeManual = "manual"
)

// Decide answers a prompt.
type Decide struct {
	Type     string     `json:"type" check:"required"`
	ID       string     `json:"id,omitzero" check:"max=128"`
	Deadline *time.Time `json:"deadline,omitempty"`
	// Prompt is the one that the operator saw.
	Prompt string `json:"prompt" check:"required,prompt"`
	// Decision is what the operator decides; which ones fit depends on the prompt's kind.
	Decision string `json:"decision" check:"required,enum=approve|approve_all|choose|decline|done|retry|give_up"`
	// Step is the index of the chosen step; with approve it must be the one shown.
	Step *int `json:"step,omitempty" check:"min=0,max=63"`
	// Override says that the operator knows that an agent may still be acting.
	Override bool `json:"override,omitzero"`
	// Hold overrides the policy's hold after a decline; 0s: none.
	Hold *Duration `json:"hold,omitempty"`
	// Note says why; an unclear outcome needs one.
	Note string `json:"note,omitzero" check:"max=2000"`
}

// Interrupt stops a recovery.
type Interrupt struct {
	Type     string     `json:"type" check:"required"`
	ID       string     `json:"id,omitzero" check:"max=128"`
	Deadline *time.Time `json:"deadline,omitempty"`
	// Token names the recovery; without it, the one under way.
	Token string `json:"token,omitzero" check:"token"`
	Note  string `json:"note,omitzero" check:"max=2000"`
}

// Mode changes how a system is run.
type Mode struct {
	Type     string     `json:"type" check:"required"`
	ID       string     `json:"id,omitzero" check:"max=128"`
	Deadline *time.Time `json:"deadline,omitempty"`
	// Mode is one of: `approval`: people approve; `automatic`: what policy and request allow starts by itself; `manual`: people have taken over.
	Mode string `json:"mode" check:"required,enum=approval|automatic|manual"`
	Note string `json:"note,omitzero" check:"max=2000"`
}

// Hold keeps requests for a kind of problem away for a while; 0s lifts it.
type Hold struct {
	Type     string     `json:"type" check:"required"`
	ID       string     `json:"id,omitzero" check:"max=128"`
	Deadline *time.Time `json:"deadline,omitempty"`
	// Expert is whose requests are kept away: an expert's name; operator:anna for what the operator anna asks for.
	Expert string `json:"expert" check:"required,owner"`
	// Key is a given key; a hold names a key or a problem.
	Key string `json:"key,omitzero" check:"max=200"`
	// Problem is a problem's id, where its request gave no key.
	Problem string `json:"problem,omitzero" check:"max=128"`
	// For is how long; 0s lifts the hold.
	For  Duration `json:"for" check:"required"`
	Note string   `json:"note,omitzero" check:"max=2000"`
}

// Note is a remark that stays with a recovery.
type Note struct {
	Type     string     `json:"type" check:"required"`
	ID       string     `json:"id,omitzero" check:"max=128"`
	Deadline *time.Time `json:"deadline,omitempty"`
	Token    string     `json:"token" check:"required,token"`
	// Text is the remark.
	Text string `json:"text" check:"required,min=1,max=2000"`
}

// ApplyPolicy replaces the policy of a system, whole.
type ApplyPolicy struct {
	Type     string     `json:"type" check:"required"`
	ID       string     `json:"id,omitzero" check:"max=128"`
	Deadline *time.Time `json:"deadline,omitempty"`
	// Policy is the whole policy; what it leaves out has its default.
	Policy Policy `json:"policy" check:"required"`
	Note   string `json:"note,omitzero" check:"max=2000"`
}

package schema

import "time"

// What a controller observes is an input like any other: it stands in the log.

// Unclaimed: the offered attempt was not claimed in time.
type Unclaimed struct {
	Type string `json:"type" check:"required"`
	Work
}

// Silent: the agent that carries out the attempt said nothing for too long.
type Silent struct {
	Type string `json:"type" check:"required"`
	Work
}

// Unconfirmed: the agent did not confirm the abort in time.
type Unconfirmed struct {
	Type string `json:"type" check:"required"`
	Work
}

// ExpertSilent: these experts said nothing for too long, seen from one recovery.
type ExpertSilent struct {
	Type  string `json:"type" check:"required"`
	Token string `json:"token" check:"required,token"`
	// Experts are those that said nothing for too long.
	Experts []string `json:"experts" check:"required,minitems=1,maxitems=64,itemname"`
}

// Alive: an expert that was silent gave a sign of life.
type Alive struct {
	Type string `json:"type" check:"required"`
}

// Offered: what an agent offers has changed, or it is new.
type Offered struct {
	Type string `json:"type" check:"required"`
	// Actions is what the agent offers now.
	Actions []Action `json:"actions" check:"required,maxitems=200"`
	// Simulated says that the agent plays its actions.
	Simulated bool `json:"simulated,omitzero"`
}

// Malformed: what was published was no valid message; kept as an event only.
type Malformed struct {
	Type string `json:"type" check:"required"`
	// Subject is where it was published.
	Subject string `json:"subject" check:"required,max=512"`
	// Field is what was wrong, as a path: steps[0].timeout.
	Field string `json:"field,omitzero" check:"max=200"`
	// Text says what was wrong and what to do.
	Text string `json:"text" check:"required,max=2000"`
	// Size is its length in bytes.
	Size int `json:"size,omitzero"`
	// ID is the message's own id, where one could be read.
	ID string     `json:"id,omitzero" check:"max=128"`
	At *time.Time `json:"at,omitempty"`
}

package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// RulesVersion is the version of the rules by which this build decides. A replica
// that meets a higher one in the log answers queries and decides no more.
const RulesVersion = 1

// Entry is one decision: what came in, what was decided, and the changed
// documents whole. Following the log is an upsert of Documents by key.
type Entry struct {
	Type   string `json:"type" check:"required"`
	System string `json:"system" check:"required,name"`
	// Entry counts without gaps, from 1.
	Entry uint64 `json:"entry" check:"required,min=1"`
	// Lineage is made anew with entry 1: another lineage is another log.
	Lineage string `json:"lineage" check:"required"`
	// Previous is the hash of the previous entry's bytes; empty in entry 1.
	Previous string `json:"previous"`
	// ID is random, and is the message's Nats-Msg-Id.
	ID string    `json:"id" check:"required"`
	At time.Time `json:"at" check:"required"`
	// Replica is who decided.
	Replica string `json:"replica" check:"required"`
	// Rules is the version of the rules.
	Rules int `json:"rules" check:"required"`
	// Build is the version of the program.
	Build string `json:"build,omitzero"`
	// Inputs are what was decided, in this order, each with its answer.
	Inputs []EntryInput `json:"inputs,omitempty"`
	// Events are what happened, one line each: the audit trail.
	Events []Event `json:"events,omitempty"`
	// Documents are those that changed, whole.
	Documents []Document `json:"documents,omitempty"`
	// Checkpoint marks an entry that repeats documents of the state.
	Checkpoint *CheckpointPart `json:"checkpoint,omitempty"`
}

// EntryInput is an input as it came in, and what it was answered.
type EntryInput struct {
	// ID is the caller's, or the receiving replica's own.
	ID string `json:"id,omitzero"`
	// Kind is the message's type without its prefix: request, decide, claim.
	Kind string    `json:"kind"`
	By   By        `json:"by"`
	At   time.Time `json:"at"`
	// Inbox is its sequence in the inbox stream; 0 for a call.
	Inbox uint64 `json:"inbox,omitzero"`
	// Message is the message as it came in. That of a request that got a token stands
	// among the documents instead, as request/<token>.
	Message json.RawMessage `json:"message,omitempty"`
	// Answer is what the sender gets.
	Answer *Answer `json:"answer,omitempty"`
}

// Document is a keyed document as it now stands; without a value it is gone.
type Document struct {
	// Key names the document: recovery/cms-37, counter, hold/daqexpert/key/FED stuck.
	Key string `json:"key"`
	// Value is the document, whole; left out when it is gone.
	Value json.RawMessage `json:"value,omitempty"`
}

// CheckpointPart numbers the parts of a checkpoint: valid when complete and with
// nothing else between them.
type CheckpointPart struct {
	// Part is this part's number, from 1.
	Part int `json:"part"`
	// Of is how many parts the checkpoint has.
	Of int `json:"of"`
}

// Key prefixes of documents. What follows the prefix names the one meant.
const (
	// KeyRecovery + token: a Status that is part of the state.
	KeyRecovery = "recovery/"
	// KeyRecord + token: a Status that is no part of the state: rejected, joined.
	KeyRecord = "record/"
	// KeyRequest + token: the Request as it came in, written once, in the entry that
	// gave out the token. It follows its status, and stays as long as that is kept.
	KeyRequest = "request/"
	// KeyID + role/name/id: a Remembered.
	KeyID = "id/"
	// KeyClear + expert/problem: a ClearedProblem.
	KeyClear = "clear/"
	// KeyHold + expert/key/<key> or expert/problem/<id>: a HoldDocument.
	KeyHold = "hold/"
	// KeyAgent + name: an AgentDocument.
	KeyAgent = "agent/"
	// KeyExpert + name: an ExpertDocument.
	KeyExpert = "expert/"
	// KeyCounter, KeyBreaker, KeyMode, KeyPolicy, KeyInbox: one document each.
	KeyCounter = "counter"
	KeyBreaker = "breaker"
	KeyMode    = "mode"
	KeyPolicy  = "policy"
	KeyInbox   = "inbox"
)

// Remembered is an input's id with its answer, so that a repeat gets the same.
type Remembered struct {
	// Fingerprint is the hash of the message, to tell a repeat from a conflict.
	Fingerprint string `json:"fingerprint"`
	Answer      Answer `json:"answer"`
	// Token is the recovery that keeps it remembered while it is open.
	Token string    `json:"token,omitzero"`
	Until time.Time `json:"until"`
}

// ClearedProblem is a problem that cleared a short while ago.
type ClearedProblem struct {
	At    time.Time `json:"at"`
	By    By        `json:"by"`
	Until time.Time `json:"until"`
}

// HoldDocument is a hold in force.
type HoldDocument struct {
	// Expert is whose requests are kept away: an expert's name, or operator:name.
	Expert string `json:"expert"`
	// Key is the key that is held, where one was given.
	Key string `json:"key,omitzero"`
	// Problem is the problem's id, where there was no key.
	Problem string    `json:"problem,omitzero"`
	By      By        `json:"by"`
	At      time.Time `json:"at"`
	// Until is when it ends by itself.
	Until time.Time `json:"until"`
	// Why is one of: `declined`, `interrupted` or `set`.
	Why   string `json:"why"`
	Token string `json:"token,omitzero"`
	Note  string `json:"note,omitzero"`
}

// AgentDocument is what an agent offers.
type AgentDocument struct {
	// Name is the agent.
	Name string `json:"name"`
	// Actions is what the agent offers.
	Actions []Action `json:"actions"`
	// Simulated says that the agent plays its actions.
	Simulated bool `json:"simulated,omitzero"`
	// Since is since when it has offered just this.
	Since time.Time `json:"since"`
	// Seen is when the log noted last that the agent is there: about once a day. An agent that was not seen for 30 days is forgotten.
	Seen time.Time `json:"seen,omitzero"`
	// Presence is filled in by whoever answers a query: present, away, or unknown where the controller has not listened for long enough. Not logged.
	Presence string `json:"presence,omitzero"`
	// LastHeard is when a controller heard the agent last; left out: not since it began to listen. Filled in as presence is.
	LastHeard *time.Time `json:"last_heard,omitempty"`
	// Doubled says that two processes ask under this name; only one of them is offered anything. Filled in as presence is.
	Doubled bool `json:"doubled,omitzero"`
}

// Values of AgentDocument.Presence.
const (
	Present         = "present"
	Away            = "away"
	PresenceUnknown = "unknown"
)

// ExpertDocument says since when an expert is silent; it is gone when the expert speaks.
type ExpertDocument struct {
	SilentSince time.Time `json:"silent_since"`
}

// CounterDocument counts the tokens given out.
type CounterDocument struct {
	Requests uint64 `json:"requests"`
}

// BreakerDocument lists the recent starts without approval.
type BreakerDocument struct {
	Starts []BreakerStart `json:"starts"`
}

// BreakerStart is one start without approval.
type BreakerStart struct {
	Token string    `json:"token"`
	At    time.Time `json:"at"`
}

// ModeDocument is the mode in force.
type ModeDocument struct {
	// Mode is one of: `approval`, `automatic` or `manual`.
	Mode string    `json:"mode"`
	By   By        `json:"by"`
	At   time.Time `json:"at"`
	Note string    `json:"note,omitzero"`
}

// PolicyDocument is the policy in force, as it was given.
type PolicyDocument struct {
	// Policy is the policy, as it was given.
	Policy Policy    `json:"policy"`
	By     By        `json:"by"`
	At     time.Time `json:"at"`
	Note   string    `json:"note,omitzero"`
	// Entry is the entry that put it in force.
	Entry uint64 `json:"entry"`
}

// InboxDocument is how far the inbox has been decided.
type InboxDocument struct {
	// Created is the inbox stream's creation time: another one is another inbox.
	Created time.Time `json:"created"`
	// Sequence is the last one decided.
	Sequence uint64 `json:"sequence"`
}

// Complete puts the requests that stand among the documents into the inputs that
// brought them.
func (e *Entry) Complete() {
	for i := range e.Inputs {
		in := &e.Inputs[i]
		if in.Kind != KindRequest || len(in.Message) > 0 || in.Answer == nil {
			continue
		}
		key := KeyRequest + in.Answer.Token
		if j := slices.IndexFunc(e.Documents, func(d Document) bool { return d.Key == key }); j >= 0 {
			in.Message = e.Documents[j].Value
		}
	}
}

// HashEntry gives the hash that the next entry names as its previous.
func HashEntry(payload []byte) string {
	sum := sha256.Sum256(payload)
	var out [2 * sha256.Size]byte
	hex.Encode(out[:], sum[:])
	return string(out[:])
}

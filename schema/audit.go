package schema

import "time"

// AuditQuery asks for lines of the audit trail: newest first, or oldest first.
type AuditQuery struct {
	Type string `json:"type,omitzero"`
	// Who keeps what somebody of this name did.
	Who string `json:"who,omitzero" check:"max=64"`
	// Via keeps what came this way: bridge, call, tell, controller.
	Via string `json:"via,omitzero" check:"max=64"`
	// Kind keeps events of these kinds.
	Kind  []string `json:"kind,omitempty" check:"maxitems=64"`
	Token string   `json:"token,omitzero" check:"token"`
	// Text keeps events in whose text this occurs; * stands for anything.
	Text string `json:"text,omitzero" check:"max=200"`
	// Since keeps what happened then or later.
	Since *time.Time `json:"since,omitempty"`
	// Until keeps what happened earlier.
	Until *time.Time `json:"until,omitempty"`
	// Entry keeps the events of this entry.
	Entry uint64 `json:"entry,omitzero"`
	// Behind keeps events of entries behind this one.
	Behind uint64 `json:"behind,omitzero"`
	// Oldest gives the oldest first.
	Oldest bool `json:"oldest,omitzero"`
	// Limit is how many at most; 0 and left out: the default.
	Limit int `json:"limit,omitzero" check:"min=0,max=1000,default=100"`
	// Cursor is the previous page's next.
	Cursor string `json:"cursor,omitzero" check:"max=64"`
	After  uint64 `json:"after,omitzero"`
}

// Audit answers AuditQuery. A page may hold fewer events than asked for, even none, and
// still name the next one: it looks at a bounded number of lines.
type Audit struct {
	Type   string `json:"type"`
	System string `json:"system"`
	// Events are what happened.
	Events []Event `json:"events"`
	// Next is the cursor of the next page; empty when there is none.
	Next string `json:"next,omitzero"`
	// Entry is the entry that the answer reflects.
	Entry uint64 `json:"entry"`
	// First is the first entry whose system events are still kept.
	First uint64 `json:"first"`
}

// SignedCheckpoint is what somebody outside keeps of a log: which entry had which hash.
// A log that was replaced, or altered up to there, does not fit it any more.
type SignedCheckpoint struct {
	Type   string `json:"type"`
	System string `json:"system"`
	// Lineage is the log's: another one is another log.
	Lineage string `json:"lineage"`
	Entry   uint64 `json:"entry"`
	// Hash is the hash of the entry's bytes, and so of all that stands before it.
	Hash string    `json:"hash"`
	At   time.Time `json:"at"`
	// Key is the public key, ed25519, as base64.
	Key string `json:"key"`
	// Signature is over this document without it, as Encode writes it, as base64.
	Signature string `json:"signature,omitzero"`
}

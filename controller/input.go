package controller

import (
	"bytes"
	"encoding/json"
	"time"

	"expertcontroller/schema"
)

// Input is one message or observation, decoded and checked.
type Input struct {
	// Kind is the message's type without its prefix.
	Kind string
	// ID is the caller's own id; empty if it gave none.
	ID string
	// Own is the id that the receiving replica gave it, when it was forwarded: it is
	// remembered for a short while so that a second try is not decided twice.
	Own string
	By  schema.By
	// At is when the inbox stored it, or the call came in.
	At time.Time
	// Inbox is its sequence in the inbox stream; 0 for a call.
	Inbox uint64
	// Short says why the replica that received it found no room for a new request; empty:
	// there was. In the log the answer's code disk_short says the same.
	Short string
	// Deadline is when it is not decided any more; zero: never.
	Deadline time.Time
	// Raw is the message as it came in, Fingerprint its hash.
	Raw         json.RawMessage
	Fingerprint string
	// Message is the decoded message: *schema.Request and so on.
	Message any
}

// inputOf makes an input of a decoded message.
func inputOf(kind string, by schema.By, at time.Time, raw []byte, message any) Input {
	in := Input{Kind: kind, By: by, At: at, Raw: oneLine(raw), Message: message}
	var deadline *time.Time
	if m, ok := message.(schema.Named); ok {
		in.ID, deadline = m.Name()
	}
	if deadline != nil {
		in.Deadline = *deadline
	}
	if in.ID != "" && len(idKeys(&in)) > 0 { // nobody asks for the others'
		in.Fingerprint = schema.Fingerprint(raw)
	}
	return in
}

// oneLine gives a message as the log keeps it: an entry holds it as it came, and is a
// line of an export. Outside a text a new line means nothing.
func oneLine(raw []byte) []byte {
	if !bytes.ContainsAny(raw, "\n\r") {
		return raw
	}
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		return raw // what is no JSON is refused, and not kept
	}
	return out.Bytes()
}

// Change is a document as it now stands, or its removal.
type Change struct {
	// Kind and Name are the document's key in its two parts: most are looked at apart, so
	// that the rules need not put together what others take apart again.
	Kind, Name string
	// Value is a pointer to the document; nil removes it.
	Value any
}

// changeOf gives the change of the document with a key.
func changeOf(key string, value any) Change {
	kind := prefix(key)
	return Change{kind, key[len(kind):], value}
}

// Key is what the log calls the document.
func (c *Change) Key() string { return c.Kind + c.Name }

// Decision is what Step decided: plain data, nothing has happened yet.
type Decision struct {
	// Taken is how many of the inputs were decided, from the front in the order given
	// back in Order; the rest has to come again with the next call.
	Taken int
	// Answers stand at the index of their input; those not taken are empty.
	Answers []schema.Answer
	// Order gives the indexes of the inputs taken, in the order in which they were decided.
	Order  []int
	Events []schema.Event
	// Changes are in the order in which the documents first changed.
	Changes []Change
	// Ring lists agents that should ask for work now.
	Ring []string
	// Rulings are the cells of the table that were used, in this order.
	Rulings []Ruling
	// At is the decision's time: now, but never before the previous entry's.
	At time.Time
}

// Empty tells whether there is nothing to append.
func (d *Decision) Empty() bool {
	return len(d.Order) == 0 && len(d.Changes) == 0 && len(d.Events) == 0
}

// Ruling is the use of one cell of the table: what happened to a recovery that stood
// there, and the state that it then had.
type Ruling struct {
	to   string
	from situation
	what what
}

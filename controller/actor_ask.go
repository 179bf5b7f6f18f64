package controller

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"expertcontroller/schema"
)

// ask is an input that waits for its decision.
type ask struct {
	in Input
	// reply gets the outcome, once; nil when nobody waits. It never blocks.
	reply chan outcome
	// counted: it is one of the calls that the queue is bounded by.
	counted bool
	// gone: the caller has given up, and it need not be decided. keep: it was acted on
	// already, so that it has to stand in the log whoever waits.
	gone, keep atomic.Bool
	// notAfter is when another replica takes over deciding it; zero: none does.
	notAfter time.Time
	received time.Time
	// shared: other replicas have it, too; the preferred one goes first.
	shared bool
	seed   bool
	// valid tells whether it is still worth deciding; nil: it is.
	valid func(*State) bool
	// over is called when it has its outcome.
	over func()
	bell *lateBell
	size int
	// inbox is the creation time of the stream that in.Inbox counts in.
	inbox time.Time
	done  bool // the loop's
}

// outcome is what became of an ask: an answer that stands in the log, or an error.
type outcome struct {
	answer schema.Answer
	err    *schema.Error
}

// resolve gives an ask its outcome. Only the first one counts.
func (a *Actor) resolve(q *ask, o outcome) {
	if q.done {
		return
	}
	q.done = true
	q.bell.stop()
	if q.counted {
		a.queued.Add(-1)
	}
	if q.reply != nil {
		q.reply <- o
	}
	if q.over != nil {
		q.over()
	}
}

// tell makes an ask of a message that was published. What is no valid message becomes
// an input that says so: it has its place in the log like every other.
func (a *Actor) tell(m schema.ToldMessage, created time.Time) *ask {
	q := &ask{received: a.now(), shared: true, size: len(m.Payload) + 512, inbox: created}
	from, err := schema.ParseTell(m.Subject)
	var bad *schema.Error
	var message any
	switch {
	case err != nil:
		from.By = senderOf(m.Subject)
		bad = &schema.Error{Text: err.Error()}
	case len(m.Payload) > schema.MaxInput:
		bad = tooLarge(len(m.Payload))
	default:
		if message, bad = schema.Decode(from.Kind, m.Payload); bad == nil {
			bad = a.unfit(message)
		}
	}
	if bad == nil {
		q.in = inputOf(from.Kind, from.By, m.Stored.UTC(), m.Payload, message)
	} else {
		a.counts.malformed.Add(1)
		stored := m.Stored.UTC()
		found := &schema.Malformed{
			Type: schema.Type(schema.KindMalformed), Subject: schema.ShortenBytes(m.Subject, 500), Field: schema.ShortenBytes(bad.Field, 200),
			Text: schema.ShortenBytes(bad.Text, 2000), Size: len(m.Payload), ID: foundID(m.Payload), At: &stored,
		}
		raw, err := schema.Encode(found)
		if err != nil { // a Malformed holds nothing but texts and numbers
			a.log.Error("a malformed message could not be described", "subject", m.Subject, "error", err)
		}
		q.in = inputOf(schema.KindMalformed, from.By, stored, raw, found)
	}
	q.in.Inbox = m.Sequence
	a.hear(&q.in)
	if q.in.Kind == schema.KindInterrupt {
		a.ringIfLate(q, q.received)
	}
	return q
}

// senderOf reads who published, as far as a subject that is not ours tells.
func senderOf(subject string) schema.By {
	by := schema.By{Role: schema.RoleExpert, Name: "_", Via: schema.ViaTell, Auth: "subject"}
	t := strings.Split(subject, ".")
	if len(t) > 3 && t[2] == schema.RoleOperator {
		by.Role = schema.RoleOperator
	}
	if len(t) > 3 {
		by.Name = schema.CleanName(t[3])
	}
	return by
}

// foundID reads the id of a message that is not valid otherwise, so that its sender
// recognises the answer.
func foundID(payload []byte) string {
	var m struct {
		ID string `json:"id"`
	}
	if len(payload) > schema.MaxInput || json.Unmarshal(payload, &m) != nil || len(m.ID) > 128 {
		return ""
	}
	return m.ID
}

func tooLarge(size int) *schema.Error {
	return &schema.Error{
		Type: schema.Type(schema.KindError), Code: 413, Reason: schema.CodeTooLarge,
		Text: fmt.Sprintf("the message has %d bytes, %d are the most: send less, for example a shorter description", size, schema.MaxInput),
	}
}

// unavailable is what callers hear while the actor does not decide.
func (a *Actor) unavailable() *schema.Error {
	text := "no decision here now: repeat the message with the same id"
	if err := a.Ready(); err != nil {
		text = err.Error() + ": repeat the message with the same id, or follow the log"
	}
	return &schema.Error{Type: schema.Type(schema.KindError), Code: 503, Reason: schema.CodeNotReady, Text: text}
}

func queueFull(n int) *schema.Error {
	return &schema.Error{
		Type: schema.Type(schema.KindError), Code: 503, Reason: schema.CodeFull,
		Text: fmt.Sprintf("%d calls wait for a decision already: repeat the message with the same id in a moment", n),
	}
}

func diskShort(why string) *schema.Error {
	return &schema.Error{Type: schema.Type(schema.KindError), Code: 503, Reason: schema.CodeDiskShort, Text: why}
}

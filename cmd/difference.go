package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"expertcontroller/schema"
)

// difference is one thing that would be decided otherwise.
type difference struct {
	Entry uint64    `json:"entry"`
	At    time.Time `json:"at"`
	Token string    `json:"token,omitzero"`
	// What is the input or the document that it is about.
	What string `json:"what"`
	// Was is what is recorded, Now what would be.
	Was string `json:"was"`
	Now string `json:"now"`
}

// differencesOf gives what differs between an entry and the one that would be made now. With
// another policy only what people would notice counts: answers, and how recoveries and
// holds stand.
func differencesOf(was, now *schema.Entry, otherPolicy bool) []difference {
	var out []difference
	note := func(token, what, a, b string) {
		if a != b {
			out = append(out, difference{was.Entry, was.At, token, what, a, b})
		}
	}
	for i := range was.Inputs {
		in, answer := &was.Inputs[i], "not decided in this entry"
		if i < len(now.Inputs) {
			answer = answerText(now.Inputs[i].Answer)
		}
		token := ""
		if in.Answer != nil {
			token = in.Answer.Token
		}
		note(token, in.Kind+" of "+in.By.String(), answerText(in.Answer), answer)
	}
	a, b := documentsOf(was), documentsOf(now)
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		x, y := documentText(key, a), documentText(key, b)
		if x == y && !otherPolicy && !bytes.Equal(a[key], b[key]) {
			x, y = string(a[key]), string(b[key])
		}
		token, recovery := strings.CutPrefix(key, schema.KeyRecovery)
		switch {
		case recovery:
			note(token, "recovery", x, y)
		case !otherPolicy || strings.HasPrefix(key, schema.KeyHold):
			note("", key, x, y)
		}
	}
	if x, y := eventsText(was), eventsText(now); !otherPolicy && len(out) == 0 {
		note("", "events", x, y)
	}
	return out
}

// answerText gives an answer in a few words.
func answerText(a *schema.Answer) string {
	switch {
	case a == nil:
		return "no answer"
	case a.Reason.Code != "":
		return a.Verdict + " (" + a.Reason.Code + ")"
	}
	return a.Verdict
}

// documentsOf gives an entry's documents in a form that can be compared; nil is one that is gone.
func documentsOf(e *schema.Entry) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for _, d := range e.Documents {
		var value any
		if len(d.Value) > 0 && json.Unmarshal(d.Value, &value) == nil {
			if same, err := json.Marshal(value); err == nil { // the fields in one order
				out[d.Key] = same
				continue
			}
		}
		out[d.Key] = d.Value
	}
	return out
}

// documentText gives a document in a few words.
func documentText(key string, in map[string]json.RawMessage) string {
	value, there := in[key]
	switch {
	case !there:
		return "not touched"
	case len(value) == 0:
		return "gone"
	case strings.HasPrefix(key, schema.KeyRecovery):
		var s schema.Status
		if err := json.Unmarshal(value, &s); err != nil {
			return err.Error()
		}
		out := s.State
		if s.Reason.Code != "" {
			out += " (" + s.Reason.Code + ")"
		}
		out += fmt.Sprintf(", step %d", s.Step)
		if s.Prompt != nil {
			out += ", " + s.Prompt.Kind + " " + s.Prompt.ID
		}
		if s.Deadline != nil {
			out += ", until " + moment(*s.Deadline)
		}
		return out
	case strings.HasPrefix(key, schema.KeyHold):
		var h schema.HoldDocument
		if err := json.Unmarshal(value, &h); err != nil {
			return err.Error()
		}
		return "held until " + moment(h.Until)
	}
	return "there"
}

func eventsText(e *schema.Entry) string {
	texts := make([]string, len(e.Events))
	for i, event := range e.Events {
		texts[i] = event.Kind + " " + event.Token + " " + event.Text
	}
	return strings.Join(texts, "; ")
}

package controller

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"expertcontroller/schema"
)

// Again decides once more what an entry tells of, on the state that stood before it, and
// gives the entry as it would be now: answers, events and documents. The state stays as
// it is, but for where it stands: fold the recorded entry to go on. Entries that no rule
// made (a checkpoint, a replica that took over, a culprit) are given back as they are,
// and decided is false.
func Again(s *State, recorded *schema.Entry) (made schema.Entry, decided bool, err error) {
	made = *recorded
	if recorded.Checkpoint != nil || len(recorded.Inputs) == 0 && len(recorded.Documents) == 0 {
		return made, false, nil
	}
	for _, e := range recorded.Events {
		if e.Kind == schema.EventCulprit {
			return made, false, nil
		}
	}
	s.Position.Entry = recorded.Entry - 1
	for _, doc := range recorded.Documents {
		if doc.Key != schema.KeyInbox {
			continue
		}
		var inbox schema.InboxDocument
		if err := json.Unmarshal(doc.Value, &inbox); err != nil {
			return made, false, fmt.Errorf("entry %d: its inbox position: %w", recorded.Entry, err)
		}
		s.InboxCreated = inbox.Created
	}
	whole := *recorded
	whole.Inputs = append([]schema.EntryInput(nil), recorded.Inputs...)
	whole.Complete()
	inputs := make([]Input, len(whole.Inputs))
	for i, in := range whole.Inputs {
		if inputs[i], err = recordedInput(in); err != nil {
			return made, false, fmt.Errorf("entry %d: input %d: %w", recorded.Entry, i, err)
		}
	}
	if err := ownIDs(inputs, recorded); err != nil {
		return made, false, fmt.Errorf("entry %d: %w", recorded.Entry, err)
	}
	for _, most := range []int{schema.MaxBatch, least} { // as the one who decided it had to
		d := stepWithin(s, inputs, recorded.At, most)
		made.Events = d.Events
		made.Inputs = append([]schema.EntryInput(nil), recorded.Inputs...)
		for n, i := range d.Order {
			made.Inputs[n] = recorded.Inputs[i]
			made.Inputs[n].Answer = &d.Answers[i]
		}
		made.Inputs = made.Inputs[:len(d.Order)]
		if made.Documents, err = DocumentsOf(d.Changes); err != nil || fits(&made) {
			break
		}
	}
	return made, true, err
}

// fits tells whether an entry can be appended. Most are far from the limit, and are not
// encoded for it.
func fits(e *schema.Entry) bool {
	size := len(`,"documents":[]`) - len(`,`)
	for i := range e.Documents {
		d := &e.Documents[i]
		size += len(`{"key":},`) + schema.TextSize(d.Key)
		if len(d.Value) > 0 {
			size += len(`,"value":`) + len(d.Value)
		}
	}
	bare := *e
	bare.Documents, bare.Inputs = nil, slices.Clone(e.Inputs)
	for i := range bare.Inputs {
		in := &bare.Inputs[i]
		if len(in.Message) > 0 {
			size += len(`,"message":`) + len(in.Message)
			in.Message = nil
		}
	}
	return size < schema.MaxEntry/4 || size+encodedSize(&bare) <= schema.MaxEntry
}

// recordedInput makes the input that an entry tells of.
func recordedInput(in schema.EntryInput) (Input, error) {
	if in.Answer != nil && in.Answer.Reason.Code == schema.CodeDiskShort && len(in.Message) == 0 {
		return notTakenInput(in), nil
	}
	message, bad := schema.Decode(in.Kind, in.Message)
	if bad != nil {
		return Input{}, bad
	}
	out := inputOf(in.Kind, in.By, in.At, in.Message, message)
	out.Inbox = in.Inbox
	if out.ID != in.ID {
		out.Own = in.ID // the receiving replica's; ownIDs finds that of the others
	}
	return out, nil
}

// ownIDs gives back to inputs that have their caller's id, which is the one that the entry
// names, the id that the receiving replica gave them: it stands only in the document by
// which it is remembered. An input belongs to it that has its message and its answer; where
// more do, the documents are the same whichever of them is taken.
func ownIDs(inputs []Input, recorded *schema.Entry) error {
	for i := range recorded.Documents {
		doc := &recorded.Documents[i]
		own, is := strings.CutPrefix(doc.Key, schema.KeyID+ownID)
		if !is || len(doc.Value) == 0 {
			continue
		}
		var known schema.Remembered
		if err := json.Unmarshal(doc.Value, &known); err != nil {
			return fmt.Errorf("the document %s: %w", doc.Key, err)
		}
		for n := range inputs {
			in, answer := &inputs[n], recorded.Inputs[n].Answer
			if in.ID != "" && in.Own == "" && in.Fingerprint == known.Fingerprint && answer != nil && reflect.DeepEqual(*answer, known.Answer) {
				in.Own = own
				break
			}
		}
	}
	return nil
}

// notTakenInput makes the input of which an entry kept only that there was no room for it:
// the message itself is gone, and the rules don't look at it.
func notTakenInput(in schema.EntryInput) Input {
	out := Input{Kind: in.Kind, ID: in.ID, By: in.By, At: in.At, Inbox: in.Inbox, Short: in.Answer.Reason.Text}
	if in.Answer.ID != in.ID {
		out.ID, out.Own = "", in.ID
	}
	return out
}

package controller

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

// What a request leaves behind that becomes no recovery says who asked for what, when, and
// what was answered: all that its recovery would have said.
func TestARecordSaysWhatWasAsked(t *testing.T) {
	w := newWorld(t, "cms")
	daq := schema.By{Role: schema.RoleExpert, Name: "daq", Via: schema.ViaCall}
	since := w.now.Add(-time.Minute)
	var asked Input
	asks := func(id, problem, relation string) schema.Answer {
		w.now = w.now.Add(time.Second)
		m := &schema.Request{Type: schema.Type(schema.KindRequest), ID: id, Priority: 7,
			Problem: schema.Problem{ID: problem, Title: "FED stuck", Description: "FED 1467 is busy", Key: problem, Since: &since, Context: map[string]string{"fed": "1467"}},
			Steps:   []schema.Step{{Title: "one", Action: "recycle"}}}
		if relation != "" {
			m.Relation = &schema.Relation{Kind: relation, To: "cms-1"}
		}
		asked = w.input(daq, schema.KindRequest, id, m)
		return w.step(asked).Answers[0]
	}
	written := func(key string) []byte {
		t.Helper()
		for _, doc := range w.entries[len(w.entries)-1].Documents {
			if doc.Key == key {
				return doc.Value
			}
		}
		t.Fatalf("there is no %s", key)
		return nil
	}
	document := func(key string) schema.Status {
		t.Helper()
		s, err := schema.Read[schema.Status](written(key))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	w.step(w.input(schema.By{Role: schema.RoleAgent, Name: "l0"}, schema.KindOffered, "", &schema.Offered{
		Type: schema.Type(schema.KindOffered), Actions: []schema.Action{{Name: "*"}}, Simulated: true}))
	asks("a", "1", "")
	recovery := document(schema.KeyRecovery + "cms-1")

	for _, c := range []struct{ id, relation, state, kind, joined, says string }{
		{"b", "", schema.RejectedState, schema.EventRejected, "", ""},
		{"c", schema.Continue, schema.Joined, schema.EventJoined, "cms-1", "joins cms-1: "},
	} {
		answer := asks(c.id, c.id, c.relation)
		entry := w.entries[len(w.entries)-1]
		kept := slices.ContainsFunc(entry.Documents, func(doc schema.Document) bool {
			m, err := schema.Read[schema.Request](doc.Value)
			return doc.Key == schema.KeyRequest+answer.Token && err == nil && m.ID == c.id
		})
		if !kept {
			t.Errorf("the request that was %s is not kept", c.state)
		}
		got := document(schema.KeyRecord + answer.Token)
		want := recovery
		want.Token, want.RequestID, want.Entry, want.Created, want.Updated, want.Ended = answer.Token, c.id, w.state.Position.Entry, w.now, w.now, &w.now
		want.State, want.Terminal, want.Joined, want.Reason = c.state, true, c.joined, got.Reason
		want.Problems[0].ID, want.Problems[0].Key = c.id, c.id
		want.Event = schema.Event{Kind: c.kind, At: w.now, By: daq, Text: c.says + got.Reason.Text, Token: answer.Token}
		// What only a recovery has.
		want.Steps, want.Request, want.Defaults, want.Prompt, want.Prompts, want.Deadline, want.PollAfter = []schema.StepStatus{}, asked.Message.(*schema.Request), nil, nil, 0, nil, 0
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the record of a request that was %s is\n%s\nwant\n%s", c.state, w.written(got), w.written(want))
		}
		if request := written(schema.KeyRequest + answer.Token); !bytes.Equal(request, asked.Raw) {
			t.Errorf("the request of %s stands as\n%s\nasked was\n%s", answer.Token, request, asked.Raw)
		}
		if c.state == schema.RejectedState && !reflect.DeepEqual(got.Reason, answer.Reason) {
			t.Errorf("the record says %+v, the answer %+v", got.Reason, answer.Reason)
		}
	}
}

// Of large requests that are all turned away so many share an entry as it can hold.
func TestRecordsFitAnEntry(t *testing.T) {
	w := newWorld(t, "cms")
	daq := schema.By{Role: schema.RoleExpert, Name: "daq", Via: schema.ViaCall}
	var in []Input
	for n := range 20 {
		id := fmt.Sprint(n)
		in = append(in, w.input(daq, schema.KindRequest, id, &schema.Request{Type: schema.Type(schema.KindRequest), ID: id,
			Problem: schema.Problem{ID: id, Title: "FED stuck", Context: map[string]string{"seen": strings.Repeat("x", 60<<10)}},
			Steps:   []schema.Step{{Title: "one", Action: "recycle"}}}))
	}
	d := w.decide(in)
	documents, err := DocumentsOf(d.Changes)
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, doc := range documents {
		size += len(doc.Value)
	}
	if d.Taken < 2 || d.Taken == len(in) || size > schema.MaxEntry {
		t.Errorf("%d of %d are taken, in an entry of more than %d bytes", d.Taken, len(in), size)
	}
}

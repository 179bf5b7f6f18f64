package controller

import (
	"reflect"
	"testing"
	"time"

	"expertcontroller/schema"
)

// asksFor gives requests of an expert, all of them at noon.
func asksFor(ids ...string) (in []Input) {
	for _, id := range ids {
		m := &schema.Request{ID: id, Problem: schema.Problem{ID: id, Title: "FED stuck"}, Steps: []schema.Step{{Title: "by hand"}}}
		in = append(in, Input{Kind: schema.KindRequest, ID: id, By: schema.By{Role: schema.RoleExpert, Name: "daqexpert"}, At: atNoon, Fingerprint: id, Message: m})
	}
	return in
}

var atNoon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func manual() Input {
	return Input{Kind: schema.KindMode, By: schema.By{Role: schema.RoleOperator, Name: "anna"}, At: atNoon, Message: &schema.Mode{Mode: schema.ModeManual}}
}

// What a panic leaves behind in the scratch does not reach the next decision.
func TestDecidesAfterAPanic(t *testing.T) {
	dirty, clean := NewState("cms"), NewState("cms")
	ids := []string{}
	for i := range 30 {
		ids = append(ids, string(rune('A'+i)))
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			culprit := Input{Kind: schema.KindRequest, By: schema.By{Role: schema.RoleExpert, Name: "daqexpert"}, At: atNoon, Message: (*schema.Request)(nil)}
			Step(dirty, append(asksFor(ids...), culprit), atNoon)
		}()
		dirty.scratch.dec.Ring = []string{"l0"} // as one that panics after a bell leaves it
		in := append(asksFor("x", "y"), manual())
		if got, want := Step(dirty, in, atNoon), Step(clean, in, atNoon); !reflect.DeepEqual(got, want) {
			t.Fatalf("after a panic it decides %+v, without one %+v", got, want)
		}
	}
}

// An answer that was given before a panic stands in no later decision: those of inputs
// that are not taken are empty.
func TestAnAnswerBeforeAPanic(t *testing.T) {
	s := NewState("cms")
	s.InboxCreated = atNoon
	told := manual()
	told.Inbox = 1
	manually := Step(s, []Input{told}, atNoon)
	s.Adopt(&manually, "r")
	// The mode is answered, and then the queue goes on with what no rule can begin.
	broken := &schema.Status{Token: "cms-1", State: schema.Postponed, Problems: []schema.ProblemStatus{{ID: "1"}}, Steps: []schema.StepStatus{{}}}
	s.recoveries[broken.Token], s.open = broken, []string{broken.Token}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		Step(s, []Input{{Kind: schema.KindMode, By: told.By, At: atNoon, Message: &schema.Mode{Mode: schema.ModeApproval}}}, atNoon)
	}()
	if left := s.scratch.dec.Answers[0]; left.Verdict == "" {
		t.Fatal("the panic left no answer: nothing was tried")
	}
	d := Step(s, []Input{told}, atNoon) // decided in an earlier entry
	if len(d.Order) != 0 || !reflect.DeepEqual(d.Answers, make([]schema.Answer, 1)) {
		t.Errorf("what was decided before is taken again as %v, and answered %+v", d.Order, d.Answers)
	}
}

// What is appended to a decision afterwards does not reach the next one.
func TestADecisionThatGrows(t *testing.T) {
	s, clean := NewState("cms"), NewState("cms")
	first := Step(s, asksFor("x"), atNoon)
	Step(clean, asksFor("x"), atNoon)
	second, want := Step(s, asksFor("y"), atNoon), Step(clean, asksFor("y"), atNoon)
	_ = append(first.Answers, schema.Answer{})
	_ = append(first.Order, 7)
	_ = append(first.Events, schema.Event{})
	_ = append(first.Changes, Change{})
	_ = append(first.Rulings, Ruling{})
	if !reflect.DeepEqual(second, want) {
		t.Errorf("it was %+v and is %+v", want, second)
	}
}

// A decision stays as it is, whatever is decided after it, on the same state or on what
// it led to.
func TestADecisionIsItsOwn(t *testing.T) {
	s := NewState("cms")
	written := func(d Decision) string {
		documents, err := DocumentsOf(d.Changes)
		if err != nil {
			t.Fatal(err)
		}
		b, err := schema.Encode([]any{documents, d.Events, d.Answers, d.Order, d.Ring})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	first := Step(s, asksFor("x"), atNoon)
	was := written(first)
	for range 100 { // several rooms
		Step(s, asksFor("y", "z"), atNoon)
		Step(s, asksFor("w"), atNoon)
		Step(s, nil, atNoon)
	}
	s.Adopt(&first, "r")
	Step(s, []Input{manual()}, atNoon)
	if now := written(first); now != was {
		t.Fatalf("it was %s\nand is %s", was, now)
	}
}

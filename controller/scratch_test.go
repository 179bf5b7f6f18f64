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

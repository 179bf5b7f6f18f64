package controller

import (
	"fmt"
	"testing"
	"time"

	"expertcontroller/schema"
)

// A system that remembers as much as it may refuses what can wait, asked or published;
// what stops is taken. Once something may be forgotten it takes everything again by itself.
func TestFullMemoryEndsByItself(t *testing.T) {
	w := newWorld(t, "cms")
	w.light, w.once = true, true // a hundred thousand documents, looked at before and after each decision, take minutes
	expert, operator := schema.By{Role: schema.RoleExpert, Name: "a"}, schema.By{Role: schema.RoleOperator, Name: "anna"}
	cleared := func(n int) Input {
		return w.input(expert, schema.KindCleared, "", &schema.Cleared{Problem: fmt.Sprint("p", n)})
	}
	for n := 0; n < schema.MaxRemembered; n += 500 {
		batch := make([]Input, 500)
		for i := range batch {
			batch[i] = cleared(n + i)
		}
		w.step(batch...)
	}
	if !w.state.Full(w.now) {
		t.Fatal("it is not full")
	}
	told := cleared(schema.MaxRemembered)
	told.Inbox = 1
	if a := w.step(told).Answers[0]; a.Verdict != schema.Refused || a.Reason.Code != schema.CodeFull {
		t.Errorf("one that is published is answered %+v", a)
	}
	if n := len(w.state.clears); n != schema.MaxRemembered {
		t.Errorf("it remembers %d, %d are the most", n, schema.MaxRemembered)
	}
	stop := w.input(operator, schema.KindInterrupt, "", &schema.Interrupt{})
	stop.Inbox = 2
	if a := w.step(stop).Answers[0]; a.Reason.Code != schema.CodeNothingUnder {
		t.Errorf("an interrupt is answered %+v", a)
	}
	w.now = w.now.Add(schema.RememberClear + time.Second)
	if w.state.Full(w.now) {
		t.Error("it is still full when all may be forgotten, so that nothing ever is")
	}
	batch := make([]Input, 200)
	for i := range batch {
		batch[i] = cleared(2*schema.MaxRemembered + i)
	}
	w.step(batch...)
	if n := len(w.state.clears); n > schema.MaxRemembered-len(batch) {
		t.Errorf("it remembers %d: fewer were forgotten than came", n)
	}
}

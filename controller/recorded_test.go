package controller

import (
	"cmp"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"expertcontroller/schema"
)

// What a log tells is what the rules decide again, entry by entry; what they would
// decide otherwise is seen.
func TestARecordedLogIsDecidedAgain(t *testing.T) {
	w := newWorld(t, "cms") // makes inputs
	at := NewState("cms")
	var entries []schema.Entry
	step := func(inputs ...Input) {
		t.Helper()
		d := Step(at, inputs, w.now)
		e := schema.Entry{Entry: at.Position.Entry + 1, At: d.At, Replica: "r1", Events: d.Events}
		for _, i := range d.Order {
			in := inputs[i]
			e.Inputs = append(e.Inputs, schema.EntryInput{ID: in.ID, Kind: in.Kind, By: in.By, At: in.At, Message: in.Raw, Answer: &d.Answers[i]})
		}
		onceOnly(e.Inputs, d.Changes)
		var err error
		if e.Documents, err = DocumentsOf(d.Changes); err != nil {
			t.Fatal(err)
		}
		at.Adopt(&d, "r1")
		at.Position.Entry++
		entries = append(entries, e)
	}
	daq := schema.By{Role: schema.RoleExpert, Name: "daq"}
	anna := schema.By{Role: schema.RoleOperator, Name: "anna"}
	l0 := schema.By{Role: schema.RoleAgent, Name: "l0"}
	step(w.input(l0, schema.KindOffered, "", &schema.Offered{Type: schema.Type(schema.KindOffered), Actions: []schema.Action{{Name: "*"}}}))
	request := func(id, problem string) Input {
		return w.input(daq, schema.KindRequest, id, &schema.Request{Type: schema.Type(schema.KindRequest), ID: id,
			Problem: schema.Problem{ID: problem, Title: "FED stuck"}, Steps: []schema.Step{{Title: "one", Action: "recycle"}}})
	}
	step(request("a", "1"), request("b", "2"))
	w.now = w.now.Add(time.Minute)
	step(w.input(anna, schema.KindDecide, "", &schema.Decide{Type: schema.Type(schema.KindDecide), Prompt: "cms-1.p1", Decision: schema.Decline}))
	w.now = w.now.Add(time.Minute)
	step(request("c", "1"), w.input(anna, schema.KindMode, "m", &schema.Mode{Type: schema.Type(schema.KindMode), ID: "m", Mode: schema.ModeManual}))
	step(request("d", "3"))

	s, decided := NewState("cms"), 0
	for i := range entries {
		e := &entries[i]
		made, is, err := Again(s, e)
		if err != nil {
			t.Fatal(err)
		}
		if is {
			decided++
		}
		for n := range e.Inputs {
			if !reflect.DeepEqual(encodedAs(t, e.Inputs[n].Answer), encodedAs(t, made.Inputs[n].Answer)) {
				t.Errorf("entry %d: answered %s, now %s", e.Entry, encodedAs(t, e.Inputs[n].Answer), encodedAs(t, made.Inputs[n].Answer))
			}
		}
		if !reflect.DeepEqual(encodedAs(t, e.Documents), encodedAs(t, made.Documents)) || !reflect.DeepEqual(encodedAs(t, e.Events), encodedAs(t, made.Events)) {
			t.Errorf("entry %d:\n%s\nnow\n%s", e.Entry, encodedAs(t, e.Documents), encodedAs(t, made.Documents))
		}
		if err := s.FoldEntry(e); err != nil {
			t.Fatal(err)
		}
	}
	if decided < 5 {
		t.Errorf("only %d entries were decided again", decided)
	}

	// With another policy the decline would have held nothing, while the request that came
	// later is decided on what the log says: the problem was held.
	s = NewState("cms")
	for i := range entries {
		e := &entries[i]
		if err := s.Fold(schema.Document{Key: schema.KeyPolicy, Value: []byte(`{"policy":{"hold":"0s"}}`)}); err != nil {
			t.Fatal(err)
		}
		made, _, err := Again(s, e)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(e.Inputs); n > 0 && e.Inputs[0].Kind == schema.KindDecide && len(made.Documents) >= len(e.Documents) {
			t.Errorf("%d documents, recorded %d: the hold has to be missing", len(made.Documents), len(e.Documents))
		}
		if n := len(e.Inputs); n > 0 && e.Inputs[0].ID == "c" {
			if was, now := e.Inputs[0].Answer, made.Inputs[0].Answer; was.Reason.Code != schema.CodeHeld || now.Reason.Code != schema.CodeHeld {
				t.Error(was, now)
			}
		}
		if err := s.FoldEntry(e); err != nil {
			t.Fatal(err)
		}
	}
}

// What was forwarded is remembered by the receiving replica's id as well, which an entry
// tells only by that document, where the caller gave an id: it is found again, also of two
// experts that sent the same under the same id.
func TestWhatWasForwardedIsDecidedAgainAsItWas(t *testing.T) {
	w := newWorld(t, "cms") // makes inputs
	anna := schema.By{Role: schema.RoleOperator, Name: "anna"}
	daq, dcs := schema.By{Role: schema.RoleExpert, Name: "daq"}, schema.By{Role: schema.RoleExpert, Name: "dcs"}
	mode := func(by schema.By, id, own string) Input {
		in := w.input(by, schema.KindMode, id, &schema.Mode{Type: schema.Type(schema.KindMode), ID: id, Mode: schema.ModeManual})
		in.Own = own
		if id == "" {
			in.Fingerprint = "" // as of every message without an id
		}
		return in
	}
	request := func(by schema.By, own string) Input {
		in := w.input(by, schema.KindRequest, "a", &schema.Request{Type: schema.Type(schema.KindRequest), ID: "a",
			Problem: schema.Problem{ID: "1", Title: "FED stuck"}, Steps: []schema.Step{{Title: "one", ByHand: true}}})
		in.Own = own
		return in
	}
	s := NewState("cms")
	for _, inputs := range [][]Input{
		{mode(anna, "m", "own-m")},
		{request(daq, ""), request(dcs, "own-dcs")},
		{mode(anna, "", "own-bare"), mode(anna, "n", ""), mode(anna, "n", "own-repeat"), mode(anna, "o", "own-o"), mode(anna, "m", "own-again")},
	} {
		d := Step(s, inputs, w.now)
		e := schema.Entry{Entry: s.Position.Entry + 1, At: d.At, Replica: "r1", Events: d.Events}
		for _, i := range d.Order {
			in := &inputs[i]
			e.Inputs = append(e.Inputs, schema.EntryInput{ID: cmp.Or(in.ID, in.Own), Kind: in.Kind, By: in.By, At: in.At, Message: in.Raw, Answer: &d.Answers[i]})
		}
		onceOnly(e.Inputs, d.Changes)
		var err error
		if e.Documents, err = DocumentsOf(d.Changes); err != nil {
			t.Fatal(err)
		}
		made, _, err := Again(s, &e)
		if err != nil {
			t.Fatal(err)
		}
		if was, now := encodedAs(t, e.Documents), encodedAs(t, made.Documents); was != now {
			t.Errorf("entry %d:\n%s\nnow\n%s", e.Entry, was, now)
		}
		if err := s.FoldEntry(&e); err != nil {
			t.Fatal(err)
		}
		s.Position.Entry++
	}
	for _, own := range []string{"own-m", "own-dcs", "own-bare", "own-o"} {
		if s.ids["own/"+own] == nil {
			t.Errorf("%s was not remembered: this tries nothing", own)
		}
	}
}

func encodedAs(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

package controller

import (
	"testing"

	"expertcontroller/schema"
)

// groupWorld stands where two members of a group of three act, and the third is offered its part.
func groupWorld(t *testing.T) *world {
	w := newWorld(t, "cms")
	for _, line := range []string{
		"agent a offers *", "agent b offers *", "agent c offers *", "expert x request 1 steps=one@a/b/c", "operator anna decide cms-1.p1 approve",
		"agent a claim cms-1 0 1 k1", "agent b claim cms-1 0 2 k2",
	} {
		in, err := w.parse(splitWords(line))
		if err != nil {
			t.Fatal(err)
		}
		w.step(in)
	}
	return w
}

// An interrupt that the log can't take at the moment is passed on to every member that acts.
func TestInterruptReachesTheWholeGroup(t *testing.T) {
	w := groupWorld(t)
	aborts := abortsOf(w.state, &schema.Interrupt{}, schema.By{Role: schema.RoleOperator, Name: "anna"})
	if len(aborts) != 2 || aborts["a"] == nil || aborts["a"].Claim != "k1" || aborts["b"] == nil || aborts["b"].Attempt != 2 {
		t.Errorf("told to stop: %+v", aborts)
	}
}

// Each member sees its own offer and is granted its own attempt; each is waited for.
func TestMembersAreOfferedAndGrantedTheirOwn(t *testing.T) {
	w := groupWorld(t)
	if list := w.state.WorkFor("c", &schema.Next{}); len(list.Offers) != 1 || list.Offers[0].Attempt != 3 || list.Offers[0].Action != "one" {
		t.Errorf("c is offered %+v", list.Offers)
	}
	if list := w.state.WorkFor("a", &schema.Next{}); len(list.Offers) != 0 {
		t.Errorf("a, which acts, is offered %+v", list.Offers)
	}
	claim := &schema.Claim{ID: "k2", Work: schema.Work{Token: "cms-1", Attempt: 2}}
	if g := w.state.GrantFor("b", claim, schema.Answer{Verdict: schema.Recorded}); !g.Granted || g.Action != "one" {
		t.Errorf("b is answered %+v", g)
	}
	kinds := map[string]string{}
	for _, wait := range w.state.Waits() {
		kinds[wait.Agent] = wait.Kind
	}
	if len(kinds) != 3 || kinds["a"] != schema.KindSilent || kinds["b"] != schema.KindSilent || kinds["c"] != schema.KindUnclaimed {
		t.Errorf("waits for %v", kinds)
	}
}

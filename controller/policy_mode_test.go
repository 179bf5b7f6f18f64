package controller

import (
	"testing"

	"expertcontroller/schema"
)

// A policy says in which mode a new log starts. Applied later it does not touch the mode
// in force, also when nobody has ever set one.
func TestPolicyDoesNotTouchTheModeInForce(t *testing.T) {
	w := newWorld(t, "cms")
	operator := schema.By{Role: schema.RoleOperator, Name: "anna"}
	apply := func(mode string) {
		w.step(w.input(operator, schema.KindPolicy, "", &schema.ApplyPolicy{Policy: schema.Policy{Mode: mode}}))
	}
	apply(schema.ModeManual)
	if mode := w.state.Mode(); mode != schema.ModeManual {
		t.Errorf("a new log starts in mode %s", mode)
	}
	apply(schema.ModeAutomatic)
	if mode := w.state.Mode(); mode != schema.ModeManual {
		t.Errorf("a policy changed the mode to %s", mode)
	}
	w.step(w.input(operator, schema.KindMode, "", &schema.Mode{Mode: schema.ModeApproval}))
	apply(schema.ModeAutomatic)
	if mode := w.state.Mode(); mode != schema.ModeApproval {
		t.Errorf("a policy changed the mode to %s", mode)
	}
	w.same()
}

package controller

import (
	"testing"

	"expertcontroller/schema"
)

// That its expert is silent is not waited for again while an operator has a step tried once
// more: it changes nothing, and would be observed with every tick.
func TestSilenceIsObservedOnce(t *testing.T) {
	w := newWorld(t, "cms")
	for _, command := range []string{
		"agent l0 offers *", "policy hold=0s expert_silence=1m", "expert a request 1", "operator anna decide cms-1.p1 approve",
		"agent l0 claim cms-1 0 1 c1", "observe silent cms-1 0 1", "observe expert_silent cms-1 a", "operator anna decide cms-1.p2 retry note=seen override",
	} {
		in, err := w.parse(splitWords(command))
		if err != nil {
			t.Fatal(err)
		}
		w.step(in)
	}
	waits := w.state.Waits()
	if len(waits) != 1 || waits[0].Kind != schema.KindUnclaimed {
		t.Errorf("waits for %+v", waits)
	}
}

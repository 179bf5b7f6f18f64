package controller

import (
	"os"
	"strings"
	"testing"

	"expertcontroller/schema"
)

// A prompt shows the agent that a yes starts the step with, also where the request and the
// policy name none, and where the policy changed while the recovery waited: in a whole
// transcript no step is offered to another one than its prompt has shown.
func TestAPromptShowsWhoActs(t *testing.T) {
	text, err := os.ReadFile("../testdata/cases/rule-54-who-is-shown-acts.txt")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, "cms")
	shown, prompts := map[string]string{}, 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, " ") {
			continue
		}
		in, err := w.parse(splitWords(strings.TrimSpace(line)))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range w.step(in).Events {
			r := w.state.Recovery(e.Token)
			switch e.Kind {
			case schema.EventPrompted:
				if shown[e.Token] = r.Steps[e.Step].Agent; shown[e.Token] == "" {
					t.Errorf("%s shows nobody, and l0 or l1 would act", e.Prompt)
				}
				prompts++
			case schema.EventApproved:
				if got := r.Steps[e.Step].Attempts[0].Agent; got != shown[e.Token] {
					t.Errorf("%s: %s was shown, and %s was asked", e.Prompt, shown[e.Token], got)
				}
			}
		}
	}
	if prompts != 5 {
		t.Errorf("%d prompts", prompts)
	}
}

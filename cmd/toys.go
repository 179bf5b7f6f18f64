package cmd

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"expertcontroller/agent"
	"expertcontroller/agent/simulated"
	"expertcontroller/bridge"
	"expertcontroller/client"
)

// toys are what a page can do to the demo: break the plant again, and make the machine
// vanish that its agent drives.
type toys struct {
	plant     *simulated.Plant
	simulator *agent.Simulator
	log       *slog.Logger
	watcher   atomic.Pointer[client.Client]
}

// watch gives the client that looks at the system; before that nothing can be broken.
func (t *toys) watch(c *client.Client) { t.watcher.Store(c) }

func (t *toys) demo() *bridge.Demo {
	return &bridge.Demo{Break: t.breakAgain, Vanish: t.vanish, Vanished: t.vanished}
}

// breakAgain gives the plant its next problem. What is left of recoveries that have ended
// goes away first: nobody would ask for it again.
func (t *toys) breakAgain(ctx context.Context) (string, error) {
	watcher := t.watcher.Load()
	if watcher == nil {
		return "", errors.New("the demo is about to begin: try again in a moment")
	}
	o, err := watcher.Overview(ctx)
	if err != nil {
		return "", err
	}
	if len(unfinished(o)) == 0 {
		t.plant.Repair("")
	}
	for range t.plant.Kinds() {
		trouble, err := t.plant.Break("", simulated.Cure{})
		if err == nil {
			t.log.Info("the page breaks the plant", "problem", trouble.Problem)
			return "the simulated plant has a problem: " + trouble.Key + "; its expert is about to ask for a recovery", nil
		}
	}
	return "the simulated plant has every problem that it knows already", nil
}

// vanish takes the simulated machine away, or brings it back.
func (t *toys) vanish(_ context.Context, vanish bool) (string, error) {
	if vanish {
		t.simulator.Vanish()
		if t.simulator.Vanished() {
			return "the simulated machine has vanished, in the middle of what it did", nil
		}
		return "the simulated machine vanishes in the middle of what it does next", nil
	}
	t.simulator.SetMode(agent.ModeOK)
	t.simulator.ComeBack()
	return "the simulated machine is back", nil
}

// vanished tells whether the machine is away, or will be in the middle of what it does next.
func (t *toys) vanished() bool {
	return t.simulator.Vanished() || t.simulator.Mode() == agent.ModeVanish
}

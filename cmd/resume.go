package cmd

import (
	"context"
	"time"

	"expertcontroller/agent/simulated"
	"expertcontroller/client"
	"expertcontroller/controller"
	"expertcontroller/schema"
)

// The simulated plant forgets, when the demo ends, what was wrong with it; the log
// doesn't. So another run breaks the plant again with the problems of the recoveries
// that are open, and speaks for their expert until they are gone.

// resumed is a problem that an earlier run asked a recovery for.
type resumed struct {
	// problem is what the expert called it then, trouble what the plant calls it now.
	problem, trouble string
}

// resume tells that the problems of open recoveries are gone, once they are, and returns
// when all are.
func (p *play) resume(ctx context.Context, watcher, desk *client.Client, left []schema.Summary) error {
	var open []resumed
	for _, summary := range left {
		s, err := watcher.Status(ctx, summary.Token)
		if err != nil {
			return err
		}
		open = append(open, p.breakAgain(s)...)
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for len(open) > 0 {
		there := map[string]bool{}
		for _, t := range p.plant.Troubles() {
			there[t.Problem] = true
		}
		var still []resumed
		for _, r := range open {
			if there[r.trouble] || !p.gone(ctx, desk, r.problem) {
				still = append(still, r)
			}
		}
		open = still
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
	return nil
}

// breakAgain breaks the plant with what a recovery is to cure, unless its step was done:
// then the plant was cured before it forgot.
func (p *play) breakAgain(s *schema.Status) []resumed {
	var out []resumed
	cured := s.State == schema.Observing
	for _, problem := range s.Problems {
		if problem.Cleared != nil || problem.Expert != demoExpert {
			continue
		}
		r := resumed{problem: problem.ID}
		if !cured {
			t, err := p.plant.Break(problem.Key, simulated.Cure{})
			if err != nil && t.Problem == "" {
				p.log.Warn("the plant does not know this problem; it counts as gone", "problem", problem.ID, "error", err)
			}
			r.trouble = t.Problem
		}
		out = append(out, r)
	}
	return out
}

// gone says that a problem is gone; true once that was heard.
func (p *play) gone(ctx context.Context, desk *client.Client, problem string) bool {
	ctx, cancel := context.WithTimeout(ctx, client.DefaultTimeout)
	defer cancel()
	if _, err := desk.Clear(ctx, schema.Cleared{ID: "cleared-" + problem, Problem: problem}); err != nil {
		p.log.Warn("that a problem is gone was not heard; it is said again", "problem", problem, "error", err)
		return false
	}
	return true
}

// nextToken is the token that the next request gets.
func (p *play) nextToken() string {
	var given uint64
	p.replica.systems[0].actor.View(func(s *controller.State) { given = s.Requests() })
	return schema.Token(demoSystem, given+1)
}

// inWords says how an open recovery stands.
func inWords(state string) string {
	switch state {
	case schema.AwaitingApproval:
		return "awaits approval"
	case schema.Postponed:
		return "waits for its turn"
	case schema.Unclear:
		return "needs an operator: its outcome is unclear"
	}
	return "is " + state
}

package agent

import (
	"context"
	"fmt"
	"time"

	"expertcontroller/schema"
)

// stop ends what is under way because the agent itself is told to stop.
func (a *Agent) stop() {
	a.mu.Lock()
	a.stopping = true
	c := a.now
	a.mu.Unlock()
	a.nudge(a.heard)
	if c == nil {
		return
	}
	a.log.Info("the agent stops, and with it what it is carrying out", "action", c.action, "attempt", describe(c.work))
	c.halt(schema.Abort{
		Work: c.work, Claim: c.claim,
		Reason: schema.Reason{Code: schema.CodeInterrupted, Text: "the agent's process was told to end"},
		By:     schema.By{Role: schema.RoleAgent, Name: a.Name, Via: schema.ViaHost},
	})
}

// waitForTheEnd waits until nothing is under way any more; end cuts what is still told
// when the grace period is over.
func (a *Agent) waitForTheEnd(end context.CancelFunc) error {
	patience := a.patience()
	grace := time.NewTimer(patience)
	defer grace.Stop()
	idle := make(chan struct{})
	go func() { a.tasks.Wait(); close(idle) }()
	select {
	case <-idle:
		return nil
	case <-grace.C:
	}
	end()
	// The calls end with it; only an action that does not stop may remain.
	last := time.NewTimer(time.Second)
	defer last.Stop()
	select {
	case <-idle:
		return nil
	case <-last.C:
	}
	if c := a.current(); c != nil {
		return fmt.Errorf("stopping agent %s: %s of %s does not stop: what became of it will be unknown; look at the system itself", a.Name, c.action, describe(c.work))
	}
	return fmt.Errorf("stopping agent %s: a call to the controller did not return within %s", a.Name, patience)
}

// patience is how long a stopping agent waits: as long as its action may take to end
// once it is told, and a call more, so that how it ended is known and told.
func (a *Agent) patience() time.Duration {
	c := a.current()
	stopper, ok := a.Runner.(Stopper)
	if c == nil || !ok {
		return a.Grace
	}
	return max(a.Grace, stopper.StopsWithin(c.action)+a.CallTimeout)
}

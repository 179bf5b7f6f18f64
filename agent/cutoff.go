package agent

import (
	"context"
	"errors"
	"time"

	"expertcontroller/schema"
)

// leastAskings is how many askings in a row have to fail before anybody is cut off,
// however little an action allows.
const leastAskings = 3

// heardFrom notes that a controller has answered, or has not. A refusal is an answer, too.
func (a *Agent) heardFrom(err error) {
	var refused *schema.Error
	if err != nil && !errors.As(err, &refused) {
		return
	}
	a.mu.Lock()
	a.reached = time.Now()
	a.mu.Unlock()
}

// cutOff is how long an action may go on without any controller; 0: as long as it takes.
func (a *Agent) cutOff(action string) time.Duration {
	for _, offered := range a.Runner.Actions() {
		if offered.Name == action && offered.CutOff != nil {
			return max(offered.CutOff.D(), leastAskings*a.Every)
		}
	}
	return 0
}

// stopWhenCutOff has an action stop when no controller was reached for that long.
// Monotonic time counts: a machine that slept gets the time to connect again.
func (a *Agent) stopWhenCutOff(ctx context.Context, c *attempt, after time.Duration) {
	timer := time.NewTimer(after)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		a.mu.Lock()
		left := after - time.Since(a.reached)
		a.mu.Unlock()
		if left <= 0 {
			a.log.Warn("cut off from every controller: the action stops, as it wants it", "action", c.action, "attempt", describe(c.work), "after", after)
			c.cancel(&CutOff{After: after})
			return
		}
		timer.Reset(left)
	}
}

// brackets puts what is not empty in brackets.
func brackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

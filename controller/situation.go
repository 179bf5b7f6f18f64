package controller

import "expertcontroller/schema"

// situation is where a recovery stands, as finely as the rules tell states apart:
// the rows of the table.
type situation uint8

const (
	// awaiting: state awaiting_approval. A prompt is open; an operator or its deadline moves it out.
	awaiting situation = iota
	// offered: state running, an attempt waits for its agent's claim.
	offered
	// granted: state running, an agent is acting; its result moves it out.
	granted
	// byHand: state running, a step by hand is open; an operator moves it out.
	byHand
	// resting: state running, nothing is open; the end of the pause before the next attempt moves it out.
	resting
	// checking: state running, an agent is asked whether the step is still needed; its answer moves it out.
	checking
	// stopping: the acting agent was told to stop; its confirmation moves it out.
	stopping
	// unclear: nobody knows what the attempt did; the agent or an operator moves it out.
	unclear
	// observing: the step was done; the end of the period moves it out.
	observing
	// probing: still observing; the period is over and a probe is under way.
	probing
	// waiting: state postponed; its turn, or its deadline, moves it out.
	waiting
	// ended: every terminal state. Nothing moves it out.
	ended
	situations // how many there are
)

var situationNames = [situations]string{
	"awaiting_approval", "running, not yet granted", "running, granted", "running, by hand", "running, pausing", "running, asking whether it is needed", "stopping", "unclear",
	"observing", "observing, probing", "postponed", "ended",
}

func (s situation) String() string { return situationNames[s] }

// situationOf reads the situation from the recovery's document.
func situationOf(r *schema.Status) situation {
	switch r.State {
	case schema.AwaitingApproval:
		return awaiting
	case schema.Running:
		return runningOf(r)
	case schema.Stopping:
		return stopping
	case schema.Unclear:
		return unclear
	case schema.Observing:
		if openProbe(r) != nil {
			return probing
		}
		return observing
	case schema.Postponed:
		return waiting
	}
	return ended
}

// runningOf tells what a running recovery waits for. Of a group several attempts may be
// open: while one member acts it counts as granted.
func runningOf(r *schema.Status) situation {
	if openProbe(r) != nil {
		return checking
	}
	a := lastAttempt(r)
	switch {
	case grouped(r):
		return groupOf(r)
	case a == nil:
	case a.State == schema.AttemptByHand:
		return byHand
	case a.State == schema.AttemptGranted:
		return granted
	case a.State == schema.AttemptOffered:
		return offered
	}
	return resting
}

// openProbe gives the probe that is offered or granted, or nil.
func openProbe(r *schema.Status) *schema.Attempt {
	if n := len(r.Probes); n > 0 && r.Probes[n-1].State != schema.AttemptEnded && r.Probes[n-1].State != schema.AttemptWithdrawn {
		return &r.Probes[n-1]
	}
	return nil
}

// lastAttempt gives the last attempt of the step that the recovery is at, or nil.
func lastAttempt(r *schema.Status) *schema.Attempt {
	if r.Step >= len(r.Steps) {
		return nil
	}
	attempts := r.Steps[r.Step].Attempts
	if len(attempts) == 0 {
		return nil
	}
	return &attempts[len(attempts)-1]
}

// allCleared tells whether every problem of the recovery has cleared.
func allCleared(r *schema.Status) bool {
	for i := range r.Problems {
		if r.Problems[i].Cleared == nil {
			return false
		}
	}
	return true
}

// acted tells whether the attempt touched the system, as far as anybody knows.
func acted(a *schema.Attempt) bool {
	switch a.State {
	case schema.AttemptGranted:
		return true
	case schema.AttemptEnded:
		return a.Granted != nil || a.Outcome == schema.OutcomeDone
	}
	return false
}

// lastActed gives the step that touched the system last, and its last attempt; -1 if none did.
func lastActed(r *schema.Status) (int, *schema.Attempt) {
	step, last := -1, (*schema.Attempt)(nil)
	for i := range r.Steps {
		for j := range r.Steps[i].Attempts {
			a := &r.Steps[i].Attempts[j]
			if acted(a) && (last == nil || last.Ended != nil && (a.Ended == nil || !a.Ended.Before(*last.Ended))) {
				step, last = i, a
			}
		}
	}
	return step, last
}

// attemptsLeft tells how often the step may still be tried. Aborted, withdrawn,
// unclaimed and unknown attempts do not count (an unknown one ends only by an
// operator's word); one whose time was over does.
func attemptsLeft(r *schema.Status, step int) int {
	if len(r.Request.Steps[step].Agents) > 0 {
		return r.Request.Steps[step].Attempts - r.Steps[step].Rounds
	}
	left := r.Request.Steps[step].Attempts - r.Steps[step].Earlier
	for i := range r.Steps[step].Attempts {
		if spends(&r.Steps[step].Attempts[i]) {
			left--
		}
	}
	return left
}

func spends(a *schema.Attempt) bool {
	switch {
	case a.TimedOut && a.Outcome != schema.OutcomeUnknown:
		return true
	case a.State == schema.AttemptWithdrawn, a.Outcome == schema.OutcomeAborted, a.Outcome == schema.OutcomeUnclaimed, a.Outcome == schema.OutcomeUnknown:
		return false
	}
	return true
}

// nextNumber gives the number of the attempt that follows: numbers only grow.
func nextNumber(attempts []schema.Attempt) int {
	if n := len(attempts); n > 0 {
		return attempts[n-1].Number + 1
	}
	return 1
}

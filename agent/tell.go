package agent

import (
	"context"
	"errors"
	"time"

	"expertcontroller/schema"
)

// A result that is not answered is sent again, first after tellFirst, then ever
// more rarely, and at once when the controller has answered anything else.
const (
	tellFirst = time.Second
	tellLast  = 10 * time.Second
	// tellAgainAfter is how often a result that was answered is told again to a
	// controller that still waits for it.
	tellAgainAfter = 5 * time.Second
)

// tell sends a result until it is answered, and writes that down. A stopping agent
// leaves what can't be told now to its next start.
func (a *Agent) tell(life context.Context, work schema.Work, result schema.Result) {
	for pause := tellFirst; ; pause = min(2*pause, tellLast) {
		answer, err := a.send(life, result)
		if err == nil {
			a.settle(work, result, answer)
			return
		}
		a.log.Warn("how an attempt ended could not be told yet", "attempt", describe(work), "outcome", result.Outcome, "error", err)
		if !a.waitToTell(life, pause) {
			return
		}
	}
}

// waitToTell waits until a result should be sent again; false: the agent stops.
func (a *Agent) waitToTell(life context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	least := time.Now().Add(min(pause, tellFirst))
	for {
		a.mu.Lock()
		stopping := a.stopping
		a.mu.Unlock()
		if stopping {
			return false
		}
		select {
		case <-life.Done():
			return false
		case <-timer.C:
			return true
		case <-a.heard:
			timer.Reset(max(0, time.Until(least)))
		}
	}
}

// send sends a result once. What the controller's door refuses for its form is sent
// again without what isn't needed; if that is refused, too, that is the answer.
func (a *Agent) send(life context.Context, result schema.Result) (schema.Answer, error) {
	answer, err := a.sendOnce(life, result)
	if !refusedForm(err) {
		return answer, err
	}
	a.log.Error("a result was refused at the door; it is sent again without its output", "attempt", describe(result.Work), "error", err)
	answer, err = a.sendOnce(life, bare(result))
	if refusedForm(err) {
		return schema.Answer{Verdict: schema.Refused, Reason: schema.Reason{Code: schema.CodeMalformed, Text: err.Error()}}, nil
	}
	return answer, err
}

func (a *Agent) sendOnce(life context.Context, result schema.Result) (schema.Answer, error) {
	ctx, cancel := context.WithTimeout(life, a.CallTimeout)
	defer cancel()
	answer, err := a.Controller.Result(ctx, result)
	failpoint("result.sent")
	if err == nil && answer.Verdict == "" {
		err = errors.New("the answer has no verdict")
	}
	return answer, err
}

func refusedForm(err error) bool {
	var door *schema.Error
	return errors.As(err, &door) && (door.Code == 400 || door.Code == 413)
}

func (a *Agent) settle(work schema.Work, result schema.Result, answer schema.Answer) {
	if answer.Verdict != schema.Recorded {
		a.log.Warn("the controller did not record how an attempt ended", "attempt", describe(work), "outcome", result.Outcome, "verdict", answer.Verdict, "reason", answer.Reason.Text)
	}
	if err := a.journal.write(record{State: stateSettled, At: time.Now(), Work: work, Claim: result.Claim, Verdict: answer.Verdict}); err != nil {
		a.log.Error("that a result was answered could not be written down; it will be told again at the next start", "attempt", describe(work), "error", err)
	}
}

// tellAgain tells once more how an attempt ended that the controller still waits
// for, although its result had been answered: a claim can arrive after it was given up.
func (a *Agent) tellAgain(life context.Context, rec record) {
	if rec.Result == nil || rec.State != stateSettled {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopping || time.Since(a.again[rec.Claim]) < tellAgainAfter {
		return
	}
	a.again[rec.Claim] = time.Now()
	for claim, at := range a.again {
		if time.Since(at) > time.Minute {
			delete(a.again, claim)
		}
	}
	result := *rec.Result
	result.ID = randomID()
	a.tasks.Go(func() {
		if _, err := a.send(life, result); err != nil {
			a.log.Warn("how an attempt ended could not be told again", "attempt", describe(rec.Work), "error", err)
		}
	})
}

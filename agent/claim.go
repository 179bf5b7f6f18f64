package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"expertcontroller/schema"
)

// claimAndAct gives the result to tell; false if there is none because the
// controller refused the claim.
func (a *Agent) claimAndAct(life context.Context, c *attempt) (schema.Result, bool) {
	sent := time.Now()
	grant, repeated, err := a.claimUntilAnswered(c, sent)
	if err != nil {
		if c.stopped() != nil {
			return c.stoppedBefore(), true
		}
		return c.neverBegun(schema.OutcomeFailed, fmt.Sprintf("the claim was not answered in time (%v)", err)), true
	}
	if !grant.Granted && (grant.Claim == c.claim || grant.Claim == "") {
		// An earlier claim of this agent may have been granted after it was given up.
		for _, rec := range a.journal.of(c.work) {
			if rec.Claim != c.claim && rec.Verdict == schema.Ignored {
				a.tellAgain(life, rec)
			}
		}
		if repeated {
			// It may have been granted before, and taken back since: whoever waits for this
			// agent has to hear that nothing was begun.
			return c.neverBegun(schema.OutcomeFailed, fmt.Sprintf("the claim was refused after an answer to it had been lost (%s)", grant.Reason.Text)), true
		}
		a.log.Info("not granted", "action", c.action, "attempt", describe(c.work), "reason", grant.Reason.Text)
		if err := a.journal.write(record{State: stateRefused, At: time.Now(), Work: c.work, Claim: c.claim, Verdict: grant.Reason.Code}); err != nil {
			a.log.Error("that a claim was refused could not be written down", "attempt", describe(c.work), "error", err)
		}
		return schema.Result{}, false
	}
	if why := c.void(grant, sent); why != "" {
		return c.neverBegun(schema.OutcomeFailed, why), true
	}
	if abort := a.journal.buried(c.work); abort != nil {
		r := c.neverBegun(schema.OutcomeAborted, (&Aborted{Abort: *abort}).Error()+", before it was granted")
		r.AbortedBy = &abort.By
		return r, true
	}
	if a.journal.spent(c.work) {
		return c.neverBegun(schema.OutcomeFailed, "this agent carried out this very attempt before, under another claim"), true
	}
	return a.act(life, c, grant, sent), true
}

// claimUntilAnswered sends the claim, and sends it again while a grant could still
// be acted on: a claim without an answer may have been granted. repeated says that it
// was sent more than once.
func (a *Agent) claimUntilAnswered(c *attempt, sent time.Time) (grant schema.Grant, repeated bool, err error) {
	ctx, cancel := context.WithTimeout(c.ctx, schema.ClaimValidity)
	defer cancel()
	claim := schema.Claim{Type: schema.Type(schema.KindClaim), ID: c.claim, Work: c.work, Instance: a.instance}
	for pause := 100 * time.Millisecond; ; pause, repeated = min(2*pause, time.Second), true {
		call, done := context.WithTimeout(ctx, a.CallTimeout)
		grant, err = a.Controller.Claim(call, claim)
		done()
		failpoint("claim.sent")
		if err == nil {
			return grant, repeated, nil
		}
		var refused *schema.Error
		if errors.As(err, &refused) && (refused.Code == 400 || refused.Code == 403) {
			return grant, repeated, err
		}
		select {
		case <-ctx.Done():
			return grant, repeated, err
		case <-time.After(pause):
		}
	}
}

// void gives why a grant must not be acted on; "" if it may.
func (c *attempt) void(grant schema.Grant, sent time.Time) string {
	switch {
	case grant.Claim != c.claim:
		return "the grant names another claim"
	case !grant.Granted:
		return "it was not granted"
	case grant.Work != c.work:
		return fmt.Sprintf("the grant is for another attempt (%s)", describe(grant.Work))
	case grant.Validity <= 0:
		return "the grant doesn't say how long it is valid"
	}
	if age := since(sent); age >= grant.Validity.D() {
		return fmt.Sprintf("the grant came %s after the claim and was valid for %s", age.Round(time.Millisecond), grant.Validity)
	}
	return ""
}

// since is how long ago something was: by the monotonic clock, or by the wall clock
// where that saw more, because a sleeping machine's monotonic clock stands still.
func since(t time.Time) time.Duration {
	now := time.Now()
	return max(now.Sub(t), now.Round(0).Sub(t.Round(0)))
}

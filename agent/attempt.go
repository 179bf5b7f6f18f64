package agent

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"expertcontroller/schema"
)

// attempt is the one that is under way: claimed, and perhaps granted and acting.
type attempt struct {
	offer  schema.Offer
	work   schema.Work
	claim  string
	action string
	ctx    context.Context
	cancel context.CancelCauseFunc
	// finished is closed when it has ended, or was refused; outcome then says how.
	finished chan struct{}

	mu     sync.Mutex
	result *schema.Result
	acting bool
	// stop is the abort that counts: the first one.
	stop *schema.Abort
	said report
	news chan struct{}
}

func newAttempt(life context.Context, offer schema.Offer) *attempt {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(life))
	return &attempt{
		offer: offer, work: offer.Work, claim: randomID(), action: offer.Action, ctx: ctx, cancel: cancel,
		finished: make(chan struct{}), news: make(chan struct{}, 1), said: newReport(),
	}
}

// halt tells the attempt to stop; false if it had been told before.
func (c *attempt) halt(abort schema.Abort) bool {
	c.mu.Lock()
	first := c.stop == nil
	if first {
		c.stop = &abort
	}
	c.mu.Unlock()
	c.cancel(&Aborted{Abort: abort})
	return first
}

func (c *attempt) stopped() *schema.Abort {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stop
}

func (c *attempt) isActing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.acting
}

func (c *attempt) nowActing() {
	c.mu.Lock()
	c.acting = true
	c.mu.Unlock()
}

// over tells whether it has ended; its result may still have to be told.
func (c *attempt) over() bool {
	select {
	case <-c.finished:
		return true
	default:
		return false
	}
}

// outcome says how it ended, once it has.
func (c *attempt) outcome() (outcome, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.result == nil {
		return schema.OutcomeAborted, "it was not granted: nothing was done"
	}
	return c.result.Outcome, c.result.Text
}

// attempt claims, acts if that is granted, and tells how it ended; false: there was
// nothing to tell.
func (a *Agent) attempt(life context.Context, c *attempt) bool {
	defer c.cancel(nil)
	finish := sync.OnceFunc(func() { close(c.finished) })
	defer finish()
	if err := a.journal.write(record{State: stateClaiming, At: time.Now(), Work: c.work, Claim: c.claim, Action: c.action}); err != nil {
		a.log.Error("nothing is claimed as long as the journal can't be written", "attempt", describe(c.work), "error", err)
		return false
	}
	result, tells := a.claimAndAct(life, c)
	if !tells {
		return false
	}
	// Somebody stopped it before it began. Should the claim have been lost, the attempt is
	// still offered: it must not begin after all. An agent that only ends may claim it
	// again when it is back.
	if abort := c.stopped(); abort != nil && !c.isActing() && abort.By.Role != schema.RoleAgent {
		buried := *abort
		buried.Claim = ""
		a.bury(buried)
	}
	result = a.ended(c.work, c.claim, result)
	c.mu.Lock()
	c.acting, c.result = false, &result
	c.mu.Unlock()
	finish()
	a.log.Info("ended", "action", c.action, "attempt", describe(c.work), "outcome", result.Outcome, "text", result.Text)
	a.tell(life, c.work, result)
	return true
}

func (c *attempt) neverBegun(outcome, why string) schema.Result {
	return schema.Result{Outcome: outcome, Text: why + ": nothing was done"}
}

func (c *attempt) stoppedBefore() schema.Result {
	abort := *c.stopped()
	r := c.neverBegun(schema.OutcomeAborted, (&Aborted{Abort: abort}).Error()+", before it began")
	r.AbortedBy = &abort.By
	return r
}

// act carries out what was granted. "acting" is on disk before anything begins.
func (a *Agent) act(life context.Context, c *attempt, grant schema.Grant, sent time.Time) schema.Result {
	job := Job{Work: c.work, Title: c.offer.Title, Action: c.action, Parameters: c.offer.Parameters, Timeout: c.offer.Timeout.D(), Report: c.report}
	if grant.Action != "" {
		job.Action, job.Parameters = grant.Action, grant.Parameters
	}
	if grant.Timeout > 0 {
		job.Timeout = grant.Timeout.D()
	}
	if job.Timeout <= 0 {
		job.Timeout = schema.DefaultPolicy().StepTimeout.D()
	}
	if !a.offers(job.Action) {
		return c.neverBegun(schema.OutcomeFailed, fmt.Sprintf("this agent doesn't offer %s", job.Action))
	}
	if err := a.journal.write(record{State: stateActing, At: time.Now(), Work: c.work, Claim: c.claim, Action: job.Action}); err != nil {
		a.log.Error("nothing is begun as long as the journal can't be written", "attempt", describe(c.work), "error", err)
		return c.neverBegun(schema.OutcomeFailed, fmt.Sprintf("the agent can't write its journal (%v)", err))
	}
	// A slow disk takes time, too.
	if why := c.void(grant, sent); why != "" {
		return c.neverBegun(schema.OutcomeFailed, why)
	}
	if c.ctx.Err() != nil {
		return c.stoppedBefore()
	}
	c.nowActing()
	started := time.Now()
	a.log.Info("acting", "action", job.Action, "attempt", describe(c.work), "timeout", job.Timeout)
	deadline := time.AfterFunc(job.Timeout, func() { c.cancel(ErrTimedOut) })
	defer deadline.Stop()
	every := grant.SayEvery.D()
	if every <= 0 {
		every = a.SayEvery
	}
	saying, quiet := context.WithCancel(life)
	var sayer sync.WaitGroup
	sayer.Go(func() { a.say(saying, c, every) })
	if after := a.cutOff(job.Action); after > 0 {
		a.heardFrom(nil) // the grant was an answer
		sayer.Go(func() { a.stopWhenCutOff(saying, c, after) })
	}
	failpoint("acting")
	out := run(c.ctx, a.Runner, job)
	quiet()
	sayer.Wait()
	result := c.conclude(out, job.Timeout)
	result.Started = utc(started)
	return result
}

// run carries out the job; a Runner that panics leaves an unknown outcome.
func run(ctx context.Context, runner Runner, job Job) (out Outcome) {
	defer func() {
		if p := recover(); p != nil {
			out = Outcome{Outcome: schema.OutcomeUnknown, Text: fmt.Sprintf("the agent's own code failed (%v): look at the system itself", p), Output: string(debug.Stack())}
		}
	}()
	return runner.Run(ctx, job)
}

// conclude makes the result of what the Runner says, and of why it was told to stop.
func (c *attempt) conclude(out Outcome, timeout time.Duration) schema.Result {
	r := schema.Result{Outcome: out.Outcome, Text: out.Text, ExitStatus: out.ExitStatus, Output: out.Output, Data: out.Data}
	if r.Output == "" {
		r.Output = c.printed()
	}
	var aborted *Aborted
	var cutOff *CutOff
	cause := Stopped(c.ctx)
	switch r.Outcome {
	case schema.OutcomeDone, schema.OutcomeFailed, schema.OutcomeUnknown:
		return r
	case schema.OutcomeAborted, schema.OutcomeTimedOut:
	default:
		if cause == nil {
			r.Outcome = schema.OutcomeUnknown
			r.Text = fmt.Sprintf("the action ended without saying how (%q): look at the system itself", out.Outcome)
			return r
		}
	}
	switch {
	case errors.Is(cause, ErrTimedOut):
		r.Outcome = schema.OutcomeTimedOut
		if r.Text == "" {
			r.Text = fmt.Sprintf("stopped after %s, because its time was over", schema.Duration(timeout))
		}
	case errors.As(cause, &cutOff):
		r.Outcome = schema.OutcomeFailed
		r.Text = fmt.Sprintf("stopped, as this action wants it: %s%s", cutOff, brackets(out.Text))
	case errors.As(cause, &aborted):
		r.Outcome = schema.OutcomeAborted
		if code := aborted.Abort.Reason.Code; code == schema.CodeStepTimeout || code == schema.StopTimeout {
			r.Outcome = schema.OutcomeTimedOut
		}
		if r.Text == "" {
			r.Text = aborted.Error()
		}
		by := aborted.Abort.By
		r.AbortedBy = &by
	case r.Outcome == schema.OutcomeTimedOut: // the action's own time is shorter
	default:
		r.Outcome = schema.OutcomeFailed
		r.Text = "the action stopped although nobody had asked for it: " + out.Text
	}
	return r
}

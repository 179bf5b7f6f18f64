package controller

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"expertcontroller/schema"
)

// What random schedules hold after each decision.

// cellsLeadWhereTheySay: a cell of the table leads to the states that it lists, and a
// schedule or a transcript has seen it lead to each of them.
func cellsLeadWhereTheySay(t *testing.T, reached map[[2]int]int, many bool) {
	for s := range situations {
		for w := range whats {
			seen := reached[[2]int{int(s), int(w)}]
			for i, state := range endNames {
				was := seen&(1<<i) != 0
				says := slices.Contains(table[s][w].to, state)
				switch {
				case s == ended || state == stateOf[s]:
				case was && !says:
					t.Errorf("%s x %s led to %s, which the table does not list", s, w, state)
				case says && !was && many:
					t.Errorf("%s x %s: neither a schedule nor a transcript was led to %s, which the table lists; go test ./controller -v -run TestRandomSchedules -runs 9000 says which seeds are telling", s, w, state)
				}
			}
		}
	}
}

func (c *chaos) fail(format string, args ...any) {
	c.t.Helper()
	c.t.Errorf("seed %d: "+format, append([]any{c.seed}, args...)...)
}

// afterInput checks the answer against the prompt that it was about, and keeps track
// of what the agents really do.
func (c *chaos) afterInput(in *Input, d *Decision, before *schema.Status, entry uint64) {
	if len(d.Answers) != 1 || d.Answers[0].Verdict == "" {
		if in.Inbox == 0 {
			c.fail("no answer to %s", in.Kind)
		}
		return
	}
	a := d.Answers[0]
	switch m := in.Message.(type) {
	case *schema.Decide:
		if a.Verdict != schema.Recorded || a.Entry <= entry {
			return // refused, or a repeat that got its first answer
		}
		if before == nil || before.Prompt == nil || before.Prompt.ID != m.Prompt {
			c.fail("%s was decided and is not open", m.Prompt)
			return
		}
		told := time.Duration(0)
		if in.Inbox > 0 { // the broker's clock
			told = clockMost
		}
		if p := before.Prompt; p.Expires != nil && !in.At.Before(*p.Expires) || in.At.Before(p.Opened.Add(-told)) {
			c.fail("%s was decided at %s, it was open from %s to %v", p.ID, in.At, p.Opened, p.Expires)
		}
		if before.State == schema.Unclear { // the operator made sure, or took the blame
			delete(c.acting, fmt.Sprint(schema.Work{Token: before.Token, Step: before.Step, Attempt: before.Prompt.Attempt}))
		}
	case *schema.Claim:
		r := c.state.Recovery(m.Token)
		if a.Verdict != schema.Recorded || m.Probe || r == nil {
			return
		}
		key := fmt.Sprint(m.Work)
		if old, ok := c.grants[key]; ok && old != m.ID {
			c.fail("attempt %s was granted to %s and to %s", key, old, m.ID)
		}
		for other, work := range c.acting {
			// Members of a group act together, each of them once; nobody else.
			if other != key && (work.Token != m.Token || work.Step != m.Step || len(r.Request.Steps[m.Step].Agents) == 0 || attemptOf(r, &work).Agent == in.By.Name) {
				c.fail("%s begins while %s is acting", key, other)
			}
		}
		c.grants[key], c.acting[key] = m.ID, m.Work
	case *schema.Result:
		if a.Verdict == schema.Recorded && m.Outcome != schema.OutcomeUnknown && !m.Probe {
			delete(c.acting, fmt.Sprint(m.Work))
		}
		// What a person stopped does not begin again: it has ended, or does when the rest of its
		// group has stopped.
		if r := c.state.Recovery(m.Token); a.Verdict == schema.Recorded && m.AbortedBy != nil && before != nil && before.Token == m.Token && ofClaim(before, &m.Work, m.Claim, in.By.Name) &&
			situationOf(before) != checking && !r.Terminal && stopReason(r) != schema.StopInterrupted {
			c.fail("a person stopped %v, and it goes on: %s", m.Work, line(r))
		}
	}
}

func (c *chaos) afterEvent(e *schema.Event) {
	switch e.Kind {
	case schema.EventCompleted, schema.EventFailed, schema.EventCancelled:
		if c.ends[e.Token]++; c.ends[e.Token] > 1 {
			c.fail("%s ended twice", e.Token)
		}
	case schema.EventApproved, schema.EventDeclined, schema.EventClarified, schema.EventStepByHand:
		if c.decided[e.Prompt]++; c.decided[e.Prompt] > 1 {
			c.fail("prompt %s was decided twice", e.Prompt)
		}
	}
}

// check holds what must be true of every state.
func (c *chaos) check() {
	underWay, actingNow := 0, 0
	for token, r := range c.state.recoveries {
		if was, ok := c.terminal[token]; ok && was != r.State+r.Reason.Code {
			c.fail("%s was %s and is now %s", token, was, r.State)
		}
		if r.Terminal {
			c.terminal[token] = r.State + r.Reason.Code
			if r.Reason.Code == "" || r.Reason.Text == "" || r.Prompt != nil || r.Ended == nil || r.Deadline != nil {
				c.fail("%s ended incompletely: %s", token, line(r))
			}
			continue
		}
		if schema.UnderWay(r.State) {
			underWay++
		}
		for i := range r.Steps {
			if attemptsLeft(r, i) < 0 {
				c.fail("%s: step %d was tried more often than it may be: %s", token, i, line(r))
			}
			for j := range r.Steps[i].Attempts {
				a := &r.Steps[i].Attempts[j]
				if a.State == schema.AttemptGranted {
					actingNow++
					c.checkActing(r, i, a)
				}
				if a.Number != j+1 {
					c.fail("%s step %d: attempt numbers do not count up", token, i)
				}
			}
		}
		if r.State == schema.Observing && r.Step < len(r.Steps) && whole(r, r.Step) && !shownDone(r) {
			c.fail("%s is watched after its step was done, which is shown as %s: %s", token, r.Steps[r.Step].State, line(r))
		}
		c.checkWaits(r)
		c.checkHealthy(r)
	}
	if r := c.state.UnderWay(); underWay > 1 || actingNow > 1 && (r == nil || !grouped(r)) {
		c.fail("%d recoveries under way, %d attempts acting", underWay, actingNow)
	}
	if underWay == 0 && c.state.Mode() != schema.ModeManual && c.state.nextInQueue() != "" {
		c.fail("the system is free and %s waits", c.state.nextInQueue())
	}
}

// shownDone tells whether the step that a recovery is at shows that it was done, if it was.
func shownDone(r *schema.Status) bool {
	a := lastAttempt(r)
	return a == nil || a.Outcome != schema.OutcomeDone || r.Steps[r.Step].State == schema.StepDone
}

// checkActing: only at the step that the recovery is at somebody acts, and each agent
// of a group once.
func (c *chaos) checkActing(r *schema.Status, step int, a *schema.Attempt) {
	if step != r.Step {
		c.fail("%s acts at step %d, and is at step %d", r.Token, step, r.Step)
	}
	for i := range r.Steps[step].Attempts {
		if b := &r.Steps[step].Attempts[i]; b.Number != a.Number && b.Agent == a.Agent && (b.State == schema.AttemptGranted || b.State == schema.AttemptOffered) {
			c.fail("%s: agent %s has attempts %d and %d open", r.Token, a.Agent, a.Number, b.Number)
		}
	}
}

// checkWaits: whatever is open has a deadline, a prompt, or something that it waits for.
func (c *chaos) checkWaits(r *schema.Status) {
	at, ok := due(r)
	if ok && !at.After(c.now) {
		c.fail("%s has a deadline that has passed: %s", r.Token, line(r))
	}
	waits := false
	for _, w := range c.state.Waits() {
		if w.Work.Token != r.Token {
			continue
		}
		if w.Kind != schema.KindExpertSilent {
			waits = true
		} else if c.state.allSilent(w.Experts) && c.stays(w) {
			c.fail("that %v are silent changes nothing about %s, and is observed for ever: %s", w.Experts, r.Token, line(r))
		}
	}
	if ok || r.Prompt != nil || waits {
		return
	}
	c.fail("%s waits for nothing: %s", r.Token, line(r))
}

// checkHealthy: no attempt is offered and no prompt to begin is open while every
// problem has cleared, but for an operator's retry.
func (c *chaos) checkHealthy(r *schema.Status) {
	if !allCleared(r) {
		return
	}
	switch situationOf(r) {
	case awaiting, byHand, resting, checking, waiting:
		c.fail("%s wants to begin on a healthy system: %s", r.Token, line(r))
	case offered, granted:
		if len(inState(r, schema.AttemptOffered)) == 0 {
			return
		}
		if how := r.Steps[r.Step].Approved; how == nil || how.How != schema.Retry {
			c.fail("%s is offered on a healthy system: %s", r.Token, line(r))
		}
	}
}

// stays tells whether what is observed leaves its recovery open.
func (c *chaos) stays(w Wait) bool {
	d := Step(c.state, []Input{{Kind: w.Kind, By: controllerBy, At: c.now, Message: w.Observed()}}, c.now)
	for i := range d.Changes {
		if r := statusOf(&d.Changes[i]); r != nil && r.Token == w.Work.Token {
			return !r.Terminal
		}
	}
	return true
}

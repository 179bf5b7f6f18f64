package controller

import "expertcontroller/schema"

// cell says what happens to a recovery in a situation: in words, for the documents,
// and as code. The words and the code stand side by side so that neither can be
// changed without seeing the other.
type cell struct {
	then string
	// to lists the states that it can lead to, beside the one that the recovery is in.
	// Random schedules hold that none is missing and none is there for nothing.
	to []string
	do func(d *draft, token string, h *happening)
}

func to(states ...string) []string { return states }

// Cells that many situations share.
var (
	noPrompt   = cell{"refused: no such prompt is open", nil, refuseNoPrompt}
	noted      = cell{"noted", nil, noteOnly}
	void       = cell{"ignored: not waited for here", nil, ignoreVoid}
	lateResult = cell{"recorded as late; changes nothing", nil, recordLate}
	noClaim    = cell{"refused: nothing is offered", nil, refuseClaim}
	unheard    = cell{"told to stop; changes nothing", nil, recordStray}
	addProblem = cell{"the problem is added; step, prompt and priority stay", nil, joinProblem}
	notNow     = cell{"busy: it can't be continued now", nil, refuseContinue}
)

// row gives the situation's cells; a column that it leaves out has the cell that
// otherwise names. A test holds that none is empty.
func row(cells map[what]cell) (out [whats]cell) {
	for w := range out {
		out[w] = otherwise[w]
	}
	for w, c := range cells {
		out[w] = c
	}
	return out
}

// otherwise is what happens where a situation says nothing of its own.
var otherwise = [whats]cell{
	approved: noPrompt, declined: noPrompt, done: noPrompt, retried: noPrompt, givenUp: noPrompt,
	interrupted: void, preempted: void, continued: notNow,
	clearedSome: noted, clearedAll: noted, deadlineOver: void, becameManual: noted,
	claimed: noClaim, progressed: unheard,
	resultDone: lateResult, resultFailed: lateResult, resultAborted: lateResult, resultTimedOut: lateResult, resultUnknown: lateResult,
	unclaimed: void, silent: void, unconfirmed: void, expertSilent: noted, itsTurn: void,
}

// table is the machine: what happens to a recovery, by situation (where it stands, as
// finely as the rules tell states apart) and by what happens. Filled by init because the
// cells' functions refer back to it.
var table [situations][whats]cell

func init() {
	table = [situations][whats]cell{
		awaiting: row(map[what]cell{
			approved:     {"running: the step approved, another one, or all that remain", to(schema.Running), approve},
			declined:     {"cancelled: declined; the problem is held", to(schema.Cancelled), decline},
			interrupted:  {"cancelled: interrupted; the problem is held", to(schema.Cancelled), interruptQuiet},
			preempted:    {"postponed: preempted, at this step", to(schema.Postponed), preemptQuiet},
			continued:    addProblem,
			clearedAll:   {"observing if something ran, else completed: cured_itself; the prompt is withdrawn", to(schema.Observing, schema.Completed), cureQuiet},
			deadlineOver: {"cancelled: approval_timeout", to(schema.Cancelled), approvalOver},
			becameManual: {"cancelled: manual_mode", to(schema.Cancelled), stopQuiet},
			expertSilent: {"cancelled: expert_silent", to(schema.Cancelled), leaveQuiet},
		}),
		offered: row(map[what]cell{
			interrupted:  {"cancelled: interrupted; the problem is held; a later claim is refused", to(schema.Cancelled), interruptQuiet},
			preempted:    {"postponed: preempted, at this step; a later claim is refused", to(schema.Postponed, schema.Completed), preemptQuiet},
			continued:    addProblem,
			clearedAll:   {"observing if something ran before, else completed: cured_itself; a later claim is refused", to(schema.Observing, schema.Completed), cureQuiet},
			becameManual: {"cancelled: manual_mode; a later claim is refused", to(schema.Cancelled), stopQuiet},
			claimed:      {"granted to the agent that was asked; a repeat gets the same answer", nil, grantAttempt},
			unclaimed:    {"the next step's prompt; none left: failed: agent_unavailable; of a group: halted, then the same", to(schema.AwaitingApproval, schema.Observing, schema.Failed), nobodyClaimed},
			expertSilent: {"cancelled: expert_silent; a later claim is refused; what an operator had tried again goes on", to(schema.Cancelled), leaveOffered},
		}),
		resting: row(map[what]cell{
			interrupted:  {"cancelled: interrupted; the problem is held", to(schema.Cancelled), interruptQuiet},
			preempted:    {"postponed: preempted, at this step", to(schema.Postponed), preemptQuiet},
			continued:    addProblem,
			clearedAll:   {"observing if something ran, else completed: cured_itself", to(schema.Observing, schema.Completed), cureQuiet},
			deadlineOver: {"the next attempt; the prompt, where no approval covers it any more", to(schema.AwaitingApproval, schema.Cancelled), pauseOver},
			becameManual: {"cancelled: manual_mode", to(schema.Cancelled), stopQuiet},
			expertSilent: {"cancelled: expert_silent", to(schema.Cancelled), leaveQuiet},
		}),
		checking: row(map[what]cell{
			interrupted:    {"cancelled: interrupted; the problem is held; the probe is withdrawn", to(schema.Cancelled), interruptQuiet},
			preempted:      {"postponed: preempted, at this step; the probe is withdrawn", to(schema.Postponed), preemptQuiet},
			continued:      addProblem,
			clearedAll:     {"observing if something ran before, else completed: cured_itself; the probe is withdrawn", to(schema.Observing, schema.Completed), cureQuiet},
			deadlineOver:   {"nobody can tell: prompt, whatever was approved before", to(schema.AwaitingApproval, schema.Cancelled), answerOver},
			becameManual:   {"cancelled: manual_mode; the probe is withdrawn", to(schema.Cancelled), stopQuiet},
			claimed:        {"granted to the agent that was asked; a repeat gets the same answer", nil, grantProbe},
			progressed:     {"recorded", nil, recordProgress},
			resultDone:     {"needed: prompt; not needed: skipped, the next step's prompt; none left: observing, with cure result or no observe period completed: not_needed", to(schema.AwaitingApproval, schema.Observing, schema.Completed, schema.Cancelled), answerResult},
			resultFailed:   {"nobody can tell: prompt, whatever was approved before", to(schema.AwaitingApproval, schema.Cancelled), answerResult},
			resultAborted:  {"nobody can tell: prompt, whatever was approved before", to(schema.AwaitingApproval, schema.Cancelled), answerResult},
			resultTimedOut: {"nobody can tell: prompt, whatever was approved before", to(schema.AwaitingApproval, schema.Cancelled), answerResult},
			resultUnknown:  {"nobody can tell: prompt, whatever was approved before", to(schema.AwaitingApproval, schema.Cancelled), answerResult},
			unclaimed:      {"nobody can tell: prompt, whatever was approved before", to(schema.AwaitingApproval, schema.Cancelled), answerOver},
			silent:         {"nobody can tell: prompt, whatever was approved before", to(schema.AwaitingApproval, schema.Cancelled), answerOver},
			expertSilent:   {"cancelled: expert_silent; the probe is withdrawn", to(schema.Cancelled), leaveQuiet},
		}),
		granted: row(map[what]cell{
			interrupted:    {"stopping, reason interrupted; the problem is held; of a group all that act", to(schema.Stopping), stopInterrupted},
			preempted:      {"stopping, reason preempted", to(schema.Stopping), stopPreempted},
			continued:      addProblem,
			deadlineOver:   {"stopping, reason timeout; of a group all that act", to(schema.Stopping), stopTimeout},
			clearedAll:     {"noted; of a group: what nobody has claimed is taken back", nil, holdBack},
			becameManual:   {"noted: the attempt finishes and is observed; nothing starts after it; of a group: what nobody has claimed is taken back", nil, holdBack},
			claimed:        {"the same claim gets its grant again; another one is refused: already_claimed; of a group: granted to the next member that was asked", nil, grantMore},
			progressed:     {"recorded", nil, recordProgress},
			resultDone:     {"observing; with cure result or no observe period completed: step_done; of a group: the next member; when the last one has ended, as when a member fails", to(schema.AwaitingApproval, schema.Observing, schema.Completed, schema.Failed, schema.Cancelled), takeResult},
			resultFailed:   {"the next attempt, else the next step's prompt, else failed: step_failed; of a group: halted, then the same when the last one has ended", to(schema.AwaitingApproval, schema.Observing, schema.Failed, schema.Cancelled), takeResult},
			resultAborted:  {"cancelled: interrupted; the result says by whom; the rest of a group is stopped, too", to(schema.Stopping, schema.Cancelled), takeResult},
			resultTimedOut: {"the next attempt, else the next step's prompt, else failed: step_timeout; of a group: halted, then the same when the last one has ended", to(schema.AwaitingApproval, schema.Observing, schema.Failed, schema.Cancelled), takeResult},
			resultUnknown:  {"unclear", to(schema.Unclear), takeResult},
			unclaimed:      {"of a group: halted; those that act finish", nil, nobodyClaimed},
			silent:         {"unclear", to(schema.Unclear), agentSilent},
			expertSilent:   {"noted; of a group: what nobody has claimed is taken back", nil, holdBack},
		}),
		byHand: row(map[what]cell{
			done:         {"observing; with cure result or no observe period completed: step_done", to(schema.Observing, schema.Completed), confirmDone},
			declined:     {"the next step's prompt; none left: cancelled: declined", to(schema.AwaitingApproval, schema.Cancelled), confirmNot},
			interrupted:  {"cancelled: interrupted; the problem is held", to(schema.Cancelled), interruptQuiet},
			preempted:    {"postponed: preempted, at this step", to(schema.Postponed), preemptQuiet},
			continued:    addProblem,
			clearedAll:   {"observing; the prompt is withdrawn", to(schema.Observing), cureByHand},
			deadlineOver: {"cancelled: approval_timeout", to(schema.Cancelled), approvalOver},
			becameManual: {"cancelled: manual_mode", to(schema.Cancelled), stopQuiet},
			expertSilent: {"cancelled: expert_silent", to(schema.Cancelled), leaveQuiet},
		}),
		stopping: row(map[what]cell{
			interrupted:    {"the reason is now interrupted; the problem is held", nil, stopInterrupted},
			preempted:      {"reason timeout: the reason is now preempted; else noted", nil, stopPreempted},
			claimed:        {"refused: already_claimed", nil, reclaim},
			progressed:     {"recorded; the agent is told to stop", nil, recordProgress},
			resultDone:     {"interrupted: cancelled: interrupted; preempted: postponed: preempted, at the next step; timeout: observing; of a group when the last one has ended", to(schema.AwaitingApproval, schema.Running, schema.Observing, schema.Postponed, schema.Completed, schema.Failed, schema.Cancelled), takeResult},
			resultFailed:   {"interrupted: cancelled: interrupted; preempted: postponed: preempted; timeout: after step (step_timeout); of a group when the last one has ended", to(schema.AwaitingApproval, schema.Running, schema.Observing, schema.Postponed, schema.Completed, schema.Failed, schema.Cancelled), takeResult},
			resultAborted:  {"interrupted, or stopped by an operator on its host: cancelled: interrupted; preempted: postponed: preempted, at this step; timeout: after step (step_timeout); of a group when the last one has ended", to(schema.AwaitingApproval, schema.Running, schema.Observing, schema.Postponed, schema.Completed, schema.Failed, schema.Cancelled), takeResult},
			resultTimedOut: {"interrupted: cancelled: interrupted; preempted: postponed: preempted; timeout: after step (step_timeout); of a group when the last one has ended", to(schema.AwaitingApproval, schema.Running, schema.Observing, schema.Postponed, schema.Completed, schema.Failed, schema.Cancelled), takeResult},
			resultUnknown:  {"unclear", to(schema.Unclear), takeResult},
			unconfirmed:    {"unclear", to(schema.Unclear), notConfirmed},
		}),
		unclear: row(map[what]cell{
			done:           {"interrupted noted: cancelled: interrupted; preempted noted: postponed, at the next step; else observing; of a group: the others are waited for, then the round goes on", to(schema.AwaitingApproval, schema.Running, schema.Stopping, schema.Observing, schema.Postponed, schema.Completed, schema.Failed, schema.Cancelled), clarifyDone},
			retried:        {"interrupted noted: cancelled: interrupted; preempted noted: postponed, at this step; else a new attempt; of a group: this member alone", to(schema.Running, schema.Stopping, schema.Observing, schema.Postponed, schema.Completed, schema.Cancelled), clarifyRetry},
			givenUp:        {"interrupted noted: cancelled: interrupted; else failed: outcome_unknown; of a group when the last one has ended", to(schema.Running, schema.Stopping, schema.Failed, schema.Cancelled), clarifyGiveUp},
			interrupted:    {"noted; the problem is held", nil, stopInterrupted},
			preempted:      {"noted, unless an interrupt was", nil, stopPreempted},
			continued:      {"the problem is added; after an interrupt: busy", nil, joinUnclear},
			becameManual:   {"noted; the prompt stays", nil, noteOnly},
			claimed:        {"refused: already_claimed", nil, reclaim},
			progressed:     {"recorded: the agent is heard again", nil, recordProgress},
			resultDone:     {"as while running or stopping; the prompt is withdrawn", to(schema.AwaitingApproval, schema.Running, schema.Stopping, schema.Observing, schema.Postponed, schema.Completed, schema.Failed, schema.Cancelled), takeResult},
			resultFailed:   {"as while running or stopping; the prompt is withdrawn", to(schema.AwaitingApproval, schema.Running, schema.Stopping, schema.Observing, schema.Postponed, schema.Completed, schema.Failed, schema.Cancelled), takeResult},
			resultAborted:  {"as while running or stopping; the prompt is withdrawn", to(schema.AwaitingApproval, schema.Running, schema.Stopping, schema.Observing, schema.Postponed, schema.Completed, schema.Failed, schema.Cancelled), takeResult},
			resultTimedOut: {"as while running or stopping; the prompt is withdrawn", to(schema.AwaitingApproval, schema.Running, schema.Stopping, schema.Observing, schema.Postponed, schema.Completed, schema.Failed, schema.Cancelled), takeResult},
			resultUnknown:  {"noted: the agent does not know either; the prompt stays", nil, stillUnknown},
		}),
		observing: row(map[what]cell{
			interrupted:  {"cancelled: interrupted; the problem is held", to(schema.Cancelled), interruptQuiet},
			preempted:    {"postponed: preempted, at the next step", to(schema.Postponed, schema.Completed), preemptObserving},
			continued:    {"the problem is added; after step at once (no_effect)", to(schema.AwaitingApproval, schema.Running), continueObserving},
			clearedAll:   {"noted: the whole period is waited for", nil, noteOnly},
			deadlineOver: {"all cleared: completed: cured; cure probe: the probe is asked; expert silent: failed: unverified; else after step (no_effect)", to(schema.AwaitingApproval, schema.Running, schema.Completed, schema.Failed, schema.Cancelled), observed},
			becameManual: {"noted: the period goes on; nothing starts after it", nil, noteOnly},
			expertSilent: {"noted: at the end of the period failed: unverified", nil, noteOnly},
		}),
		probing: row(map[what]cell{
			interrupted:    {"cancelled: interrupted; the problem is held; the probe is withdrawn", to(schema.Cancelled), interruptQuiet},
			preempted:      {"postponed: preempted, at the next step; the probe is withdrawn", to(schema.Postponed, schema.Completed), preemptObserving},
			continued:      {"the problem is added; the probe is withdrawn; after step at once (no_effect)", to(schema.AwaitingApproval, schema.Running), continueObserving},
			deadlineOver:   {"no answer means not cured: after step (no_effect); all cleared: failed: no_effect", to(schema.AwaitingApproval, schema.Running, schema.Failed, schema.Cancelled), probeOver},
			becameManual:   {"noted: the probe goes on; nothing starts after it", nil, noteOnly},
			claimed:        {"granted to the agent that was asked; a repeat gets the same answer", nil, grantProbe},
			progressed:     {"recorded", nil, recordProgress},
			resultDone:     {"completed: cured", to(schema.Completed), probeResult},
			resultFailed:   {"not cured: after step (no_effect); all cleared: failed: no_effect", to(schema.AwaitingApproval, schema.Running, schema.Failed, schema.Cancelled), probeResult},
			resultAborted:  {"stopped by an operator: cancelled: interrupted; else not cured: after step (no_effect); all cleared: failed: no_effect", to(schema.AwaitingApproval, schema.Running, schema.Failed, schema.Cancelled), probeResult},
			resultTimedOut: {"not cured: after step (no_effect); all cleared: failed: no_effect", to(schema.AwaitingApproval, schema.Running, schema.Failed, schema.Cancelled), probeResult},
			resultUnknown:  {"not cured: after step (no_effect); all cleared: failed: no_effect", to(schema.AwaitingApproval, schema.Running, schema.Failed, schema.Cancelled), probeResult},
			unclaimed:      {"no answer means not cured: after step (no_effect); all cleared: failed: no_effect", to(schema.AwaitingApproval, schema.Running, schema.Failed, schema.Cancelled), probeOver},
			silent:         {"no answer means not cured: after step (no_effect); all cleared: failed: no_effect", to(schema.AwaitingApproval, schema.Running, schema.Failed, schema.Cancelled), probeOver},
			expertSilent:   {"noted: the probe decides", nil, noteOnly},
		}),
		waiting: row(map[what]cell{
			interrupted:  {"cancelled: withdrawn; the problem is held", to(schema.Cancelled), withdrawWaiting},
			continued:    addProblem,
			clearedAll:   {"completed: cured if its last step was done, else cured_itself", to(schema.Completed), cureWaiting},
			deadlineOver: {"scheduled: it enters the queue; else cancelled: queue_expired", to(schema.Cancelled), queueOver},
			expertSilent: {"cancelled: expert_silent", to(schema.Cancelled), leaveQuiet},
			itsTurn:      {"prompt, at the step it had reached, with the attempts it has left; no step left: failed: no_effect", to(schema.AwaitingApproval, schema.Running, schema.Failed, schema.Cancelled), takeTurn},
		}),
		ended: row(map[what]cell{
			interrupted:  {"ignored: it has ended", nil, ignoreEnded},
			clearedSome:  void,
			clearedAll:   void,
			becameManual: void,
			expertSilent: void,
		}),
	}
}

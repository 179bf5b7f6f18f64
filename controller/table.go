package controller

// cell says what happens to a recovery in a situation: in words, for the documents,
// and as code. The words and the code stand side by side so that neither can be
// changed without seeing the other.
type cell struct {
	then string
	do   func(d *draft, token string, h *happening)
}

// Cells that many situations share.
var (
	noPrompt   = cell{"refused: no such prompt is open", refuseNoPrompt}
	noted      = cell{"noted", noteOnly}
	void       = cell{"ignored: not waited for here", ignoreVoid}
	lateResult = cell{"recorded as late; changes nothing", recordLate}
	noClaim    = cell{"refused: nothing is offered", refuseClaim}
	unheard    = cell{"told to stop; changes nothing", recordStray}
	addProblem = cell{"the problem is added; step, prompt and priority stay", joinProblem}
	notNow     = cell{"busy: it can't be continued now", refuseContinue}
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

// table is the machine: what happens to a recovery, by situation and happening.
// Filled by init because the cells' functions refer back to it.
var table [situations][whats]cell

func init() {
	table = [situations][whats]cell{
		awaiting: row(map[what]cell{
			approved:     {"running: the step approved, another one, or all that remain", approve},
			declined:     {"cancelled: declined; the problem is held", decline},
			interrupted:  {"cancelled: interrupted; the problem is held", interruptQuiet},
			preempted:    {"postponed: preempted, at this step", preemptQuiet},
			continued:    addProblem,
			clearedAll:   {"observing if something ran, else completed: cured_itself; the prompt is withdrawn", cureQuiet},
			deadlineOver: {"cancelled: approval_timeout", approvalOver},
			becameManual: {"cancelled: manual_mode", stopQuiet},
			expertSilent: {"cancelled: expert_silent", leaveQuiet},
		}),
		offered: row(map[what]cell{
			interrupted:  {"cancelled: interrupted; the problem is held; a later claim is refused", interruptQuiet},
			preempted:    {"postponed: preempted, at this step; a later claim is refused", preemptQuiet},
			continued:    addProblem,
			clearedAll:   {"observing if something ran before, else completed: cured_itself; a later claim is refused", cureQuiet},
			becameManual: {"cancelled: manual_mode; a later claim is refused", stopQuiet},
			claimed:      {"granted to the agent that was asked; a repeat gets the same answer", grantAttempt},
			unclaimed:    {"the next step's prompt; none left: failed: agent_unavailable", nobodyClaimed},
			expertSilent: {"cancelled: expert_silent; a later claim is refused", leaveQuiet},
		}),
		granted: row(map[what]cell{
			interrupted:    {"stopping, reason interrupted; the problem is held", stopInterrupted},
			preempted:      {"stopping, reason preempted", stopPreempted},
			continued:      addProblem,
			deadlineOver:   {"stopping, reason timeout", stopTimeout},
			becameManual:   {"noted: the attempt finishes and is observed; nothing starts after it", noteOnly},
			claimed:        {"the same claim gets its grant again; another one is refused: already_claimed", reclaim},
			progressed:     {"recorded", recordProgress},
			resultDone:     {"observing; with cure result or no observe period completed: step_done", takeResult},
			resultFailed:   {"the next attempt, else the next step's prompt, else failed: step_failed", takeResult},
			resultAborted:  {"cancelled: interrupted; the result says by whom", takeResult},
			resultTimedOut: {"the next attempt, else the next step's prompt, else failed: step_timeout", takeResult},
			resultUnknown:  {"unclear", takeResult},
			silent:         {"unclear", agentSilent},
		}),
		byHand: row(map[what]cell{
			done:         {"observing; with cure result or no observe period completed: step_done", confirmDone},
			declined:     {"the next step's prompt; none left: cancelled: declined", confirmNot},
			interrupted:  {"cancelled: interrupted; the problem is held", interruptQuiet},
			preempted:    {"postponed: preempted, at this step", preemptQuiet},
			continued:    addProblem,
			clearedAll:   {"observing; the prompt is withdrawn", cureByHand},
			deadlineOver: {"cancelled: approval_timeout", approvalOver},
			becameManual: {"cancelled: manual_mode", stopQuiet},
			expertSilent: {"cancelled: expert_silent", leaveQuiet},
		}),
		stopping: row(map[what]cell{
			interrupted:    {"the reason is now interrupted; the problem is held", stopInterrupted},
			preempted:      {"reason timeout: the reason is now preempted; else noted", stopPreempted},
			claimed:        {"refused: already_claimed", reclaim},
			progressed:     {"recorded; the agent is told to stop", recordProgress},
			resultDone:     {"interrupted: cancelled: interrupted; preempted: postponed: preempted, at the next step; timeout: observing", takeResult},
			resultFailed:   {"interrupted: cancelled: interrupted; preempted: postponed: preempted; timeout: after step (step_timeout)", takeResult},
			resultAborted:  {"interrupted: cancelled: interrupted; preempted: postponed: preempted, at this step; timeout: after step (step_timeout)", takeResult},
			resultTimedOut: {"interrupted: cancelled: interrupted; preempted: postponed: preempted; timeout: after step (step_timeout)", takeResult},
			resultUnknown:  {"unclear", takeResult},
			unconfirmed:    {"unclear", notConfirmed},
		}),
		unclear: row(map[what]cell{
			done:           {"interrupted noted: cancelled: interrupted; preempted noted: postponed, at the next step; else observing", clarifyDone},
			retried:        {"interrupted noted: cancelled: interrupted; preempted noted: postponed, at this step; else a new attempt", clarifyRetry},
			givenUp:        {"interrupted noted: cancelled: interrupted; else failed: outcome_unknown", clarifyGiveUp},
			interrupted:    {"noted; the problem is held", stopInterrupted},
			preempted:      {"noted, unless an interrupt was", stopPreempted},
			continued:      {"the problem is added; after an interrupt: busy", joinUnclear},
			becameManual:   {"noted; the prompt stays", noteOnly},
			claimed:        {"refused: already_claimed", reclaim},
			progressed:     {"recorded: the agent is heard again", recordProgress},
			resultDone:     {"as while running or stopping; the prompt is withdrawn", takeResult},
			resultFailed:   {"as while running or stopping; the prompt is withdrawn", takeResult},
			resultAborted:  {"as while running or stopping; the prompt is withdrawn", takeResult},
			resultTimedOut: {"as while running or stopping; the prompt is withdrawn", takeResult},
			resultUnknown:  {"noted: the agent does not know either; the prompt stays", stillUnknown},
		}),
		observing: row(map[what]cell{
			interrupted:  {"cancelled: interrupted; the problem is held", interruptQuiet},
			preempted:    {"postponed: preempted, at the next step", preemptObserving},
			continued:    {"the problem is added; after step at once (no_effect)", continueObserving},
			clearedAll:   {"noted: the whole period is waited for", noteOnly},
			deadlineOver: {"all cleared: completed: cured; cure probe: the probe is asked; expert silent: failed: unverified; else after step (no_effect)", observed},
			becameManual: {"noted: the period goes on; nothing starts after it", noteOnly},
			expertSilent: {"noted: at the end of the period failed: unverified", noteOnly},
		}),
		probing: row(map[what]cell{
			interrupted:    {"cancelled: interrupted; the problem is held; the probe is withdrawn", interruptQuiet},
			preempted:      {"postponed: preempted, at the next step; the probe is withdrawn", preemptObserving},
			continued:      {"the problem is added; the probe is withdrawn; after step at once (no_effect)", continueObserving},
			deadlineOver:   {"no answer means not cured: after step (no_effect)", probeOver},
			becameManual:   {"noted: the probe goes on; nothing starts after it", noteOnly},
			claimed:        {"granted to the agent that was asked; a repeat gets the same answer", grantProbe},
			progressed:     {"recorded", recordProgress},
			resultDone:     {"completed: cured", probeResult},
			resultFailed:   {"not cured: after step (no_effect)", probeResult},
			resultAborted:  {"not cured: after step (no_effect)", probeResult},
			resultTimedOut: {"not cured: after step (no_effect)", probeResult},
			resultUnknown:  {"not cured: after step (no_effect)", probeResult},
			unclaimed:      {"no answer means not cured: after step (no_effect)", probeOver},
			silent:         {"no answer means not cured: after step (no_effect)", probeOver},
			expertSilent:   {"noted: the probe decides", noteOnly},
		}),
		waiting: row(map[what]cell{
			interrupted:  {"cancelled: withdrawn; the problem is held", withdrawWaiting},
			continued:    addProblem,
			clearedAll:   {"completed: cured if its last step was done, else cured_itself", cureWaiting},
			deadlineOver: {"scheduled: it enters the queue; else cancelled: queue_expired", queueOver},
			becameManual: {"noted: it keeps waiting", noteOnly},
			expertSilent: {"cancelled: expert_silent", leaveQuiet},
			itsTurn:      {"prompt, at the step it had reached, with the attempts it has left; no step left: failed: no_effect", takeTurn},
		}),
		ended: row(map[what]cell{
			interrupted:  {"ignored: it has ended", ignoreEnded},
			clearedSome:  void,
			clearedAll:   void,
			becameManual: void,
			expertSilent: void,
		}),
	}
}

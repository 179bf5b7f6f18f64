package schema

// Codes of a Reason, for programs; the sentence beside the code is for people. The
// comments make a table of docs/messages.md.
const (
	// Why a recovery completed.
	CodeCured       = "cured"        // every problem has cleared and stayed away, or the probe says so
	CodeCuredItself = "cured_itself" // every problem cleared before anything was done, or while it was postponed
	CodeStepDone    = "step_done"    // the step's success decides: `cure` is `result`, or there is no observe period
	CodeNotNeeded   = "not_needed"   // its last step is not needed any more, and success is enough

	// Why it failed.
	CodeNoEffect         = "no_effect"         // no step is left, and a problem is still there, or nobody has said that it cleared
	CodeStepFailed       = "step_failed"       // the last step that was left failed
	CodeStepTimeout      = "step_timeout"      // the last step that was left took too long and was stopped
	CodeAgentUnavailable = "agent_unavailable" // no agent claimed the last step that was left
	CodeOutcomeUnknown   = "outcome_unknown"   // nobody knows what a step did, and the operator gave up
	CodeUnverified       = "unverified"        // its expert fell silent: nobody can tell whether the problem is gone

	// Why it was cancelled.
	CodeDeclined        = "declined"         // an operator declined the prompt, or said that the step by hand can't be done
	CodeInterrupted     = "interrupted"      // an operator, or somebody on the agent's host, stopped it
	CodeApprovalTimeout = "approval_timeout" // nobody answered the prompt in time
	CodeManualMode      = "manual_mode"      // people have taken over; also of a rejection
	CodeQueueExpired    = "queue_expired"    // its turn did not come in time
	CodeWithdrawn       = "withdrawn"        // interrupted while it was postponed
	CodeExpertSilent    = "expert_silent"    // every expert whose problem is still there fell silent

	// Why it is postponed.
	CodePreempted  = "preempted"  // it gives way to a more important one, and goes on later
	CodePreempting = "preempting" // it goes first, once the one under way has stopped
	CodeScheduled  = "scheduled"  // its `not_before` lies ahead
	CodeQueued     = "queued"     // it waits for its turn

	// Why a request was rejected.
	CodeConflict       = "conflict"        // another message had this id: take a new one
	CodeMalformed      = "malformed"       // it is no valid message; the text names the field
	CodeNoSteps        = "no_steps"        // no step could be done by a person, and no agent ever offered an action of it
	CodeStale          = "stale"           // it has expired, or lay in the inbox for too long: ask again with what is seen now
	CodeAlreadyCleared = "already_cleared" // the problem of this id cleared a short while ago; a new occurrence needs a new id
	CodeHeld           = "held"            // an operator declined or interrupted this a short while ago: a hold is in force
	CodeQueueFull      = "queue_full"      // as many wait, or are scheduled, as may: ask again later
	CodeBusy           = "busy"            // another recovery is under way, `blocked_by`: ask again with a relation to it, or later

	// Why a message was refused or ignored.
	CodePromptClosed   = "prompt_closed"     // the prompt is not open any more; the text says who decided it
	CodePromptUnknown  = "prompt_unknown"    // there never was such a prompt
	CodeNotFitting     = "not_fitting"       // it does not fit: no such step, no attempt left, another kind of prompt
	CodePlanChanged    = "plan_changed"      // the prompt is about another step than the one approved: look again
	CodeNoteNeeded     = "note_needed"       // an answer to an unclear outcome says how one knows
	CodeMayStillAct    = "may_still_act"     // the agent may still be acting: make sure that it is not, then answer with `override`
	CodeTooLate        = "too_late"          // it came after its own `deadline`
	CodeEnded          = "ended"             // the recovery has ended
	CodeNothingUnder   = "nothing_under_way" // nothing is under way
	CodeUnknown        = "unknown"           // there is no such recovery, attempt, or other thing
	CodeInternal       = "internal"          // a fault of the controller; its log says more
	CodeNotOffered     = "not_offered"       // the attempt is not offered any more: ask for work again
	CodeNotYours       = "not_yours"         // it is another one's: an attempt, a problem, a recovery
	CodeAlreadyClaimed = "already_claimed"   // another claim of the attempt was granted: ask for work again
	CodeLate           = "late"              // it is not waited for any more; it changes nothing
	// CodeNameTaken: another agent asks under this name.
	CodeNameTaken = "name_taken"

	// Why a message was refused before the log, beside malformed.
	CodeTooLarge = "too_large" // the message is too large
	// CodeFull: as much waits, or is remembered, as may.
	CodeFull = "full"
	// CodeDiskShort: the disk, or the broker's limit, leaves no room for new requests.
	CodeDiskShort = "disk_short"
	// CodeNotReady: the controller does not decide at the moment.
	CodeNotReady = "not_ready"

	// Why a query is not answered, beside unknown.
	// CodeBehind: the replica has not read yet what was asked for.
	CodeBehind = "behind"
	// CodeRemoved: there was such a record, which is no longer kept.
	CodeRemoved = "removed"
)

package schema

// Codes of a Reason, for programs. The sentence beside the code is for people.
const (
	// Why a recovery completed.
	CodeCured       = "cured"
	CodeCuredItself = "cured_itself"
	CodeStepDone    = "step_done"
	CodeNotNeeded   = "not_needed"

	// Why it failed.
	CodeNoEffect         = "no_effect"
	CodeStepFailed       = "step_failed"
	CodeStepTimeout      = "step_timeout"
	CodeAgentUnavailable = "agent_unavailable"
	CodeOutcomeUnknown   = "outcome_unknown"
	CodeUnverified       = "unverified"

	// Why it was cancelled.
	CodeDeclined        = "declined"
	CodeInterrupted     = "interrupted"
	CodeApprovalTimeout = "approval_timeout"
	CodeManualMode      = "manual_mode" // also of a rejection
	CodeQueueExpired    = "queue_expired"
	CodeWithdrawn       = "withdrawn"
	CodeExpertSilent    = "expert_silent"

	// Why it is postponed.
	CodePreempted  = "preempted"
	CodePreempting = "preempting"
	CodeScheduled  = "scheduled"
	CodeQueued     = "queued"

	// Why a request was rejected.
	CodeConflict       = "conflict"
	CodeMalformed      = "malformed"
	CodeNoSteps        = "no_steps"
	CodeStale          = "stale"
	CodeAlreadyCleared = "already_cleared"
	CodeHeld           = "held"
	CodeQueueFull      = "queue_full"
	CodeBusy           = "busy"

	// Why a message was refused or ignored.
	CodePromptClosed   = "prompt_closed"
	CodePromptUnknown  = "prompt_unknown"
	CodeNotFitting     = "not_fitting"
	CodePlanChanged    = "plan_changed"
	CodeNoteNeeded     = "note_needed"
	CodeMayStillAct    = "may_still_act"
	CodeTooLate        = "too_late"
	CodeEnded          = "ended"
	CodeNothingUnder   = "nothing_under_way"
	CodeUnknown        = "unknown"
	CodeInternal       = "internal"
	CodeNotOffered     = "not_offered"
	CodeNotYours       = "not_yours"
	CodeAlreadyClaimed = "already_claimed"
	CodeLate           = "late"
	// CodeNameTaken: another agent asks under this name.
	CodeNameTaken = "name_taken"

	// Why a message was refused before the log, beside malformed.
	CodeTooLarge = "too_large"
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

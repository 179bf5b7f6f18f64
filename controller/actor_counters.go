package controller

import "sync/atomic"

// Counters count what an actor did since it started.
type Counters struct {
	// Decided are inputs that stand in entries that this replica appended.
	Decided uint64
	// Repeated are calls that were answered from the state.
	Repeated uint64
	// Refused are calls refused before the log.
	Refused uint64
	// Malformed are published messages that were no valid input.
	Malformed uint64
	// Skipped are messages in the log that are no valid entries.
	Skipped uint64
	// Panics are inputs, or deadlines, that made the rules panic.
	Panics uint64
	// Appends are entries that this replica appended; Conflicts are those that
	// somebody else's entry was faster than.
	Appends   uint64
	Conflicts uint64
	// Remade are decisions that grew too old or too large before they were sent.
	Remade uint64
	// Folded are entries folded, one's own included.
	Folded uint64
	// Forwarded are calls that the preferred replica answered.
	Forwarded uint64
	// Bells are aborts that were passed on before the log took the interrupt.
	Bells uint64
	// Checkpoints are complete ones.
	Checkpoints uint64
	// LargestBatch is the most inputs that shared an entry.
	LargestBatch uint64
	// Unsent are answers, statuses and bells that could not be published.
	Unsent uint64
	// Waiting is how many calls wait now.
	Waiting int64
}

type counts struct {
	decided, repeated, refused, malformed, skipped, panics, appends, conflicts, remade,
	folded, forwarded, bells, checkpoints, largest, unsent atomic.Uint64
}

// Counters gives the figures as they are now.
func (a *Actor) Counters() Counters {
	c := &a.counts
	return Counters{
		Decided: c.decided.Load(), Repeated: c.repeated.Load(), Refused: c.refused.Load(), Malformed: c.malformed.Load(),
		Skipped: c.skipped.Load(), Panics: c.panics.Load(), Appends: c.appends.Load(), Conflicts: c.conflicts.Load(),
		Remade: c.remade.Load(), Folded: c.folded.Load(), Forwarded: c.forwarded.Load(), Bells: c.bells.Load(),
		Checkpoints: c.checkpoints.Load(), LargestBatch: c.largest.Load(), Unsent: c.unsent.Load(), Waiting: a.queued.Load(),
	}
}

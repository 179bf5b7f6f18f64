package client

import "expertcontroller/schema"

// Exit codes of the contract for what became of recoveries.
const (
	// ExitCompleted: the problem is gone.
	ExitCompleted = 0
	// ExitError: what became of it could not be learned.
	ExitError = 1
	// ExitFailed, ExitCancelled, ExitRejected: how it ended.
	ExitFailed    = 3
	ExitCancelled = 4
	ExitRejected  = 5
	// ExitOpen: it has not ended.
	ExitOpen = 6
)

// ExitCode gives a status's exit code. A joined recovery has none of its own: follow it
// first (Wait does, Resolve does); not followed, or no status at all, it is ExitError.
func ExitCode(s *schema.Status) int {
	switch {
	case s == nil:
		return ExitError
	case !s.Terminal:
		return ExitOpen
	}
	switch s.State {
	case schema.Completed:
		return ExitCompleted
	case schema.Failed:
		return ExitFailed
	case schema.Cancelled:
		return ExitCancelled
	case schema.RejectedState:
		return ExitRejected
	}
	return ExitError
}

// ExitCodes gives the exit code of several: the first of 1, 6, 3, 4, 5, 0 that occurs.
// None at all is 0; a code that is none of these counts as 1.
func ExitCodes(codes []int) int {
	order := []int{ExitError, ExitOpen, ExitFailed, ExitCancelled, ExitRejected, ExitCompleted}
	rank := len(order) - 1
	for _, code := range codes {
		at := 0
		for i, known := range order {
			if known == code {
				at = i
			}
		}
		rank = min(rank, at)
	}
	return order[rank]
}

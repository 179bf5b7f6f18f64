package schema

import "time"

// The limits of the contract. Each one is refused with a sentence, never cut
// silently.
const (
	// MaxInput is the largest message that anybody may send, in bytes.
	MaxInput = 64 << 10
	// MaxStatus is the largest status that is sent or stored, in bytes; old
	// outputs of attempts are cut before anything else.
	MaxStatus = 128 << 10
	// MaxEntry is the largest entry of the log, in bytes: the broker's largest
	// message (1 MiB) less room for headers.
	MaxEntry = 1<<20 - 8<<10
	// MaxBatch closes a batch: an entry that is expected to be larger takes no
	// further input, in bytes.
	MaxBatch = 512 << 10
	// MaxName is the longest name of a system, expert, operator or agent, in
	// characters.
	MaxName = 64
	// MaxRemembered is how many ids and clears a system remembers at most;
	// beyond that new inputs are answered 503.
	MaxRemembered = 100_000
	// MaxOutput is how much of an attempt's output a result may carry, in bytes.
	MaxOutput = 8 << 10

	// RememberID is how long an input's id is remembered after the recovery
	// that it led to has ended: as long as the inbox keeps a message.
	RememberID = 24 * time.Hour
	// RememberClear is how long a cleared problem answers already_cleared.
	RememberClear = 10 * time.Minute
	// ClaimValidity is how long a grant may be acted on, on the agent's
	// monotonic clock, from the sending of the claim.
	ClaimValidity = 10 * time.Second
)

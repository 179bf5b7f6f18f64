package agent

// Failpoint, where a test sets it before any agent starts, is called after each
// durable operation with its name. Tests kill the process there.
var Failpoint func(name string)

// Failpoints lists the names, in the order in which an undisturbed attempt passes
// them; those that it does not pass come last.
var Failpoints = []string{
	"journal.claiming", // the claim is on disk, not sent
	"claim.sent",       // the claim was sent, and perhaps answered
	"journal.acting",   // "acting" is on disk, nothing has begun
	"acting",           // the action begins now
	"journal.ended",    // the result is on disk, not sent
	"result.sent",      // the result was sent, and perhaps answered
	"journal.settled",  // that it was answered is on disk
	"journal.refused",  // that a claim was refused is on disk
	"journal.tombstone",
}

func failpoint(name string) {
	if Failpoint != nil {
		Failpoint(name)
	}
}

package cmd

import (
	"os"
	"runtime"
	"runtime/debug"
)

const (
	// garbagePercent is how much garbage there may be before it is collected, as a part of
	// what is in use. Deciding makes much that lives shortly: collecting it less often than
	// at Go's 100 costs some tens of MB and saves a third of the time.
	garbagePercent = 400
	// leastHeap counts as in use although nobody uses it, and is never touched, so that it
	// takes no memory itself: where little is in use, as in a system at rest, a collection
	// would follow every few megabytes, and slow down all that is decided meanwhile. The
	// heap may so grow to 60 MB before the first one.
	leastHeap = 12 << 20
)

// collectLess has the program collect its garbage less often, until undo is called. GOGC,
// where it is set, wins.
func collectLess() (undo func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before, floor := debug.SetGCPercent(garbagePercent), make([]byte, leastHeap)
	return func() {
		debug.SetGCPercent(before)
		runtime.KeepAlive(floor)
	}
}

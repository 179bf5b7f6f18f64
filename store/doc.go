// Package store remembers. It is a projection of the logs of all systems that one
// process serves: position, documents, history with every event, in one SQLite file.
// Folding is copying: applying an entry is an upsert of its documents by key, and
// history rows for recoveries and events.
//
// What it promises: position and documents move in one transaction; an entry is
// applied once, in order, without a gap, and only on the entry that it names as its
// previous one; the same log gives the same digest, however it was cut into batches;
// a file that is missing or damaged is set aside, loudly, and the store starts empty,
// since the log has everything. The last commits may be missing after a power cut: they
// are read from the log again. What an entry lets go is removed by every database alike,
// so that one that is rebuilt from a trimmed log has the same digest, too.
//
// What it refuses to know: the machine that decides, the broker that carries, and the
// lock on the data directory. It knows the words of package schema and nothing else of
// this project.
package store

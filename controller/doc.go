// Package controller decides. Step is a pure function: the state of a system,
// the inputs that came in and the time go in; answers, events and changed
// documents come out. The actor runs it: it stands at the log's end, gathers
// inputs, calls Step, appends one entry, folds it, and only then lets anything
// leave.
//
// What it promises: one recovery at a time touches a system; an input is decided
// once; nothing begins on a healthy system; nothing waits for ever; what is
// answered is in the log. Who is present is heard and counted, not logged; what retention
// lets go, and where the log is to begin, is an entry before it is done. The table in table.go says for every state and every
// input what happens; the documentation is generated from it.
//
// What it refuses to know: the broker, the database, the network, the clock. The
// actor names the small interfaces that it needs; the command plugs them together.
package controller

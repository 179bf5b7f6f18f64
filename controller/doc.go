// Package controller decides. Step is a pure function: the state of a system,
// the inputs that came in and the time go in; answers, events and changed
// documents come out. The actor runs it: it stands at the log's end, gathers
// inputs, calls Step, appends one entry, folds it, and only then lets anything
// leave.
//
// What it promises: one recovery at a time touches a system; an input is decided
// once; nothing begins on a healthy system; nothing waits for ever; what is
// answered is in the log. Who is present is heard and counted, not logged; what
// retention lets go, and where the log is to begin, is an entry before it is done.
// The table in table.go says for every situation (a state, or a part of one: running
// and offered, running and granted, …) and everything that can happen what then
// happens; the documentation is generated from it.
//
// What it refuses to know: the broker, the database, the network, the clock. The
// actor names the small interfaces that it needs; the command plugs them together.
//
// Where to look, to change
//
//	what happens where     table; its cells: cells_quiet, cells_acting, cells_result, cells_unclear
//	a row, a column of it  situation, happening
//	a request's answer     step (known ids, no room), request (the rules in order), relation, hold
//	what operators may do  operator; what they are asked: begin
//	how a step begins      begin, needed (is it still?), pause (before another attempt), work (claims)
//	how it ends, what then finish (observing, the next attempt or step, the end); of a group: group, round
//	what is due when       due (deadlines and waits), expert (cleared, silent), agents (who offers what)
//	what is kept           state, fold; of a decision: draft, changed; bounds: fit, size, forget, retain
//	how all that is run    actor_run (the loop), actor_decide, actor_append (the idea), actor_start (the
//	                       log's end), actor_gather (what comes in), actor_call (who asks), actor_observe
package controller

// Package broker carries: the embedded server, the two streams, the log with its
// compare-and-append, the inbox, the service's endpoints, and what controllers say
// to one another. Everything that touches NATS is here.
//
// What it promises: an append returns when its outcome is known, or says that it is
// not; whoever follows a log gets every entry once, in order, with number, hash and
// lineage checked, over reconnects, restarts and consumers that fell silent; another
// stream under the same name is noticed and never followed; a log is trimmed only up to
// the checkpoint that the controller decided on, which is looked at first; nobody makes
// it write to a subject of their choice; what it refuses comes with what to do.
//
// What it refuses to know: what an entry decides, what a message means, where
// documents are kept. It reads of an entry what the chain needs and hands on the rest.
package broker

// Package client asks: it is the Go client that experts, agents, the command
// line and the bridge use.
//
// What it promises:
//   - A message that changes something carries an id and is repeated, byte for
//     byte, until an answer comes or the caller's context ends. A lost answer
//     therefore never decides anything twice, and an answer is never invented:
//     what stayed unanswered ends as [NoAnswer], with the id to look it up by.
//   - What was certainly not sent is said at once: [ErrNoBroker] where there is
//     no connection, [ErrNoController] where nobody listens.
//   - What was seen is never unseen: the highest entry heard of goes out with
//     every query, and a replica that is behind it is asked again.
//   - Asking again with the same id is safe: it is one recovery with one token, whoever
//     died in between. Find looks it up by that id, FindProblem by the problem.
//   - Waiting survives controllers, brokers and networks: each poll is a short
//     call of its own, and only the recovery's end, an unknown or a removed
//     token, or the caller ends it.
//
// What it refuses to know: how anything is decided, stored or shown. It imports
// schema and nats.go, never the broker, the store or the controller.
package client

// Package agent acts: it asks for work, claims an attempt, carries it out by a
// Runner (or plays it), and says what it did.
//
// What it promises:
//   - It acts only on the grant that names its very claim, within the grant's
//     validity, measured from the sending of the claim.
//   - It writes down, on disk, before it claims, before it acts, and how it ended
//     before it tells. After a crash it says what it knows: an attempt that it had
//     not begun failed, one that it was carrying out is unknown. It carries nothing
//     out twice.
//   - One attempt at a time, and none before the controller has heard how the
//     previous one ended.
//   - It stops by itself when the attempt's time is over, and when it is told: by
//     the bell, by any answer of the controller, or on its own host without any
//     broker. It says "aborted" when the action has really ended, not before.
//   - A lost connection is no reason to stop: the action goes on, the result follows.
//
// What it refuses to know: recoveries, prompts, policies, other agents, and the
// broker. It sees a Controller with five calls and a Runner with three, which may also be
// the Witness of what is left after a crash.
package agent

// Package actions reads an actions file: what an agent offers, and how each action
// is carried out.
//
// What it promises:
//   - A file is checked whole before anything is offered. Every complaint says the
//     line, what is wrong and what to do, and all actions are looked at, not only
//     the first wrong one.
//   - Parameters are held to the action's schema before a template sees them. What
//     stands for one stays what it is: one argument, one part of a path or a
//     subject, one value of a JSON document. What could become more is refused.
//   - Secrets are read at each use and stand nowhere in what comes out: a Mask takes
//     them, also in the forms in which they are usually encoded, out of every text.
//
// What it refuses to know: processes, web calls and the broker. Package runner
// carries out what is bound here.
package actions

// Package simulated is a plant that breaks and an expert that watches it, so that
// the whole of a recovery can be seen where there is nothing to recover: in the
// demo, in tests, in training.
//
// What it promises: the plant breaks with the problem of a recorded request, and only
// an action that the request asks for, on the subsystem that is broken, cures it. The
// expert does what CMS's does: it asks with times of now and a fresh problem, asks
// again with a relation when the system is busy, and says when the problem is gone.
//
// What it refuses to know: how requests are decided, who approves, how an answer
// travels. The expert has a Desk with two calls; the plant is a Device of the agent's
// simulator.
package simulated

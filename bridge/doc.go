// Package bridge relays: the entries of the log become websocket frames, HTTP requests
// become the calls and queries that everybody uses. docs/bridge.md is its contract.
//
// What it promises:
//   - A client's picture at an entry is the fold of the log up to that entry, however
//     often it was cut off, and whichever bridge it came back to.
//   - However many clients there are, a system's log is followed once, and an entry's
//     changes are encoded once.
//   - Nobody is waited for: a client that is too slow gets a snapshot in place of what it
//     missed, then is closed; everything that a stranger can make grow has a limit.
//   - Who decides is known and said: records name the person, via bridge, and how she was
//     authenticated. What came from another site's page is refused.
//
// What it refuses to know: how anything is decided or stored. It keeps nothing that it
// could not fetch again, and reaches controllers through package client alone.
package bridge

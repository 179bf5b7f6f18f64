// Package dashboard is the operators' page, built and embedded: what a browser loads
// from the bridge.
//
// What it promises: when a prompt is open, nobody who looks can overlook it, and the
// page says in plain words what a yes will do; nothing is shown as decided before the
// log says so; what an expert wrote is shown as text. A program that is built from here
// needs no Node: `go generate` makes dist from src with esbuild's Go API and the
// sources of Preact under vendor, and the result is committed.
//
// What it refuses to know: who serves it and how, NATS, and the rules by which requests
// are decided. It shows the documents of package schema, as the bridge relays them, and
// speaks HTTP and a websocket with the server that it came from.
package dashboard

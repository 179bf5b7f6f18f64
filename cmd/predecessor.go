package cmd

import (
	"net/http"

	"expertcontroller/bridge/predecessor"
	"expertcontroller/client"
	"expertcontroller/schema"
)

// beforeDoor puts the predecessor's paths, where they are asked for, before the door's
// own; end ends the connection that they ask through. One door speaks for one system:
// the first one that is served.
func (w *wiring) beforeDoor(r *replica, door http.Handler) (_ http.Handler, end func(), err error) {
	if !w.predecessor {
		return door, func() {}, nil
	}
	nc, err := r.another("predecessor's door", w.options)
	if err != nil {
		return nil, nil, err
	}
	c := client.New(nc, client.Options{System: w.options.systems[0], Role: schema.RoleExpert, As: predecessor.Expert, Logger: w.log})
	// Its clients don't say who they are, but a browser says when another site's page asks.
	old := r.bridge.Guard(predecessor.Handler(c, predecessor.Options{Logger: w.log}))
	mux := http.NewServeMux()
	for _, path := range predecessor.Paths {
		mux.Handle(path, old)
	}
	mux.Handle("/", door)
	return mux, nc.Close, nil
}

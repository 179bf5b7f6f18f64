package bridge

import (
	"context"
	"net"
	"net/http"
	"slices"

	"github.com/coder/websocket"

	"expertcontroller/schema"
)

// serveWebsocket serves one client until it goes, or has to.
func (b *Bridge) serveWebsocket(w http.ResponseWriter, r *http.Request, who person, still func() bool) {
	if !slices.Contains(websocketProtocols(r), Subprotocol) {
		refuse(w, refusal(400, schema.CodeMalformed, "ask for the subprotocol %s", Subprotocol))
		return
	}
	s := &session{
		bridge: b, who: who, still: still,
		wake: make(chan struct{}, 1), ended: make(chan struct{}), gone: make(chan struct{}),
		frames: newPace(framesPerSecond, framesAtOnce), hellos: newPace(hellosPerSecond, hellosAtOnce),
	}
	if sharer := b.o.Identity.sharer(r.RemoteAddr, who); sharer != "" {
		free, ok := b.sharers.take(sharer, b.o.ClientsEach)
		if !ok {
			b.figures.turnedAway.Add(1)
			w.Header().Set("Retry-After", "10")
			refuse(w, refusal(429, codeThrottled, "%s has %d websockets here: close some", sharer, b.o.ClientsEach))
			return
		}
		defer free()
	}
	if !b.enter(s) {
		b.figures.turnedAway.Add(1)
		refuse(w, refusal(503, schema.CodeFull, "this bridge has %d clients: come back in a moment, or go to another bridge", b.o.Clients))
		return
	}
	defer b.exit(s)
	c := &catching{ResponseWriter: w}
	conn, err := websocket.Accept(c, r, &websocket.AcceptOptions{
		Subprotocols: []string{Subprotocol},
		// The origin was checked, more strictly.
		InsecureSkipVerify: true,
		OnPingReceived:     func(context.Context, []byte) bool { return s.heard() },
		OnPongReceived:     func(context.Context, []byte) { s.heard() },
	})
	if err != nil {
		return // it was answered
	}
	s.conn, s.net = conn, c.conn
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(largestFrame)
	reading, stop := context.WithCancel(context.Background())
	defer stop()
	go s.read(reading)
	s.write()
	// Once the reader has ended, nothing more is noted of what the client looks at; it may
	// have looked at a system that it does not follow.
	stop()
	<-s.gone
	for _, f := range b.feeds {
		f.presence.leave(s)
	}
}

// catching is a response that remembers its connection when it is taken over.
type catching struct {
	http.ResponseWriter
	conn net.Conn
}

// Hijack gives the connection, and keeps it.
func (c *catching) Hijack() (conn net.Conn, rw *bufioReadWriter, err error) {
	conn, rw, err = http.NewResponseController(c.ResponseWriter).Hijack()
	c.conn = conn
	return conn, rw, err
}

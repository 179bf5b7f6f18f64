package cmd

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/broker/brokertest"
)

const (
	// passSubject is where the program that only passes on is asked, passedSubject what
	// it appends to.
	passSubject   = "pass.request"
	passedSubject = "bare.passed"
	// entrySize is about what the log keeps of a request of the usual size that is
	// accepted: the request, its status, the answer and two events.
	entrySize = 3700
)

// passOn starts the least that a program can do which answers from a log: it hears a
// request, appends as much as a decision takes behind its last message, and answers when
// that is on disk. It reads nothing, decides nothing and keeps nothing else. As a
// controller does, it stands at the server that leads the stream. What it takes longer
// than a bare publish, no controller can do without.
func (g *ground) passOn() {
	g.b.Helper()
	nc := g.atLeader()
	js, err := jetstream.New(nc)
	if err != nil {
		g.b.Fatal(err)
	}
	asked := make(chan *nats.Msg, 64)
	if _, err := nc.ChanQueueSubscribe(passSubject, "pass", asked); err != nil {
		g.b.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		g.b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		entry, last := make([]byte, entrySize), uint64(0)
		for {
			select {
			case m := <-asked:
				ack, err := js.Publish(ctx, passedSubject, entry, jetstream.WithExpectLastSequencePerSubject(last))
				if err != nil {
					g.b.Error("passing a request on:", err)
					return
				}
				last = ack.Sequence
				if err := m.Respond([]byte("{}")); err != nil {
					g.b.Error("answering what was passed on:", err)
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	g.b.Cleanup(func() { cancel(); <-ended })
}

// atLeader connects to the server that leads the bare stream.
func (g *ground) atLeader() *nats.Conn {
	g.b.Helper()
	if g.cluster == nil {
		return g.dial()
	}
	stream, err := g.bare.Stream(g.b.Context(), bareStream)
	if err != nil {
		g.b.Fatal(err)
	}
	leader := g.cluster.Server(stream.CachedInfo().Cluster.Leader)
	if leader == nil {
		g.b.Fatal("nobody leads the bare stream")
	}
	return brokertest.Dial(g.b, leader.URL())
}

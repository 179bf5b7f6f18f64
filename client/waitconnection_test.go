package client

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// A wait lives through a broker that goes and comes back on the same port and directory,
// and through a controller that comes back later still; it says so, and goes on.
func TestWaitSurvivesRestarts(t *testing.T) {
	for _, own := range []bool{false, true} {
		t.Run(fmt.Sprintf("own connection %v", own), func(t *testing.T) {
			isolate(t)
			dir := t.TempDir()
			b := broker(t, dir, -1)
			port := portOf(t, b)
			s := serve(t, b.ClientURL())
			s.set("cms-1", schema.Running)
			c := connect(t, b.ClientURL(), func(o *Options) { o.Timeout = 300 * time.Millisecond })
			var polls, noBroker, noController atomic.Int32
			var silence atomic.Int64
			type result struct {
				s   *schema.Status
				err error
			}
			got := make(chan result, 1)
			go func() {
				s, err := c.Wait(t.Context(), "cms-1", WaitOptions{Interval: 10 * time.Millisecond, OwnConnection: own, OnPoll: func(p Poll) {
					switch {
					case errors.Is(p.Err, ErrNoBroker):
						noBroker.Add(1)
						silence.Store(int64(p.Silence))
					case errors.Is(p.Err, ErrNoController):
						noController.Add(1)
					case p.Err == nil:
						polls.Add(1)
						if p.Silence != 0 {
							t.Errorf("a silence of %s after an answer", p.Silence)
						}
					}
				}})
				got <- result{s, err}
			}()
			soon(t, "a poll", func() bool { return polls.Load() > 0 })
			stop(b)
			soon(t, "no broker is told", func() bool { return noBroker.Load() > 1 && silence.Load() > 0 })
			s.leave2()
			b = broker(t, dir, port)
			soon(t, "no controller is told", func() bool { return noController.Load() > 0 })
			again := serve(t, b.ClientURL())
			again.with(func() { again.statuses, again.entries = s.statuses, s.entries })
			again.set("cms-1", schema.Completed)
			r := <-got
			if r.err != nil || r.s.State != schema.Completed || ExitCode(r.s) != ExitCompleted {
				t.Fatal(r)
			}
		})
	}
}

// leave2 ends a controller whose broker is gone.
func (c *controller) leave2() { c.nc.Close() }

// underWay gives a broker and a controller with one recovery under way, and a client.
func underWay(t *testing.T) (*server.Server, *controller, *Client) {
	t.Helper()
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	s.set("cms-1", schema.Running)
	return b, s, connect(t, b.ClientURL())
}

// Each poll on a connection of its own: as many connections as polls, none left open.
func TestWaitOwnConnection(t *testing.T) {
	b, _, c := underWay(t)
	before, err := b.Varz(&server.VarzOptions{})
	if err != nil {
		t.Fatal(err)
	}
	st, err := c.Wait(t.Context(), "cms-1", WaitOptions{Interval: time.Millisecond, Count: 5, OwnConnection: true})
	if !errors.Is(err, ErrStillOpen) || st == nil || ExitCode(st) != ExitOpen {
		t.Fatal(st, err)
	}
	after, err := b.Varz(&server.VarzOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if n := after.TotalConnections - before.TotalConnections; n != 5 {
		t.Fatalf("%d connections for 5 polls", n)
	}
	soon(t, "the connections are closed", func() bool { return b.NumClients() == before.Connections })
}

// A connection of one poll's own that is cut, before it is asked on or while it is, ends
// that poll, not the wait.
func TestWaitOutlivesItsOwnConnections(t *testing.T) {
	b, s, c := underWay(t)
	var stay []uint64
	for _, nc := range []*nats.Conn{s.nc, c.nc} {
		id, err := nc.GetClientID()
		if err != nil {
			t.Fatal(err)
		}
		stay = append(stay, id)
	}
	s.with(func() {
		s.query = func(string, []byte) any {
			all, err := b.Connz(nil)
			if err != nil {
				t.Error(err)
				return nil
			}
			for _, one := range all.Conns {
				if !slices.Contains(stay, one.Cid) {
					if err := b.DisconnectClientByID(one.Cid); err != nil {
						t.Error(err)
					}
				}
			}
			return nil
		}
	})
	cut := 0
	st, err := c.Wait(t.Context(), "cms-1", WaitOptions{Interval: time.Millisecond, OwnConnection: true, OnPoll: func(p Poll) {
		if p.Err == nil {
			return
		}
		if !errors.Is(p.Err, ErrNoAnswer) || errors.Is(p.Err, ErrClosed) {
			t.Error("cut while it asked:", p.Err)
		}
		if cut++; cut == 3 {
			s.with(func() { s.query = nil })
			s.set("cms-1", schema.Completed)
		}
	}})
	if err != nil || st == nil || st.State != schema.Completed || cut != 3 {
		t.Fatal(st, err, cut)
	}
	own, err := c.short.Connect()
	if err != nil {
		t.Fatal(err)
	}
	own.Close()
	if _, err := c.status(t.Context(), own, "cms-1"); !errors.Is(err, ErrNoBroker) || final(err) {
		t.Error("cut before it asked:", err)
	}
	c.Close()
	if _, err := c.status(t.Context(), c.nc, "cms-1"); !errors.Is(err, ErrClosed) || !final(err) {
		t.Error("of a client that was closed:", err)
	}
}

package bridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"expertcontroller/schema"
)

const (
	heartbeatEvery = 5 * time.Second
	// helloWithin, messageWithin and writeWithin bound how long a client may take: for its
	// first frame, for one frame from its first byte, for taking one.
	helloWithin   = 5 * time.Second
	messageWithin = 5 * time.Second
	writeWithin   = 5 * time.Second
	// closeWithin is how long a close handshake may take.
	closeWithin = time.Second
	// largestFrame is what a client may say at once, in bytes.
	largestFrame = 4 << 10
	// What a client may say: frames, pings among them, and hellos, each of which may
	// cost a snapshot.
	framesPerSecond, framesAtOnce = 10, 20
	hellosPerSecond, hellosAtOnce = 1, 5
)

// session is one websocket client. Its own goroutine writes, another one reads.
type session struct {
	bridge *Bridge
	who    person
	// still tells whether the person is still known.
	still func() bool
	conn  *websocket.Conn
	net   net.Conn

	wake chan struct{}
	// ended is closed once the session has to end, and bye says why; gone, once the reader
	// has ended: nobody is there any more.
	ended chan struct{}
	once  sync.Once
	why   bye
	gone  chan struct{}

	frames, hellos *pace

	mu    sync.Mutex
	hello *said

	following []*following
}

// following is one system that a session follows.
type following struct {
	*follower
	presence uint64
}

// poke tells the session that there is something to write.
func (s *session) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// end ends the session with a word.
func (s *session) end(why bye) {
	s.once.Do(func() {
		s.why = why
		close(s.ended)
	})
}

// heard counts what the client sends.
func (s *session) heard() bool {
	if ok, _ := s.frames.take(time.Now()); !ok {
		s.end(bye{byeFlood, 10 * time.Second, fmt.Sprintf("more frames than are taken: at most %d a second", framesPerSecond)})
		return false
	}
	return true
}

// read takes what the client says until it goes.
func (s *session) read(ctx context.Context) {
	defer close(s.gone)
	late := time.AfterFunc(helloWithin, func() {
		s.end(bye{byeBadFrame, time.Second, "no hello came: say hello first"})
	})
	defer late.Stop()
	for {
		typ, r, err := s.conn.Reader(ctx)
		if err != nil {
			return
		}
		slow := time.AfterFunc(messageWithin, func() {
			s.end(bye{byeBadFrame, time.Second, "a frame did not end in time"})
		})
		payload, err := io.ReadAll(r)
		slow.Stop()
		if err != nil {
			return
		}
		if !s.heard() {
			return
		}
		if typ != websocket.MessageText {
			s.end(bye{byeBadFrame, time.Second, "send text frames"})
			return
		}
		m, err := readSaid(payload)
		if err != nil {
			s.end(bye{byeBadFrame, time.Second, err.Error()})
			return
		}
		if m.Type == typeLooking {
			if f := s.bridge.feeds[m.System]; f != nil {
				f.presence.look(s, m.Prompt)
			}
			continue
		}
		if ok, _ := s.hellos.take(time.Now()); !ok {
			s.end(bye{byeFlood, 10 * time.Second, "more hellos than are taken"})
			return
		}
		late.Stop()
		s.mu.Lock()
		s.hello = &m
		s.mu.Unlock()
		s.poke()
	}
}

// write writes what there is to write until the session ends.
func (s *session) write() {
	defer s.leave()
	heartbeat := time.NewTicker(heartbeatEvery)
	defer heartbeat.Stop()
	for {
		if err := s.relay(); err != nil {
			if errors.Is(err, errOverflow) {
				s.end(bye{byeOverflow, 2 * time.Second, "too slow, twice within a minute"})
				s.farewell()
				return
			}
			s.bridge.figures.stalled.Add(1)
			return // it can't be written to any more
		}
		select {
		case <-s.wake:
		case <-s.gone:
			select {
			case <-s.ended:
				s.farewell()
			default:
			}
			return
		case <-s.ended:
			s.farewell()
			return
		case <-heartbeat.C:
			if !s.still() {
				s.end(bye{byeUnauthorized, 0, "who was logged in is no longer known: log in again"})
				continue
			}
			if len(s.following) == 0 {
				continue
			}
			if err := s.send(s.heartbeat()); err != nil {
				s.bridge.figures.stalled.Add(1)
				return
			}
		}
	}
}

// relay writes until the client has everything.
func (s *session) relay() error {
	s.mu.Lock()
	hello := s.hello
	s.hello = nil
	s.mu.Unlock()
	if hello != nil {
		if err := s.begin(hello); err != nil {
			return err
		}
	}
	for again := true; again; {
		again = false
		for _, f := range s.following {
			body, err := f.next(time.Now())
			if err != nil {
				return err
			}
			if body != nil {
				if err := s.send(body); err != nil {
					return err
				}
				again = true
			}
			frames, version := f.feed.presence.since(f.presence)
			f.presence = version
			for _, body := range frames {
				if err := s.send(body); err != nil {
					return err
				}
			}
		}
		select {
		case <-s.ended:
			return nil
		default:
		}
	}
	return nil
}

// begin answers a hello.
func (s *session) begin(m *said) error {
	s.leave()
	systems := []string{}
	for _, system := range s.bridge.o.Systems {
		if m.Systems == nil || slices.Contains(m.Systems, system) {
			systems = append(systems, system)
		}
	}
	if err := s.send(mustEncode(welcomeFrame{
		Type: schema.Type("welcome"), ServerTime: s.bridge.clock.now(), Heartbeat: heartbeatEvery.Milliseconds(),
		User: s.who.user, Role: s.who.role, Auth: s.who.auth, Build: s.bridge.o.Build, Systems: systems,
	})); err != nil {
		return err
	}
	for _, system := range systems {
		feed := s.bridge.feeds[system]
		s.following = append(s.following, &following{follower: feed.follower(m.Resume[system])})
		feed.join(s)
	}
	return s.send(s.heartbeat())
}

// leave follows nothing any more.
func (s *session) leave() {
	for _, f := range s.following {
		f.feed.leave(s)
	}
	s.following = nil
}

func (s *session) heartbeat() []byte {
	h := heartbeatFrame{Type: schema.Type("heartbeat"), ServerTime: s.bridge.clock.now(), Broker: s.bridge.connected(), Entries: map[string]uint64{}}
	for _, f := range s.following {
		if f.feed.shown.Load() != nil {
			h.Entries[f.feed.system] = f.feed.entry()
		}
		if f.feed.silent.Load() {
			h.Silent = append(h.Silent, f.feed.system)
		}
	}
	return mustEncode(h)
}

// send writes a frame; who does not take it in time is gone.
func (s *session) send(body []byte) error {
	if err := s.net.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	s.bridge.figures.sent.Add(1)
	s.bridge.figures.bytes.Add(uint64(len(body)))
	return s.conn.Write(context.Background(), websocket.MessageText, body)
}

// farewell says why it ends, and ends it.
func (s *session) farewell() {
	s.bridge.figures.ended(s.why.code)
	if s.send(s.why.frame()) != nil {
		return
	}
	code := websocket.StatusPolicyViolation
	if s.why.code == byeShutdown {
		code = websocket.StatusGoingAway
	}
	late := time.AfterFunc(closeWithin, func() { _ = s.net.SetDeadline(time.Unix(1, 0)) })
	defer late.Stop()
	_ = s.conn.Close(code, s.why.code) // the client may be gone: there is nobody to tell
}

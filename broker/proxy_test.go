package broker_test

import (
	"bytes"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between a client and a server and cuts connections.
type proxy struct {
	l  net.Listener
	to string
	// swallow is one in how many pieces from the server is lost, with its connection;
	// 0: none.
	swallow atomic.Int64
	lost    atomic.Int64
	// deaf lets nothing of the server through any more while connections stay up.
	deaf atomic.Bool
	// mute loses what the client sends next that holds this text, with its connection;
	// nil: nothing.
	mute atomic.Pointer[string]

	mu    sync.Mutex
	conns map[net.Conn]bool
	gone  bool
}

// between starts a proxy in front of a server.
func between(t testing.TB, url string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, to: strings.TrimPrefix(url, "nats://"), conns: map[net.Conn]bool{}}
	t.Cleanup(func() {
		p.mu.Lock()
		p.gone = true
		p.mu.Unlock()
		l.Close()
		p.cut()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.join(c)
		}
	}()
	return p
}

func (p *proxy) url() string { return "nats://" + p.l.Addr().String() }

func (p *proxy) join(client net.Conn) {
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		client.Close()
		return
	}
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	gone := p.gone
	p.mu.Unlock()
	end := func() { client.Close(); server.Close() }
	if gone {
		end()
		return
	}
	go func() {
		defer end()
		buf := make([]byte, 64<<10)
		for {
			n, err := client.Read(buf)
			if err != nil {
				return
			}
			if m := p.mute.Load(); m != nil && bytes.Contains(buf[:n], []byte(*m)) && p.mute.CompareAndSwap(m, nil) {
				return
			}
			if _, err := server.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	defer end()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		if p.deaf.Load() {
			continue
		}
		if s := p.swallow.Load(); s > 0 && rand.Int64N(s) == 0 {
			p.lost.Add(1)
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// cut ends all connections at once.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
	p.conns = map[net.Conn]bool{}
}

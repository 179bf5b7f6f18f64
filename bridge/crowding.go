package bridge

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"

	"expertcontroller/schema"
)

const (
	// DefaultClientsEach is how many websockets one address, or one person whom a proxy
	// names, may have.
	DefaultClientsEach = 256
	// connectionsEach is how many connections one address may have.
	connectionsEach = 512
)

// sharers counts what each has open. Only those who have something are remembered.
type sharers struct {
	mu   sync.Mutex
	have map[string]int
}

// take counts one more, if so many are not open already; free gives it back.
func (s *sharers) take(who string, most int) (free func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.have[who] >= most {
		return nil, false
	}
	if s.have == nil {
		s.have = map[string]int{}
	}
	s.have[who]++
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.have[who]--; s.have[who] == 0 {
			delete(s.have, who)
		}
	}), true
}

// sharer names who has to share with whom; empty: this machine, which is not limited.
func (i Identity) sharer(address string, who person) string {
	if who.auth == schema.AuthProxy {
		return "person " + who.user // they all come from the proxy's address
	}
	ip, err := netip.ParseAddr(hostOf(address))
	if err != nil || ip.IsLoopback() {
		return ""
	}
	return "address " + network(ip)
}

// network is what one customer has: an address, or with IPv6 the 64 bits of a network.
func network(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}

// Listen lets one address have a bounded number of connections: one more is closed at
// once. This machine and the proxy, through which everybody comes, are not counted.
func (b *Bridge) Listen(l net.Listener) net.Listener {
	return &sharedListener{Listener: l, most: connectionsEach, refused: &b.figures.crowded, free: func(ip netip.Addr) bool {
		return ip.IsLoopback() || b.o.Identity.Proxy != nil && b.o.Identity.Proxy.trusts(ip.String())
	}}
}

type sharedListener struct {
	net.Listener
	most    int
	free    func(netip.Addr) bool
	refused *atomic.Uint64
	sharers sharers
}

// Accept gives the next connection for which there is room.
func (l *sharedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		ip, err := netip.ParseAddr(strings.Trim(hostOf(conn.RemoteAddr().String()), "[]"))
		if err != nil || l.free(ip) {
			return conn, nil
		}
		free, ok := l.sharers.take(network(ip), l.most)
		if !ok {
			l.refused.Add(1)
			_ = conn.Close() // whoever has so many needs no answer
			continue
		}
		return &sharedConn{Conn: conn, free: free}, nil
	}
}

// sharedConn gives its place back when it is closed.
type sharedConn struct {
	net.Conn
	free func()
}

func (c *sharedConn) Close() error {
	c.free()
	return c.Conn.Close()
}

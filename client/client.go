package client

import (
	"fmt"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// Client asks as one person or program. It may be used by many goroutines at once.
type Client struct {
	*link
	o Options
	// auth, where it is set, is how a bridge authenticated whom it asks for.
	auth string
	// invalid is why nothing can be asked; every call says so.
	invalid error
	// pace is how often things are tried; a test hurries it.
	pace pace
}

// New asks through a connection that somebody else made and closes. Of the options
// only System, Role, As, Timeout, Patient and Logger count; the environment doesn't.
//
// The connection should be made with ReconnectBufSize(-1) and MaxReconnects(-1):
// otherwise nats.go may send later what a caller has already given up. A name that
// can't be asked with, or an inbox prefix outside _INBOX, is said by every call.
func New(nc *nats.Conn, o Options) *Client {
	o.InboxPrefix = nc.Opts.InboxPrefix
	o = o.defaults()
	l := newLink(o.Logger)
	l.nc, l.short, l.at = nc, single(nc.Opts), brokers(nc.Opts.Servers)
	if l.at == "" {
		l.at = brokers([]string{nc.Opts.Url})
	}
	l.short.AsyncErrorCB = l.heard
	c := newClient(l, o)
	c.invalid = o.check()
	return c
}

func newClient(l *link, o Options) *Client {
	return &Client{link: l, o: o, pace: defaultPace}
}

// As gives a client that asks as somebody else through the same connection; what one
// of them has seen, all have seen. The bridge asks so for each of its people.
func (c *Client) As(role, name string) *Client {
	o := c.o
	o.Role, o.As = role, name
	other := newClient(c.link, o)
	other.invalid, other.pace, other.auth = o.check(), c.pace, c.auth
	return other
}

// Through gives a client that asks as a bridge, for somebody whom it authenticated by
// schema.AuthNone, AuthKey or AuthProxy: records then say so. It asks on subjects that
// the broker should keep for bridges, and tells nothing.
func (c *Client) Through(auth string) *Client {
	other := newClient(c.link, c.o)
	other.invalid, other.pace, other.auth = c.invalid, c.pace, auth
	return other
}

// In gives a client for another system through the same connection.
func (c *Client) In(system string) *Client {
	o := c.o
	o.System = system
	other := newClient(c.link, o)
	other.invalid, other.pace, other.auth = o.check(), c.pace, c.auth
	return other
}

// System is the system that is asked about.
func (c *Client) System() string { return c.o.System }

// Name is who is asking.
func (c *Client) Name() string { return c.o.As }

// Seen is the highest entry of the system that this client has heard of; 0: none.
func (c *Client) Seen() uint64 { return c.entry(c.o.System).Load() }

// Conn is the connection, for what this package doesn't do.
func (c *Client) Conn() *nats.Conn { return c.nc }

// Connected tells whether there is a connection to a broker at the moment.
func (c *Client) Connected() bool { return c.nc.IsConnected() }

// Close closes the connection if Connect made it, for all clients that share it (As, In,
// Through); calls under way end with ErrClosed.
func (c *Client) Close() {
	if c.ours {
		c.nc.Close()
	}
}

// systemOf is the system that a token names, so that nobody has to say it twice.
func (c *Client) systemOf(token string) (string, error) {
	system, _, err := schema.ParseToken(token)
	return system, err
}

// call gives the subject of a call, or why this asker has none.
func (c *Client) call(system, kind string) (string, error) {
	if c.invalid != nil {
		return "", c.invalid
	}
	subject, parse := schema.SubjectCall(system, c.o.Role, c.o.As, kind), schema.ParseCall
	if c.auth != "" {
		subject, parse = schema.SubjectBridge(system, c.auth, c.o.Role, c.o.As, kind), schema.ParseBridge
	}
	if _, err := parse(subject); err != nil {
		return "", fmt.Errorf("asking as %s %s: %w", c.o.Role, c.o.As, err)
	}
	return subject, nil
}

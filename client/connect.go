package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/synadia-io/orbit.go/natscontext"

	"expertcontroller/schema"
)

const (
	// dialTimeout bounds the first answer of one broker.
	dialTimeout = 2 * time.Second
	// pingEvery and pingsLost find a connection that hangs within 15 s.
	pingEvery = 5 * time.Second
	pingsLost = 2
	// reconnectWait is the pause between two tries to connect again, plus up to reconnectJitter.
	reconnectWait   = 250 * time.Millisecond
	reconnectJitter = 250 * time.Millisecond
)

// Connect connects as the nats CLI does: options first, then NATS_URL, NATS_CREDS
// and so on, then the context (named, or selected there), then DefaultServer.
//
// Without Patient it fails with ErrNoBroker when no broker answers within about 2 s
// per URL. Afterwards the connection comes back by itself, for ever; what is asked
// while there is none is not kept for later but fails with ErrNoBroker.
func Connect(ctx context.Context, o Options) (*Client, error) {
	o = o.environment().defaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	l := newLink(o.Logger)
	var servers atomic.Pointer[[]string] // read even when connecting outlasts ctx
	nc, err := dial(ctx, func() (*nats.Conn, error) {
		nc, _, err := natscontext.Connect(o.Context, append(natsOptions(o, l), func(n *nats.Options) error {
			servers.Store(&n.Servers)
			return nil
		})...)
		return nc, err
	})
	if err != nil {
		var at []string
		if known := servers.Load(); known != nil {
			at = *known
		}
		return nil, connectError(o, at, err)
	}
	if !inboxAllowed(nc.Opts.InboxPrefix) {
		nc.Close()
		return nil, fmt.Errorf("inbox prefix %q of the context: controllers answer only under _INBOX; use one that begins with it", nc.Opts.InboxPrefix)
	}
	l.nc, l.ours = nc, true
	l.short, l.at = single(nc.Opts), brokers(nc.Opts.Servers)
	return newClient(l, o), nil
}

// natsOptions are applied after those of the context, so that they win.
func natsOptions(o Options, l *link) []nats.Option {
	opts := []nats.Option{
		nats.Name(o.Name),
		nats.Timeout(dialTimeout),
		nats.PingInterval(pingEvery),
		nats.MaxPingsOutstanding(pingsLost),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectJitter(reconnectJitter, reconnectJitter),
		nats.IgnoreAuthErrorAbort(),
		// Nothing is sent later: the caller decides whether it is still wanted.
		nats.ReconnectBufSize(-1),
		nats.RetryOnFailedConnect(o.Patient),
		nats.ErrorHandler(l.heard),
		nats.DisconnectErrHandler(l.cut),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			o.Logger.Info("connected to the broker again", "server", schema.Address(nc.ConnectedUrl()))
		}),
		func(n *nats.Options) error {
			switch {
			case o.Servers != "":
				n.Servers = split(o.Servers)
			case len(n.Servers) == 0:
				n.Servers = []string{DefaultServer}
			}
			return nil
		},
	}
	if o.Creds != "" || o.NKey != "" || o.User != "" || o.Token != "" {
		opts = append(opts, func(n *nats.Options) error {
			n.User, n.Password, n.Token, n.Nkey = "", "", "", ""
			n.UserJWT, n.SignatureCB = nil, nil
			return nil
		})
	}
	if o.Creds != "" {
		opts = append(opts, nats.UserCredentials(o.Creds))
	}
	if o.NKey != "" {
		opts = append(opts, func(n *nats.Options) error {
			seed, err := nats.NkeyOptionFromSeed(o.NKey)
			if err != nil {
				return fmt.Errorf("reading the seed file %s: %w", o.NKey, err)
			}
			return seed(n)
		})
	}
	if o.User != "" {
		opts = append(opts, nats.UserInfo(o.User, o.Password))
	}
	if o.Token != "" {
		opts = append(opts, nats.Token(o.Token))
	}
	if o.TLSCert != "" || o.TLSKey != "" {
		opts = append(opts, nats.ClientCert(o.TLSCert, o.TLSKey))
	}
	if o.TLSCA != "" {
		opts = append(opts, nats.RootCAs(o.TLSCA))
	}
	if o.InboxPrefix != "" {
		opts = append(opts, nats.CustomInboxPrefix(o.InboxPrefix))
	}
	return opts
}

// connectError says in words, with the remedy, why there is no connection.
func connectError(o Options, servers []string, err error) error {
	at := brokers(servers)
	// What is no URL is repeated by this error, with the password.
	if bad := (*url.Error)(nil); errors.As(err, &bad) {
		err = bad.Err
	}
	var unreachable *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("connecting to the broker at %s: %w", at, err)
	case errors.Is(err, nats.ErrNoServers), errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded), errors.As(err, &unreachable):
		return noBroker(at, err)
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		return fmt.Errorf("the broker at %s does not let this user in (%w): say --context, --creds, --nkey or --user", at, err)
	case errors.Is(err, os.ErrNotExist), strings.Contains(err.Error(), "context"):
		return fmt.Errorf("connecting with context %q: %w: `nats context ls` lists the contexts there are", cmp.Or(o.Context, "(selected)"), err)
	case at == "":
		return fmt.Errorf("connecting to the broker: %w: check the context, the credentials and the certificate files", err)
	}
	return fmt.Errorf("connecting to the broker at %s: %w: check --server and the TLS flags", at, err)
}

// noBroker is ErrNoBroker with the place and the remedy.
func noBroker(at string, cause error) error {
	return fmt.Errorf("%w at %s (%w): start `expertcontroller serve`, or say --server", ErrNoBroker, at, cause)
}

// brokers lists URLs for people, without passwords.
func brokers(servers []string) string { return schema.Address(strings.Join(servers, ",")) }

func split(servers string) []string {
	var out []string
	for _, s := range strings.Split(servers, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// dial makes a connection, or stops waiting for one when the context ends; a
// connection that comes after that is closed.
func dial(ctx context.Context, connect func() (*nats.Conn, error)) (*nats.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err // also where a connection would be there before one looks
	}
	type made struct {
		nc  *nats.Conn
		err error
	}
	done := make(chan made, 1)
	go func() {
		nc, err := connect()
		done <- made{nc, err}
	}()
	select {
	case m := <-done:
		return m.nc, m.err
	case <-ctx.Done():
		go func() {
			if m := <-done; m.nc != nil {
				m.nc.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// single gives the options of a connection for one short call: the same broker and
// the same user, and nothing that goes on by itself.
func single(o nats.Options) nats.Options {
	o.AllowReconnect = false
	o.RetryOnFailedConnect = false
	o.Timeout = min(cmp.Or(o.Timeout, dialTimeout), dialTimeout)
	o.ClosedCB, o.DisconnectedCB, o.DisconnectedErrCB, o.ReconnectedCB, o.ConnectedCB = nil, nil, nil, nil, nil
	o.ReconnectErrCB, o.DiscoveredServersCB, o.LameDuckModeHandler = nil, nil, nil
	return o
}

package broker

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/synadia-io/orbit.go/natscontext"

	"expertcontroller/schema"
)

// ConnectOptions say how to reach a NATS server, as the nats command does.
type ConnectOptions struct {
	// URL is one or several, with commas between. It wins over the context's.
	URL string
	// Context names a context file of the nats command. With neither URL nor Context
	// the library's default address is tried.
	Context string
	// Creds is a credentials file, NKey a seed file.
	Creds string
	NKey  string
	// TLSCert and TLSKey prove who we are; TLSCA says who may prove it to us.
	TLSCert string
	TLSKey  string
	TLSCA   string

	User     string
	Password string
	Token    string
	// Name is what the server's lists of connections show.
	Name string
	// Wait keeps trying when nobody answers at first; else that is an error.
	Wait bool
	// Logger hears of lost and regained connections; nil: slog's default.
	Logger *slog.Logger
}

// Connect connects to a server that is not embedded. The connection comes back by
// itself for ever and keeps nothing for later while it is away: what can't be sent
// fails at once.
func Connect(o ConnectOptions) (*nats.Conn, error) {
	options := baseOptions(o.Name, o.Logger, "")
	credentials, err := o.credentials()
	if err != nil {
		return nil, err
	}
	options = append(options, credentials...)
	if o.Wait {
		options = append(options, nats.RetryOnFailedConnect(true))
	}
	if o.Context == "" {
		at := cmp.Or(o.URL, nats.DefaultURL)
		nc, err := nats.Connect(at, options...)
		return nc, connectError(schema.Address(at), err)
	}
	if o.URL != "" {
		options = append(options, servers(o.URL))
	}
	nc, settings, err := natscontext.Connect(o.Context, options...)
	where := "context " + o.Context
	if o.URL != "" || settings.URL != "" {
		where += " (" + schema.Address(strings.TrimSpace(o.URL+settings.URL)) + ")"
	}
	return nc, connectError(where, err)
}

func (o ConnectOptions) credentials() ([]nats.Option, error) {
	var out []nats.Option
	if o.Creds != "" {
		out = append(out, nats.UserCredentials(o.Creds))
	}
	if o.NKey != "" {
		key, err := nats.NkeyOptionFromSeed(o.NKey)
		if err != nil {
			return nil, fmt.Errorf("reading the seed file %s: %w: --nkey takes a file with one user's seed, as nk -gen user writes it", o.NKey, err)
		}
		out = append(out, key)
	}
	if (o.TLSCert == "") != (o.TLSKey == "") {
		return nil, errors.New("reading the TLS flags: a certificate and its key go together: give both or none")
	}
	if o.TLSCert != "" {
		out = append(out, nats.ClientCert(o.TLSCert, o.TLSKey))
	}
	if o.TLSCA != "" {
		out = append(out, nats.RootCAs(o.TLSCA))
	}
	if o.User != "" {
		out = append(out, nats.UserInfo(o.User, o.Password))
	}
	if o.Token != "" {
		out = append(out, nats.Token(o.Token))
	}
	return out, nil
}

// servers overrides where a context connects to.
func servers(urls string) nats.Option {
	return func(o *nats.Options) error {
		o.Url = urls
		o.Servers = nil
		for _, u := range strings.Split(urls, ",") {
			o.Servers = append(o.Servers, strings.TrimSpace(u))
		}
		return nil
	}
}

// baseOptions hold for every connection of a controller. What the log calls the server is
// where the connection leads, unless it is given: one within the process has no address,
// and the library would tell its default one.
func baseOptions(name string, logger *slog.Logger, server string) []nats.Option {
	log := func() *slog.Logger {
		if logger != nil {
			return logger
		}
		return slog.Default()
	}
	// The connection's callbacks come one after another. One that was left for another
	// server was not lost, and doesn't come back.
	lost := false
	return []nats.Option{
		nats.Name(name),
		nats.MaxReconnects(-1),
		// What was buffered while away would be sent later, when it may be wrong.
		nats.ReconnectBufSize(-1),
		nats.CustomReconnectDelay(reconnectDelay),
		// The defaults take minutes to notice that the other end is gone.
		nats.PingInterval(2 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.Timeout(5 * time.Second),
		// A password that is being changed must not end a controller.
		nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
			if err != nil {
				lost = true
				log().Warn("the connection to the broker is lost: trying again", "error", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			if lost {
				lost = false
				log().Info("the connection to the broker is back", "server", cmp.Or(server, schema.Address(nc.ConnectedUrl())))
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, s *nats.Subscription, err error) {
			subject := ""
			if s != nil {
				subject = s.Subject
			}
			log().Warn("the broker complains", "subject", subject, "error", err)
		}),
	}
}

// reconnectDelay: a restarted server is back within a moment, one that stays away need
// not be asked more than every two seconds.
func reconnectDelay(attempts int) time.Duration {
	return min(2*time.Second, 50*time.Millisecond<<min(attempts, 6))
}

func connectError(where string, err error) error {
	// What is no URL is repeated by this error, with the password.
	if bad := (*url.Error)(nil); errors.As(err, &bad) {
		err = bad.Err
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked), strings.Contains(strings.ToLower(err.Error()), "authorization violation"):
		return fmt.Errorf("connecting to %s: %w: it does not know us with these credentials: check --creds, --nkey, the user in the URL, or --context", where, err)
	case errors.Is(err, nats.ErrNoServers), errors.Is(err, nats.ErrTimeout):
		return fmt.Errorf("connecting to %s: %w: is the server up and the address right? Name it with --server, or leave --server and --context out of serve to use the embedded broker", where, err)
	case strings.Contains(err.Error(), "unknown context"):
		return fmt.Errorf("connecting: %w: nats context ls lists those that there are", err)
	case strings.Contains(err.Error(), "tls"), strings.Contains(err.Error(), "x509"):
		return fmt.Errorf("connecting to %s: %w: check the TLS flags: the authority that signed the server's certificate, and our certificate with its key", where, err)
	}
	return fmt.Errorf("connecting to %s: %w: check --server or --context", where, err)
}

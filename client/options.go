package client

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"strings"
	"time"

	"expertcontroller/schema"
)

// DefaultServer is where a client looks for a broker when nothing else says where.
const DefaultServer = "nats://127.0.0.1:4222"

// DefaultTimeout bounds one call, default of [Options.Timeout].
const DefaultTimeout = 5 * time.Second

// DefaultSystem is the system that is meant when none is named.
const DefaultSystem = "default"

// Options says where the broker is, who is asking, and how patient a call is.
// The zero value works: operator with the user's name, system "default", a
// broker on this machine, or the context that is selected in the nats CLI.
type Options struct {
	// Servers are URLs of brokers, separated by commas. Default: NATS_URL, then the
	// context's, then DefaultServer. It wins over the context's URL.
	Servers string
	// Context is the name of a context of the nats CLI, or the absolute path of a
	// context file. Default: NATS_CONTEXT, then the one selected there, if any.
	Context string
	// Creds is a credentials file, NKey a seed file. Default: NATS_CREDS, NATS_NKEY,
	// then the context's. Given, they replace whatever the context says about who logs in.
	Creds, NKey string
	// TLSCert and TLSKey are a client certificate, TLSCA the authority to trust; all
	// three are files. Default: NATS_CERT, NATS_KEY, NATS_CA, then the context's.
	TLSCert, TLSKey, TLSCA string
	// User, Password and Token log in. Default: NATS_USER, NATS_PASSWORD, NATS_TOKEN,
	// then the context's.
	User, Password, Token string
	// InboxPrefix is where answers come back, for users who may not listen on all of
	// _INBOX: it has to begin with it, as in _INBOX.anna. Default: NATS_INBOX_PREFIX,
	// then the context's, then _INBOX.
	InboxPrefix string
	// Name is the connection's name, as operators of the broker see it. Default:
	// "expertcontroller <role> <as>".
	Name string

	// System is the system under control that is asked about. Default:
	// EXPERTCONTROLLER_SYSTEM, then DefaultSystem. A message that names a token goes to
	// the token's system, whatever this says.
	System string
	// Role is who is asking: schema.RoleExpert, RoleOperator or RoleAgent. Default: operator.
	Role string
	// As is the asker's name; it stands in the subject, so that the broker's permissions
	// can enforce it. Default: the user's name, what a name can't hold replaced by _.
	As string

	// Timeout bounds one call, or one try of a call that is repeated. Default:
	// DefaultTimeout.
	Timeout time.Duration
	// Patient makes Connect return although no broker answers yet, and go on trying; and
	// makes calls go on, until their context ends, where they would say ErrNoBroker or
	// ErrNoController at once. For programs that run by themselves.
	Patient bool
	// Logger hears of cuts, repeats and what the broker refuses. Default: nobody does.
	Logger *slog.Logger
}

// environment fills in what the environment says, as the nats CLI reads it.
func (o Options) environment() Options {
	for name, field := range map[string]*string{
		"NATS_URL":                &o.Servers,
		"NATS_CONTEXT":            &o.Context,
		"NATS_CREDS":              &o.Creds,
		"NATS_NKEY":               &o.NKey,
		"NATS_CERT":               &o.TLSCert,
		"NATS_KEY":                &o.TLSKey,
		"NATS_CA":                 &o.TLSCA,
		"NATS_USER":               &o.User,
		"NATS_PASSWORD":           &o.Password,
		"NATS_TOKEN":              &o.Token,
		"NATS_INBOX_PREFIX":       &o.InboxPrefix,
		"EXPERTCONTROLLER_SYSTEM": &o.System,
	} {
		if *field == "" {
			*field = os.Getenv(name)
		}
	}
	return o
}

// defaults fills in what needs no broker to be known.
func (o Options) defaults() Options {
	o.System = cmp.Or(o.System, DefaultSystem)
	o.Role = cmp.Or(o.Role, schema.RoleOperator)
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	if o.As == "" {
		o.As = userName()
	}
	o.Name = cmp.Or(o.Name, "expertcontroller "+o.Role+" "+o.As)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// check refuses what can't be asked: names stand in subjects.
func (o Options) check() error {
	if !schema.ValidName(o.System) {
		return fmt.Errorf("system %q: use 1 to %d of A-Z a-z 0-9 _ -; say another with --system", o.System, schema.MaxName)
	}
	if !schema.ValidName(o.As) {
		return fmt.Errorf("name %q: use 1 to %d of A-Z a-z 0-9 _ -; say another with --as", o.As, schema.MaxName)
	}
	if schema.Asked(o.Role) == nil {
		return fmt.Errorf("role %q: use %s, %s or %s", o.Role, schema.RoleExpert, schema.RoleOperator, schema.RoleAgent)
	}
	if !inboxAllowed(o.InboxPrefix) {
		return fmt.Errorf("inbox prefix %q: controllers answer only under _INBOX; use one that begins with it, as in _INBOX.anna", o.InboxPrefix)
	}
	return nil
}

func inboxAllowed(prefix string) bool {
	return prefix == "" || prefix == "_INBOX" || strings.HasPrefix(prefix, "_INBOX.")
}

// userName is the default of As: a name that a subject can hold.
func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return schema.CleanName(u.Username)
	}
	return schema.CleanName(cmp.Or(os.Getenv("USER"), "unknown"))
}

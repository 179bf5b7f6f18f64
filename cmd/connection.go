package cmd

import (
	"context"
	"os"
	"os/user"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// connection says which broker, which system, and who is asking. What is left out
// comes from the environment and the selected context, as with the nats command.
type connection struct {
	Server   string   `short:"s" placeholder:"URL" help:"Broker ($$NATS_URL; default nats://127.0.0.1:4222)." group:"Connection"`
	Context  string   `placeholder:"NAME" help:"Context of the nats command ($$NATS_CONTEXT)." group:"Connection"`
	Creds    string   `placeholder:"FILE" help:"Credentials file ($$NATS_CREDS)." group:"Connection"`
	NKey     string   `name:"nkey" placeholder:"FILE" help:"Seed file ($$NATS_NKEY)." group:"Connection"`
	User     string   `placeholder:"NAME" help:"Broker user ($$NATS_USER)." group:"Connection"`
	Password string   `placeholder:"TEXT" help:"Broker password ($$NATS_PASSWORD)." group:"Connection"`
	TLSCert  string   `name:"tlscert" placeholder:"FILE" help:"Client certificate ($$NATS_CERT)." group:"Connection"`
	TLSKey   string   `name:"tlskey" placeholder:"FILE" help:"Its key ($$NATS_KEY)." group:"Connection"`
	TLSCA    string   `name:"tlsca" placeholder:"FILE" help:"Authority to trust ($$NATS_CA)." group:"Connection"`
	System   []string `env:"EXPERTCONTROLLER_SYSTEM" placeholder:"S" help:"System under control (default: the one named default)." group:"Connection"`
	As       string   `placeholder:"NAME" help:"Who is asking (default: the user's name)." group:"Connection"`
}

// options gives the client's options for somebody in this role.
func (f *connection) options(role string) (client.Options, error) {
	o := client.Options{
		Servers: f.Server, Context: f.Context, Creds: f.Creds, NKey: f.NKey, User: f.User, Password: f.Password,
		TLSCert: f.TLSCert, TLSKey: f.TLSKey, TLSCA: f.TLSCA, Role: role, As: f.As,
	}
	switch len(f.System) {
	case 0:
	case 1:
		o.System = f.System[0]
	default:
		return o, usagef("--system: this command is about one system; say one")
	}
	if f.As != "" && !schema.ValidName(f.As) {
		return o, usagef("--as %q: use 1 to %d of A-Z a-z 0-9 _ -", f.As, schema.MaxName)
	}
	if o.System != "" && !schema.ValidName(o.System) {
		return o, usagef("--system %q: use 1 to %d of A-Z a-z 0-9 _ -", o.System, schema.MaxName)
	}
	return o, nil
}

// operator connects as an operator.
func (f *connection) operator(ctx context.Context) (*client.Client, error) {
	o, err := f.options(schema.RoleOperator)
	if err != nil {
		return nil, err
	}
	return client.Connect(ctx, o)
}

// expert connects as the expert of this name.
func (f *connection) expert(ctx context.Context, name string) (*client.Client, error) {
	o, err := f.options(schema.RoleExpert)
	if err != nil {
		return nil, err
	}
	if !schema.ValidName(name) {
		return nil, usagef("--expert %q: use 1 to %d of A-Z a-z 0-9 _ -", name, schema.MaxName)
	}
	o.As = name
	return client.Connect(ctx, o)
}

// userName is who sits at this terminal, as a name that can be asked with.
func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return schema.CleanName(u.Username)
	}
	return schema.CleanName(os.Getenv("USER"))
}

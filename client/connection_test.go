package client

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"expertcontroller/schema"
)

// Permissions that forbid something are heard at once, not after a timeout.
func TestNotPermitted(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1, func(o *server.Options) {
		o.Users = []*server.User{
			{Username: "all", Password: "p"},
			{Username: "anna", Password: "p", Permissions: &server.Permissions{
				Publish:   &server.SubjectPermission{Allow: []string{"recovery.cms.call.operator.anna.>", "recovery.cms.query.>"}},
				Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.anna.>"}},
			}},
		}
	})
	s := serve(t, strings.Replace(b.ClientURL(), "//", "//all:p@", 1))
	anna := connect(t, b.ClientURL(), func(o *Options) {
		o.User, o.Password, o.Role, o.As, o.InboxPrefix, o.Timeout = "anna", "p", schema.RoleOperator, "anna", "_INBOX.anna", patience
	})
	began := time.Now()
	if _, err := anna.Mode(t.Context(), schema.Mode{Mode: schema.ModeManual}); err != nil {
		t.Fatal(err)
	}
	if _, err := anna.As(schema.RoleOperator, "bob").Mode(t.Context(), schema.Mode{Mode: schema.ModeManual}); !errors.Is(err, ErrNotPermitted) || !NotSent(err) {
		t.Fatal(err)
	}
	if _, err := anna.Answers(func(schema.Answer) {}); !errors.Is(err, ErrNotPermitted) {
		t.Fatal(err)
	}
	// The default inbox is not this user's.
	deaf := connect(t, b.ClientURL(), func(o *Options) {
		o.User, o.Password, o.Role, o.As, o.Timeout = "anna", "p", schema.RoleOperator, "anna", patience
	})
	if _, err := deaf.Mode(t.Context(), schema.Mode{Mode: schema.ModeManual}); !errors.Is(err, ErrNotPermitted) || !strings.Contains(err.Error(), "inbox prefix") {
		t.Fatal(err)
	}
	// A connection that somebody else made knows it a little later.
	nc, err := nats.Connect(b.ClientURL(), nats.UserInfo("anna", "p"), nats.CustomInboxPrefix("_INBOX.anna"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := New(nc, Options{System: "cms", As: "bob", Timeout: time.Second}).Mode(t.Context(), schema.Mode{Mode: schema.ModeManual}); !errors.Is(err, ErrNotPermitted) {
		t.Fatal(err)
	}
	if took := time.Since(began); took > patience/2 {
		t.Fatalf("it took %s", took)
	}
	// She may not hear changes: the watch asks for them.
	s.set("cms-1", schema.AwaitingApproval)
	done := errors.New("seen")
	if err := anna.Watch(t.Context(), "", 0, func(u Update) error {
		if u.Entry.Entry == 1 {
			s.set("cms-1", schema.Completed)
			return nil
		}
		return done
	}); err != done {
		t.Fatal(err)
	}
	if _, err := Connect(t.Context(), Options{Servers: b.ClientURL(), User: "anna", Password: "wrong"}); err == nil || errors.Is(err, ErrNoBroker) || !strings.Contains(err.Error(), "does not let this user in") {
		t.Fatal(err)
	}
}

// Who logs in by option is not mixed with who the context says.
// What is said about a connection ends in logs that others read.
func TestAPasswordIsNotTold(t *testing.T) {
	isolate(t)
	for _, servers := range []string{"nats://anna:sesame@127.0.0.1:1", "nats://sesame@127.0.0.1:1", "nats://anna:sesame%zz@127.0.0.1:1"} {
		c, err := Connect(t.Context(), Options{Servers: servers})
		if err == nil {
			c.Close()
			t.Fatal("somebody listens there")
		}
		if strings.Contains(err.Error(), "sesame") || !strings.Contains(err.Error(), "127.0.0.1:1") {
			t.Errorf("says %v", err)
		}
	}
}

func TestOptionsReplaceContext(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	dir := t.TempDir()
	user, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := user.Seed()
	if err != nil {
		t.Fatal(err)
	}
	public, err := user.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.NewUserClaims(public).Encode(account)
	if err != nil {
		t.Fatal(err)
	}
	creds, err := jwt.FormatUserConfig(token, seed)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"u.creds": creds, "u.nk": seed,
		"nkey.json": []byte(`{"url":"` + b.ClientURL() + `","nkey":"` + filepath.Join(dir, "u.nk") + `"}`)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Connect(t.Context(), Options{Context: filepath.Join(dir, "nkey.json"), Creds: filepath.Join(dir, "u.creds")})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	b = broker(t, t.TempDir(), -1, func(o *server.Options) { o.Nkeys = []*server.NkeyUser{{Nkey: public}} })
	if c, err = Connect(t.Context(), Options{Servers: b.ClientURL(), NKey: filepath.Join(dir, "u.nk")}); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if _, err := Connect(t.Context(), Options{Servers: b.ClientURL(), NKey: filepath.Join(dir, "none")}); err == nil || !strings.Contains(err.Error(), "seed file") {
		t.Fatal(err)
	}
}

// Contexts of the nats CLI work as they do there; options win over them.
func TestContext(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1, func(o *server.Options) { o.Username, o.Password = "u", "p" })
	dir := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "nats", "context")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("p5.json", `{"url":"`+b.ClientURL()+`","user":"u","password":"p"}`)
	write("wrong.json", `{"url":"nats://127.0.0.1:1","user":"u","password":"no"}`)
	write("deaf.json", `{"url":"`+b.ClientURL()+`","user":"u","password":"p","inbox_prefix":"_MINE"}`)
	write("../context.txt", "p5")
	for _, o := range []Options{{}, {Context: "p5"}, {Context: filepath.Join(dir, "p5.json")}, {Context: "wrong", Servers: b.ClientURL(), User: "u", Password: "p"}} {
		c, err := Connect(t.Context(), o)
		if err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
		c.Close()
	}
	for want, o := range map[string]Options{"nats context ls": {Context: "nowhere"}, "_INBOX": {Context: "deaf"}, "no broker answers at nats://127.0.0.1:1": {Context: "wrong"}, "--system": {System: "a.b"}} {
		if _, err := Connect(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("%+v: %v", o, err)
		}
	}
	t.Setenv("NATS_URL", "nats://127.0.0.1:1")
	if _, err := Connect(t.Context(), Options{}); !errors.Is(err, ErrNoBroker) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Connect(ctx, Options{Servers: b.ClientURL()}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// Nothing is dialled either: a connection that is there before one looks would be kept.
	var dialled atomic.Bool
	for range 100 {
		if _, err := dial(ctx, func() (*nats.Conn, error) { dialled.Store(true); return nil, nil }); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
	if dialled.Load() {
		t.Fatal("it dials for somebody who no longer wants to connect")
	}
}

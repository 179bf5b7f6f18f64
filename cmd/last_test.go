package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"expertcontroller/schema"
)

// The token that a request got stands for itself as @last, per system and broker.
func TestLastToken(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("NATS_URL", "")
	r := newResponder(t)
	r.on("status", recovery("default-7", schema.Completed))
	r.run("status", "@last").want(t, 1, "", "has got no token of system default yet", "request")

	r.on("request", schema.Answer{Verdict: schema.Accepted, Token: "default-7"})
	r.run("request", "--action", "check").want(t, 0, "default-7\n", "accepted")
	r.run("status", "@last").want(t, 0, "*", "@last is default-7")
	r.run("wait", "@last", "--quiet").want(t, 0, "", "")
	r.on("request", schema.Answer{Verdict: schema.Rejected, Token: "default-8", Reason: schema.Reason{Code: "busy"}})
	r.run("request", "--action", "check", "--preempt", "@last").want(t, 5, "default-8\n", "rejected")
	if _, said := r.last("request"); said["relation"].(map[string]any)["to"] != "default-7" {
		t.Error(said)
	}
	r.run("show", "@last", "--system", "cms").want(t, 1, "", "no token of system cms")

	other := newResponder(t)
	other.run("status", "@last").want(t, 1, "", "default-8, was got through", "name the token")

	path := filepath.Join(os.Getenv("XDG_STATE_HOME"), "expertcontroller", "last", "default.json")
	if err := os.WriteFile(path, []byte(`{"token":"cms-1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r.run("interrupt", "@last").want(t, 1, "", "no token of system default", path)
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.run("approve", "@last").want(t, 1, "", path)
}

// A request does its work although there is no place for its token.
func TestNoPlaceForTheLastToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_STATE_HOME", file)
	r := newResponder(t)
	r.on("request", schema.Answer{Verdict: schema.Accepted, Token: "default-7"})
	r.run("request", "--action", "check").want(t, 0, "default-7\n", "@last will not find default-7")
}

// Tokens come through a pipe; none at all is no success.
func TestTokensOnStdin(t *testing.T) {
	r := newResponder(t)
	r.on("status", recovery("default-1", schema.Completed), recovery("default-2", schema.Failed))
	with := func(stdin string, args ...string) ran { return r.runWith(t.Context(), stdin, args...) }
	with("default-1\ndefault-2\n", "status", "-").want(t, 3, "*")
	r.on("status", recovery("default-1", schema.Completed))
	with("default-1\n", "wait").want(t, 0, "*")
	with("default-1 \n\n", "wait", "-", "--quiet").want(t, 0, "", "")
	with("", "wait").want(t, 1, "", "none came")
	with("", "status", "-").want(t, 1, "", "none came")
	with("rejected\n", "wait").want(t, 1, "", "no token")
	with("default-1", "show", "-").want(t, 2, "", "takes one")
}

// Quiet says nothing but results and errors; colours are as asked for.
func TestQuietAndColour(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	r := newResponder(t)
	r.on("status", recovery("default-1", schema.Running))
	r.run("status", "default-1", "-q").want(t, 6, "", "")
	r.run("wait", "default-1", "-q", "--count", "2", "--interval", "10ms").want(t, 6, "", "")
	r.on("request", schema.Answer{Verdict: schema.Accepted, Token: "default-7"})
	r.run("request", "--action", "check", "-q").want(t, 0, "default-7\n", "")
	r.on("request", schema.Answer{Verdict: schema.Rejected, Token: "default-8", Reason: schema.Reason{Code: "busy"}})
	r.run("request", "--action", "check", "-q").want(t, 5, "default-8\n", "rejected", "busy")
	r.on("status", &schema.Error{Code: 404, Text: "no such recovery", Reason: "unknown"})
	r.run("status", "default-9", "-q").want(t, 1, "", "no such recovery")

	r.on("status", recovery("default-1", schema.Running))
	for colour, coloured := range map[string]bool{"always": true, "never": false, "auto": false} {
		if g := r.run("status", "default-1", "--colour", colour); strings.Contains(g.out, "\x1b[") != coloured || !strings.Contains(g.out, "running") {
			t.Errorf("%s: %q", colour, g.out)
		}
	}
	r.run("status", "default-1", "--color=sometimes").want(t, 2, "", "colour")
}

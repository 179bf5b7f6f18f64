package cmd

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"expertcontroller/broker"
	"expertcontroller/schema"
)

// newBroker starts a broker of its own, as others would have one.
func newBroker(t *testing.T) string {
	t.Helper()
	b, err := broker.StartEmbedded(broker.EmbeddedOptions{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	return b.URL()
}

// Two controllers on one broker: either may go, and the other goes on with the same
// recovery.
func TestReplicasTakeOver(t *testing.T) {
	url := newBroker(t)
	start := func(name string) *inProcess {
		return serveHere(t, "serve", "--server", url, "--http", "127.0.0.1:0", "--data", t.TempDir(), "--replica", name, "--simulate", "--force-simulate", "--speed", "20")
	}
	first := start("first")
	token := first.ask("request", "--action", "check")
	second := start("second")
	if first.url != second.url {
		t.Fatalf("they are on %s and %s", first.url, second.url)
	}
	first.end(0)
	second.ask("approve", token, "--yes")
	second.run("wait", token, "--timeout", "30s", "--interval", "50ms").want(t, 0, "*")
	third := start("third")
	second.end(0)
	if out := third.ask("history"); !strings.Contains(out, token) || !strings.Contains(out, "completed") {
		t.Errorf("the third replica has to know %s:\n%s", token, out)
	}
}

// A database that is new is brought up to a long log in bulk, and holds the same.
func TestALongLogIsRead(t *testing.T) {
	url := newBroker(t)
	start := func() *inProcess {
		return serveHere(t, "serve", "--server", url, "--http", "127.0.0.1:0", "--data", t.TempDir(), "--log-level", "debug")
	}
	first := start()
	cl, err := (&connection{Server: url}).expert(t.Context(), "daqexpert")
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for i := range manyEntries + 100 {
		ctx := t.Context()
		if _, err := cl.Submit(ctx, requestFor(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	before := first.ask("history", "--limit", "500", "--json")
	second := start()
	second.waitFor(regexp.MustCompile(`brought the database up to the log.*entries=11\d\d`))
	deadline := time.Now().Add(longest)
	for after := ""; after != before; after = second.ask("history", "--limit", "500", "--json") {
		if time.Now().After(deadline) {
			t.Fatalf("the new database differs:\n%s\nfrom:\n%s", schema.Shorten(after, 2000), schema.Shorten(before, 2000))
		}
		first.end(0) // from here on only the new one answers
	}
}

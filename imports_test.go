package expertcontroller_test

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
)

// room is a directory of the module's root, with everything below it.
type room struct {
	// May lists the other rooms that its files may import.
	May []string
	// Because says why it may not import the rest.
	Because string
}

// rooms says which room may import which. Arrows point inward: everybody knows the
// words, nobody but the command knows the rooms that decide, carry and remember.
var rooms = map[string]room{
	"schema": {Because: "schema is the words that everybody shares: whatever it imported, everybody would depend on"},
	"controller": {May: []string{"schema"},
		Because: "the controller decides and knows neither broker nor store: it names the small interfaces that it needs, and cmd plugs them together"},
	"broker": {May: []string{"schema"},
		Because: "the broker carries bytes between programs and knows no machine: what an entry means is the controller's business"},
	"store": {May: []string{"schema"},
		Because: "the store remembers documents, which are schema values: it needs to know no machine and no broker, so that it can always be rebuilt"},
	"client": {May: []string{"schema"},
		Because: "the client is what other programs build on: it speaks the contract only and brings neither server nor database with it"},
	"agent": {May: []string{"schema", "client"},
		Because: "an agent runs on another host and reaches the controller through the client, as everybody else does"},
	"bridge": {May: []string{"schema", "client"},
		Because: "the bridge relays what the client hears, and may run where there is no controller"},
	"dashboard": {May: []string{"schema"},
		Because: "the dashboard is a page: what it shows comes through the bridge"},
	"cmd": {May: []string{"schema", "controller", "broker", "store", "client", "agent", "bridge", "dashboard"},
		Because: "cmd wires and prints"},
	".": {Because: "the root holds tests of the source only"},
}

// innerRooms are the packages within a room: which others of the same room each may
// import, besides what the room may. The room's own package is named by the room.
var innerRooms = map[string]room{
	"agent":         {Because: "the agent names what it needs, a Runner and a Controller, and knows none of those who carry out: cmd plugs them together"},
	"agent/actions": {Because: "a file of actions is read and bound without anything that acts, so that it can be checked anywhere"},
	"agent/runner": {May: []string{"agent", "agent/actions"},
		Because: "the runner carries out what is bound, as the agent's Runner"},
	"agent/simulated":    {Because: "the plant and its expert know no agent: the agent's simulator drives the plant"},
	"bridge":             {Because: "the bridge relays to everybody the same; whose words are others' are doors of their own beside it"},
	"bridge/predecessor": {Because: "the predecessor's door asks through the client, and stays when the bridge's own routes change"},
	"bridge/webhook":     {Because: "the webhook follows the log as any listener does, with or without a bridge"},
	"broker":             {Because: "what is made for tests has no place in the program"},
	"broker/brokertest":  {May: []string{"broker"}, Because: "it starts the broker's servers for others' tests"},
	"cmd":                {Because: "the program's main imports cmd, not the other way"},
	"cmd/expertcontroller": {May: []string{"cmd"},
		Because: "main starts cmd and nothing else, so that tests can run all that it does"},
}

// innerFault says why a package may not import another one of its own room, if so.
func innerFault(s source, inner string) string {
	rule, known := innerRooms[s.Dir]
	switch {
	case inner == s.Dir, known && slices.Contains(rule.May, inner), s.Test && forTests(inner):
		return ""
	case !known:
		return "give " + s.Dir + " a line in the table of inner rooms, with the reason for what it may import"
	}
	return rule.Because
}

// controllerMay is all that the controller's files, tests apart, may import besides
// the standard library: a dependency in the machine is a way for time, order or the
// outside to come in.
var controllerMay = []string{module + "/schema"}

// below tells whether path is the tree's root or stands below it.
func below(path, tree string) bool {
	return path == tree || strings.HasPrefix(path, tree+"/")
}

// roomOf gives the room that a path, from the module's root, belongs to.
func roomOf(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

// forTests tells whether a package is made for the tests of others, as its name says:
// broker/brokertest, after the manner of net/http/httptest.
func forTests(dir string) bool {
	return strings.Contains(dir, "/") && strings.HasSuffix(dir, "test")
}

// importFaults names what a file imports against the rules, with the reasons.
func importFaults(s source) []string {
	var out []string
	fault := func(path, because string) {
		out = append(out, fmt.Sprintf("%s imports %s: %s", s.Path, path, because))
	}
	own := roomOf(s.Dir)
	rule, known := rooms[own]
	if !known {
		return []string{fmt.Sprintf("%s: there is no room %q: give it a line in the table of rooms, with the reason for what it may import", s.Path, own)}
	}
	for _, path := range s.imports() {
		if path == module {
			fault(path, "the root holds tests only")
			continue
		}
		if inner, ok := strings.CutPrefix(path, module+"/"); ok {
			if other := roomOf(inner); other != own && !slices.Contains(rule.May, other) {
				fault(path, rule.Because)
			} else if other == own {
				if because := innerFault(s, inner); because != "" {
					fault(path, because)
				}
			}
			if forTests(inner) && !s.Test && !forTests(s.Dir) {
				fault(path, "what is made for tests has no place in the program")
			}
			continue
		}
		first, _, _ := strings.Cut(path, "/")
		known := !strings.Contains(first, ".") // the standard library
		for _, v := range visitors {
			known = known || below(path, v.Path)
			// A standard package is meant alone: log is not log/slog.
			if path != v.Path && (!strings.Contains(v.Path, ".") || !below(path, v.Path)) {
				continue
			}
			if slices.Contains(v.Rooms, own) || (s.Test || forTests(s.Dir)) && v.EverywhereInTests {
				continue
			}
			fault(path, v.Because)
		}
		if !known {
			fault(path, "a dependency gets a line in the table of visitors, with the rooms that it belongs to, and one in docs/decisions/0003-dependencies.md")
		}
		if own == "controller" && !s.Test && strings.Contains(first, ".") && !slices.Contains(controllerMay, path) {
			fault(path, "the machine needs the standard library and the words, nothing else")
		}
	}
	return out
}

func TestImportsPointInward(t *testing.T) {
	for _, s := range parse(t, ".") {
		for _, fault := range importFaults(s) {
			t.Error(fault)
		}
	}
}

// A rule without a reason, or about a room that is not there, is no rule.
func TestEveryRuleHasAReason(t *testing.T) {
	names := make([]string, 0, len(rooms))
	for name, r := range rooms {
		if r.Because == "" {
			t.Errorf("room %s has no reason", name)
		}
		names = append(names, name)
		for _, other := range r.May {
			if _, ok := rooms[other]; !ok {
				t.Errorf("room %s may import %s, which is no room", name, other)
			}
		}
	}
	there := map[string]bool{}
	for _, s := range parse(t, ".") {
		there[s.Dir] = true
	}
	for dir, r := range innerRooms {
		if r.Because == "" {
			t.Errorf("inner room %s has no reason", dir)
		}
		for _, path := range append([]string{dir}, r.May...) {
			if !there[path] {
				t.Errorf("inner room %s: there is no package %s", dir, path)
			}
		}
	}
	sort.Strings(names)
	for _, v := range visitors {
		if v.Because == "" {
			t.Errorf("dependency %s has no reason", v.Path)
		}
		for _, r := range v.Rooms {
			if !slices.Contains(names, r) {
				t.Errorf("dependency %s belongs to %s, which is no room", v.Path, r)
			}
		}
	}
}

// A rule that nothing can break holds nothing: each of these breaks one.
func TestABrokenImportRuleIsNamed(t *testing.T) {
	for _, c := range []struct{ path, imports, want string }{
		{"schema/x.go", "expertcontroller/client", "the words that everybody shares"},
		{"controller/x.go", "expertcontroller/store", "cmd plugs them together"},
		{"controller/x_test.go", "expertcontroller/broker", "cmd plugs them together"},
		{"controller/x.go", "github.com/nats-io/nats.go/jetstream", "the machine needs the standard library"},
		{"broker/x.go", "expertcontroller/controller", "knows no machine"},
		{"store/x.go", "expertcontroller/broker", "so that it can always be rebuilt"},
		{"store/sub/x.go", "expertcontroller/controller", "so that it can always be rebuilt"},
		{"client/x.go", "expertcontroller/store", "neither server nor database"},
		{"client/x.go", "github.com/mattn/go-sqlite3", "without cgo"},
		{"agent/x.go", "expertcontroller/controller", "through the client"},
		{"agent/x.go", "github.com/nats-io/nats-server/v2/server", "embedded in one place"},
		{"bridge/x.go", "expertcontroller/broker", "where there is no controller"},
		{"store/x.go", "github.com/schollz/progressbar/v3", "through a function"},
		{"cmd/x.go", "pgregory.net/rapid", "for tests"},
		{"cmd/x.go", "log", "log/slog"},
		{"broker/x.go", "testing", "every program that imports it"},
		{"broker/x.go", "expertcontroller/broker/brokertest", "made for tests"},
		{"agent/x_test.go", "expertcontroller/broker/brokertest", "through the client"},
		{"agent/actions/x.go", "expertcontroller/agent", "without anything that acts"},
		{"agent/x.go", "expertcontroller/agent/runner", "a Runner and a Controller"},
		{"agent/journal/x.go", "expertcontroller/agent", "the table of inner rooms"},
		{"bridge/webhook/x.go", "expertcontroller/bridge", "with or without a bridge"},
		{"bridge/predecessor/x.go", "expertcontroller/controller", "where there is no controller"},
		{"store/x.go", "os/exec", "an agent's runner"},
		{"client/x.go", "net/http", "through the broker"},
		{"bridge/webhook/x.go", "github.com/nats-io/nats.go", "made by broker and client"},
		{"cmd/x.go", "github.com/some/thing", "the table of visitors"},
		{"util/x.go", "fmt", "there is no room"},
		{"cmd/x.go", "expertcontroller", "tests only"},
	} {
		s := snippet(t, c.path, "package x\n\nimport _ \""+c.imports+"\"\n")
		if got := strings.Join(importFaults(s), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s imports %s: want a fault that says %q, got %q", c.path, c.imports, c.want, got)
		}
	}
	for _, c := range []struct{ path, imports string }{
		{"cmd/x.go", "expertcontroller/controller"},
		{"cmd/x.go", "log/slog"},
		{"agent/x.go", "expertcontroller/client"},
		{"agent/x_test.go", "github.com/nats-io/nats-server/v2/server"},
		{"agent/runner/x.go", "expertcontroller/agent/actions"},
		{"controller/x.go", "math/rand/v2"},
		{"broker/brokertest/x.go", "testing"},
		{"broker/x_test.go", "expertcontroller/broker/brokertest"},
	} {
		s := snippet(t, c.path, "package x\n\nimport _ \""+c.imports+"\"\n")
		if got := importFaults(s); len(got) != 0 {
			t.Errorf("%s may import %s, but: %q", c.path, c.imports, got)
		}
	}
}

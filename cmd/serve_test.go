package cmd

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

// serving is a controller that runs in this process.
type inProcess struct {
	t      testing.TB
	url    string
	page   string
	stderr *lockedBuffer
	stop   context.CancelFunc
	ended  chan int
}

var readyLine = regexp.MustCompile(`(?m)^ready: systems? (\S+); broker (\S+); http (\S+); data (\S+?)(;.*)?$`)

// serveHere starts a controller and returns once it says that it is ready.
func serveHere(t testing.TB, args ...string) *inProcess {
	rememberHere(t)
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	p := &inProcess{t: t, stderr: &lockedBuffer{}, stop: stop, ended: make(chan int, 1)}
	go func() { p.ended <- Main(ctx, args, strings.NewReader(""), io.Discard, p.stderr) }()
	t.Cleanup(func() { p.end(0) })
	p.url, p.page = p.waitFor(readyLine)[2], p.waitFor(readyLine)[3]
	return p
}

// waitFor waits for what the controller says.
func (p *inProcess) waitFor(what *regexp.Regexp) []string {
	p.t.Helper()
	deadline := time.Now().Add(longest)
	for time.Now().Before(deadline) {
		if found := what.FindStringSubmatch(p.stderr.String()); found != nil {
			return found
		}
		select {
		case code := <-p.ended:
			p.ended <- code
			p.t.Fatalf("it ended with code %d:\n%s", code, p.stderr)
		case <-time.After(5 * time.Millisecond):
		}
	}
	p.t.Fatalf("it has not said %s:\n%s", what, p.stderr)
	return nil
}

// end asks it to stop, and holds its exit code against what is expected.
func (p *inProcess) end(want int) {
	p.t.Helper()
	p.stop()
	select {
	case code := <-p.ended:
		p.ended <- code
		if code != want {
			p.t.Errorf("it ended with code %d, want %d:\n%s", code, want, p.stderr)
		}
	case <-time.After(longest):
		p.t.Fatalf("it does not stop:\n%s", p.stderr)
	}
}

func (p *inProcess) run(args ...string) ran {
	return runCommand(p.t.Context(), "", append([]string{"--server", p.url, "--as", "anna"}, args...)...)
}

// ask runs a command that has to end well, and gives its stdout.
func (p *inProcess) ask(args ...string) string {
	p.t.Helper()
	g := p.run(args...)
	if g.code != 0 {
		p.t.Fatalf("%v ended with code %d:\n%s%s", args, g.code, g.out, g.err)
	}
	return strings.TrimSpace(g.out)
}

func (p *inProcess) get(path string) (int, string) {
	p.t.Helper()
	answer, err := http.Get(p.page + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func onFreePorts(t testing.TB, more ...string) []string {
	return append([]string{"serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", t.TempDir(), "--speed", "20"}, more...)
}

func TestServe(t *testing.T) {
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(policy, []byte("observe: 200ms\nhold: 0s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := onFreePorts(t, "--simulate", "--policy", policy)
	p := serveHere(t, args...)

	request := filepath.Join(t.TempDir(), "request.json")
	if err := os.WriteFile(request, []byte(`{"problem":{"id":"101","title":"FED stuck"},"steps":[{"action":"ttc_hard_reset"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	token := p.ask("request", request, "--expert", "daqexpert")
	if token != "default-1" {
		t.Fatalf("the first request got %q", token)
	}
	if g := p.run("request", request, "--expert", "daqexpert"); g.code != 0 || !strings.Contains(g.err, "accepted_to_continue") {
		t.Errorf("the same problem again: %d %s", g.code, g.err)
	}

	t.Run("the first answer to a prompt wins, and the second hears who", func(t *testing.T) {
		p.ask("approve", token+".p1")
		g := runCommand(t.Context(), "", "--server", p.url, "--as", "bob", "approve", token+".p1")
		g.want(t, 5, "", "refused", "anna")
	})
	t.Run("from approval to cure", func(t *testing.T) {
		waited := make(chan ran, 1)
		go func() { waited <- p.run("wait", token, "--timeout", "30s", "--interval", "50ms") }()
		// Cleared before the step begins it would have cured itself.
		p.eventually(func() bool { return strings.Contains(p.run("status", token, "--json").out, `"granted":`) })
		p.ask("clear", "101", "--expert", "daqexpert", "--as-expert")
		(<-waited).want(t, 0, "*", "completed (cured)")
	})
	t.Run("what happened can be looked up", func(t *testing.T) {
		for words, args := range map[string][]string{
			"approves step 0":          {"show", token},
			"FED stuck (simulated)":    {"history", "--state", "completed"},
			"completed 1":              {"statistics"},
			"simulator (simulated)":    {"actions"},
			"observe: 200ms\n":         {"policy", "show"},
			"system default, mode app": {"status"},
			"approval":                 {"mode"},
		} {
			if out := p.ask(args...) + "\n"; !strings.Contains(out, words) {
				t.Errorf("%v has to say %q:\n%s", args, words, out)
			}
		}
	})
	t.Run("what is unknown, and what is not there yet", func(t *testing.T) {
		p.run("status", "default-99").want(t, 1, "*", "a later one")
		p.run("status", "other-1").want(t, 1, "*", "no controller answers")
	})
	t.Run("an error names the field and the remedy", func(t *testing.T) {
		g := runCommand(t.Context(), `{"problem":{"id":"1","title":"x"},"steps":[]}`, "--server", p.url, "request", "-")
		g.want(t, 1, "", "steps")
	})
	t.Run("health, readiness, figures", func(t *testing.T) {
		for path, words := range map[string]string{"/": "<title>expertcontroller", "/healthz": "alive", "/readyz": "ready", "/metrics": `expertcontroller_ready{system="default"} 1`} {
			if code, body := p.get(path); code != 200 || !strings.Contains(body, words) {
				t.Errorf("%s: %d %s", path, code, body)
			}
		}
	})
	t.Run("a port in use is an error that names the flag", func(t *testing.T) {
		page, broker := strings.TrimPrefix(p.page, "http://"), strings.TrimPrefix(p.url, "nats://")
		runCommand(t.Context(), "", "serve", "--listen", "127.0.0.1:0", "--http", page, "--data", t.TempDir()).want(t, 1, "", "--http ")
		runCommand(t.Context(), "", "serve", "--listen", broker, "--http", "off", "--data", t.TempDir()).want(t, 1, "", "--listen ")
	})
	t.Run("the data directory belongs to one", func(t *testing.T) {
		runCommand(t.Context(), "", args...).want(t, 1, "", "another expertcontroller", "--data")
	})

	before := p.ask("show", token)
	p.end(0)

	t.Run("started again it knows everything, with a new database too", func(t *testing.T) {
		again := serveHere(t, args...)
		if after := again.ask("show", token); after != before {
			t.Errorf("after a restart:\n%s\nbefore:\n%s", after, before)
		}
		again.end(0)
		for _, file := range []string{"expertcontroller.db", "expertcontroller.db-wal", "expertcontroller.db-shm"} {
			if err := os.Remove(filepath.Join(args[6], file)); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		anew := serveHere(t, args...)
		if after := anew.ask("show", token); after != before {
			t.Errorf("with a new database:\n%s\nbefore:\n%s", after, before)
		}
		anew.end(0)
		if err := os.WriteFile(filepath.Join(args[6], "expertcontroller.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
		damaged := serveHere(t, args...)
		damaged.waitFor(regexp.MustCompile(`rebuilt from the log.*set_aside_as=`))
		if after := damaged.ask("show", token); after != before {
			t.Errorf("with a damaged database:\n%s\nbefore:\n%s", after, before)
		}
		if err := os.WriteFile(policy, []byte("observe: 1s\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		damaged.end(0)
		other := serveHere(t, args...)
		other.waitFor(regexp.MustCompile(`another policy is in force.*policy apply `))
		other.ask("policy", "apply", policy)
		if out := other.ask("policy", "show"); !strings.Contains(out, "observe: 1s\n") {
			t.Errorf("the policy applied has to be in force:\n%s", out)
		}
	})
}

func TestServeRefusesWhatIsUnsafe(t *testing.T) {
	for words, args := range map[string][]string{
		"--http 0.0.0.0:0":                   {"serve", "--http", "0.0.0.0:0"},
		"its clients don't say who they are": {"serve", "--predecessor", "--http", "0.0.0.0:0", "--proxy-header", "X-User", "--proxy-from", "127.0.0.1"},
		"--force-simulate":                   {"serve", "--simulate", "--server", "nats://127.0.0.1:1"},
		"goes with --simulate":               {"serve", "--force-simulate"},
		"cluster":                            {"serve", "--replicas", "3"},
		"named twice":                        {"serve", "--system", "a", "--system", "a"},
		"--system \"a.b\"":                   {"serve", "--system", "a.b"},
		"--speed NaN":                        {"serve", "--speed", "NaN"},
		"--speed 0":                          {"demo", "--speed", "0"},
		"--speed +Inf":                       {"agent", "run", "--name", "l0", "--simulate", "--speed", "Inf"},
		"brings its own broker":              {"demo", "--server", "nats://127.0.0.1:1"},
	} {
		runCommand(t.Context(), "", args...).want(t, 2, "", words)
	}
	runCommand(t.Context(), "", "serve", "--http", "off", "--listen", "0.0.0.0:0", "--data", t.TempDir()).want(t, 1, "", "--server")
	runCommand(t.Context(), "", "serve", "--http", "off", "--data", t.TempDir(), "--server", "nats://127.0.0.1:1").want(t, 1, "", "nats://127.0.0.1:1")
}

func TestServeSeveralSystems(t *testing.T) {
	p := serveHere(t, onFreePorts(t, "--system", "cms", "--system", "atlas", "--simulate")...)
	for _, system := range []string{"cms", "atlas"} {
		token := p.ask("--system", system, "request", "--action", "check")
		if token != system+"-1" {
			t.Errorf("the first request of %s got %s", system, token)
		}
		p.ask("approve", token, "--yes")
		p.run("wait", token, "--timeout", "30s", "--interval", "50ms").want(t, 0, "*")
	}
}

func TestEntriesAreGivenInOrderAndBounded(t *testing.T) {
	p := serveHere(t, onFreePorts(t)...)
	for i := range 30 {
		if g := runCommand(t.Context(), fmt.Sprintf(`{"problem":{"id":"p%d","title":"t"},"steps":[{"by_hand":true}]}`, i), "--server", p.url, "request", "-", "--expert", "e"); i == 0 && g.code != 0 {
			t.Fatal(g.err)
		}
	}
	o, err := (&connection{Server: p.url}).operator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	var next uint64
	for _, limit := range []int{7, 1, 1000} {
		page, err := o.Entries(t.Context(), schema.EntriesQuery{After: next, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Entries) == 0 || len(page.Entries) > limit {
			t.Fatalf("after %d, at most %d: %d entries", next, limit, len(page.Entries))
		}
		for _, e := range page.Entries {
			if next++; e.Entry != next {
				t.Fatalf("entry %d where %d comes", e.Entry, next)
			}
		}
		if limit == 1000 && next != page.Last {
			t.Errorf("the last page ends with %d, the log with %d", next, page.Last)
		}
	}
	if page, err := o.Entries(t.Context(), schema.EntriesQuery{After: next}); err != nil || len(page.Entries) != 0 || page.Last != next {
		t.Errorf("behind the end: %+v %v", page, err)
	}
}

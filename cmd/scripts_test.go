package cmd_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"expertcontroller/broker/brokertest"
)

// root is the module's root, seen from this package.
const root = ".."

// TestMain lets the test's own program play three others: a bare broker, so that
// controllers can share one that outlives them, a stand-in for the real program, on
// which the harness tries itself, and a server of a cluster for the benchmarks.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case brokerProgram:
		os.Exit(playBroker(os.Args[1:]))
	case program:
		os.Exit(playStandIn(os.Args[1:]))
	}
	brokertest.Main(m)
}

// program is the name of what the scripts start.
const program = "expertcontroller"

// TestScripts runs testdata/scripts: real processes of the built program on loopback.
func TestScripts(t *testing.T) {
	scripts := list(t, filepath.Join(root, "testdata", "scripts", "*.txtar"))
	_, err := os.Stat(program)
	if built := err == nil; len(scripts) == 0 && !built {
		t.Logf("neither cmd/%s nor a script for it is there", program)
		return
	}
	if len(scripts) == 0 {
		t.Fatal("testdata/scripts has no script: the program would go untested")
	}
	bin := t.TempDir()
	build(t, bin)
	if mentions(t, scripts, regexp.MustCompile(`(?m)\bnats\s`)) {
		stockNATS(t, bin)
	}
	if mentions(t, scripts, regexp.MustCompile(`(?m)\bgreeter\s`)) {
		run(t, "building the service of the example", root, "build", "-buildvcs=false", "-o", filepath.Join(bin, "greeter"), "./testdata/examples/linux-service/greeter")
	}
	if mentions(t, scripts, regexp.MustCompile(`(?m)\bnode\s`)) {
		npmClient(t)
	}
	if mentions(t, scripts, regexp.MustCompile(`(?m)\sask\s`)) {
		run(t, "building the example in Go", root, "build", "-buildvcs=false", "-o", filepath.Join(bin, "ask"), "./testdata/examples/go")
	}
	if mentions(t, scripts, regexp.MustCompile(`(?m)\bautomator\s`)) {
		run(t, "building the stand-in for the level-0 automator", root, "build", "-buildvcs=false", "-o", filepath.Join(bin, "automator"), "./testdata/automator")
	}
	runScripts(t, bin, scripts)
}

// TestHarness runs testdata/scripts/harness: the scripts' own commands, on a stand-in.
func TestHarness(t *testing.T) {
	bin := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatalf("finding the test's own program: %v", err)
	}
	if err := os.Symlink(self, filepath.Join(bin, program)); err != nil {
		t.Fatalf("naming the stand-in: %v", err)
	}
	scripts := list(t, filepath.Join(root, "testdata", "scripts", "harness", "*.txtar"))
	if len(scripts) == 0 {
		t.Fatal("testdata/scripts/harness is empty")
	}
	runScripts(t, bin, scripts)
}

// runScripts runs the scripts with the programs in bin first on their PATH.
func runScripts(t *testing.T, bin string, scripts []string) {
	t.Helper()
	// These two would end a script early and call it passed.
	if mentions(t, scripts, regexp.MustCompile(`(?m)^\s*(\[[^]]*\]\s*)?(skip|stop)\b`)) {
		t.Fatal("a script says skip or stop, which hides what follows: to hold a process use freeze and thaw")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatalf("finding the test's own program: %v", err)
	}
	if err := os.Symlink(self, filepath.Join(bin, brokerProgram)); err != nil {
		t.Fatalf("naming the bare broker: %v", err)
	}
	onlyTheScripts(t)
	data, err := filepath.Abs(filepath.Join(root, "testdata"))
	if err != nil {
		t.Fatalf("finding testdata: %v", err)
	}
	testscript.Run(t, testscript.Params{
		Files:               scripts,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds:                commands,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, ".config"))
			env.Setenv("NO_COLOR", "1")
			env.Setenv("REQUESTS", filepath.Join(data, "requests"))
			env.Setenv("EXAMPLES", filepath.Join(data, "examples"))
			crew := newCrew(env.T().Log)
			env.Values[crewKey{}] = crew
			env.Defer(crew.dismiss)
			return nil
		},
	})
}

func list(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatalf("listing %s: %v", pattern, err)
	}
	return found
}

// mentions tells whether one of the scripts matches; comments do not count.
func mentions(t *testing.T, scripts []string, what *regexp.Regexp) bool {
	t.Helper()
	comment := regexp.MustCompile(`(?m)^\s*#.*$`)
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("reading %s: %v", path, err)
		}
		script, _, _ := strings.Cut(string(text), "\n-- ")
		if what.MatchString(comment.ReplaceAllString(script, "")) {
			return true
		}
	}
	return false
}

// build makes the program, with the race detector where RACE=1 asks for it; otherwise
// where `make build` does, since linking what is there already costs nothing. The scripts
// get a copy: whoever builds meanwhile changes nothing under them.
func build(t *testing.T, bin string) {
	t.Helper()
	if os.Getenv("RACE") == "1" {
		run(t, "building the program", root, "build", "-buildvcs=false", "-race", "-o", filepath.Join(bin, program), "./cmd/"+program)
		return
	}
	built, err := filepath.Abs(filepath.Join(root, "bin", program))
	if err != nil {
		t.Fatalf("finding bin/%s: %v", program, err)
	}
	run(t, "building the program", root, "build", "-o", built, "./cmd/"+program)
	text, err := os.ReadFile(built)
	if err != nil {
		t.Fatalf("reading the program: %v", err)
	}
	if err := os.WriteFile(filepath.Join(bin, program), text, 0o755); err != nil {
		t.Fatalf("copying the program: %v", err)
	}
}

// stockNATS puts the stock nats command into bin: the one that `make tools` built, or
// one built now from its own module.
var stockNATS = func() func(t *testing.T, bin string) {
	var once sync.Once
	return func(t *testing.T, bin string) {
		t.Helper()
		built, err := filepath.Abs(filepath.Join(root, "bin", "nats"))
		if err != nil {
			t.Fatalf("finding bin/nats: %v", err)
		}
		once.Do(func() {
			if _, err := os.Stat(built); errors.Is(err, os.ErrNotExist) {
				t.Log("building the stock nats command: about a minute the first time; `make tools` does it beforehand")
				run(t, "building the stock nats command", filepath.Join(root, "tools", "nats"),
					"build", "-mod=mod", "-o", built, "github.com/nats-io/natscli/nats")
			}
		})
		if err := os.Symlink(built, filepath.Join(bin, "nats")); err != nil {
			t.Fatalf("naming the stock nats command: %v", err)
		}
	}
}()

// npmClient installs what the JavaScript example needs beside it, where `make test` has
// not done so.
func npmClient(t *testing.T) {
	t.Helper()
	dir := filepath.Join(root, "testdata", "examples", "javascript")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@nats-io", "transport-node")); err == nil {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("installing the npm client: %v: Node.js and npm are needed (Debian: apt-get install nodejs npm)\n%s", err, out)
	}
}

// run runs the go command, within ten minutes.
func run(t *testing.T, doing, dir string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", doing, err, strings.TrimSpace(string(out)))
	}
}

// crewOf gives the processes of a script.
func crewOf(ts *testscript.TestScript) *crew {
	c, ok := ts.Value(crewKey{}).(*crew)
	if !ok {
		panic(fmt.Sprintf("script %s has no crew", ts.Name()))
	}
	return c
}

package cmd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// commands are what the scripts can say besides testscript's own; testdata/scripts/README.md
// explains them.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"serve":      serve,
	"broker":     broker,
	"background": background,
	"start":      start,
	"kill9":      kill9,
	"term":       term,
	"freeze": func(ts *testscript.TestScript, neg bool, args []string) {
		send(ts, neg, "freeze", syscall.SIGSTOP, args)
	},
	"thaw": func(ts *testscript.TestScript, neg bool, args []string) { send(ts, neg, "thaw", syscall.SIGCONT, args) },
	"hangup": func(ts *testscript.TestScript, neg bool, args []string) {
		send(ts, neg, "hangup", syscall.SIGHUP, args)
	},
	"ended":    ended,
	"failat":   failat,
	"waitfor":  waitfor,
	"exits":    exits,
	"see":      see,
	"jsonpath": jsonpath,
	"setenv":   setenv,
	"alter":    alter,
}

// usage ends the script when a command was not said as it should be.
func usage(ts *testscript.TestScript, right bool, how string) {
	if !right {
		ts.Fatalf("usage: %s", how)
	}
}

// environment gives the script's variables. Only a program that it starts is told all
// of them, so one is; it writes a file, to leave stdout alone.
func environment(ts *testscript.TestScript) []string {
	file := filepath.Join(ts.Getenv("WORK"), ".tmp", "environment")
	ts.Check(ts.Exec("sh", "-c", `env -0 >"$0"`, file))
	return strings.Split(strings.TrimRight(ts.ReadFile(file), "\x00"), "\x00")
}

// enlist makes a process known under a name; it isn't started yet.
func enlist(ts *testscript.TestScript, name, program string, args []string) *member {
	c := crewOf(ts)
	if _, taken := c.named[name]; taken {
		ts.Fatalf("a process called %s is there: to start it again say start %s", name, name)
	}
	path, err := look(program, ts.Getenv("PATH"))
	ts.Check(err)
	work := ts.Getenv("WORK")
	m := &member{
		name: name, path: path, args: args, dir: ts.MkAbs("."), env: environment(ts),
		out: filepath.Join(work, name+".out"), err: filepath.Join(work, name+".err"),
	}
	c.named[name] = m
	return m
}

// launch starts a process and expects that it becomes ready; negated, that it ends
// before, with an error.
func launch(ts *testscript.TestScript, neg bool, m *member) {
	ts.Check(m.start())
	ts.Setenv("PID_"+m.name, strconv.Itoa(m.cmd.Process.Pid))
	if neg {
		finish(ts, true, m, readyWithin)
		return
	}
	ts.Check(m.waitReady())
}

// flagValue gives the value of --name or --name=value among args, or "".
func flagValue(args []string, name string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, name+"="); ok {
			return value
		}
		if arg == name && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

func serve(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) >= 1, "serve NAME [demo] [flags]")
	name, flags, verb := args[0], args[1:], "serve"
	if len(flags) > 0 && flags[0] == "demo" {
		verb, flags = "demo", flags[1:]
	}
	given := func(flag string, otherwise func() string) string {
		if value := flagValue(flags, flag); value != "" {
			return value
		}
		value := otherwise()
		flags = append(slices.Clone(flags), flag, value)
		return value
	}
	free := func() string {
		a, err := address()
		ts.Check(err)
		return a
	}
	url := flagValue(flags, "--server")
	if url == "" {
		url = "nats://" + given("--listen", free)
	}
	page := given("--http", free)
	given("--data", func() string { return filepath.Join(ts.Getenv("WORK"), name) })
	m := enlist(ts, name, program, append([]string{verb}, flags...))
	m.ready = readyz(page)
	for variable, value := range map[string]string{"NATS_URL": url, "HTTP": page} {
		ts.Setenv(variable, value)
		ts.Setenv(variable+"_"+name, value)
	}
	launch(ts, neg, m)
}

func broker(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, (len(args) == 1 || len(args) == 2) && !neg, "broker NAME [CONFIGURATION]")
	a, err := address()
	ts.Check(err)
	flags := []string{a, filepath.Join(ts.Getenv("WORK"), args[0])}
	for _, file := range args[1:] {
		flags = append(flags, ts.MkAbs(file))
	}
	m := enlist(ts, args[0], brokerProgram, flags)
	m.ready = connects(a)
	if len(flags) > 2 {
		m.ready = listens(a)
	}
	ts.Setenv("NATS_URL", "nats://"+a)
	ts.Setenv("NATS_URL_"+args[0], "nats://"+a)
	launch(ts, false, m)
}

func background(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) >= 2 && !neg, "background NAME PROGRAM [arguments]")
	m := enlist(ts, args[0], args[1], args[2:])
	m.env = append(m.env, "EXPERTCONTROLLER_FAILPOINT_FILE="+failpointOf(ts, args[0]))
	launch(ts, false, m)
}

// failpointOf names the file by which a background process is told to fail.
func failpointOf(ts *testscript.TestScript, name string) string {
	return filepath.Join(ts.Getenv("WORK"), ".tmp", name+".failpoint")
}

func failat(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 3 && !neg && (args[1] == "kill" || args[1] == "stop"), "failat NAME kill|stop POINT")
	m, err := crewOf(ts).get(args[0])
	ts.Check(err)
	file := failpointOf(ts, m.name)
	// Whole or not at all: the process may look at any moment.
	ts.Check(os.WriteFile(file+".new", []byte(args[1]+" "+args[2]), 0o644))
	ts.Check(os.Rename(file+".new", file))
}

// named gives the one process that a command names.
func named(ts *testscript.TestScript, neg bool, command string, args []string) *member {
	usage(ts, len(args) == 1 && !neg, command+" NAME")
	m, err := crewOf(ts).get(args[0])
	ts.Check(err)
	return m
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	launch(ts, neg, named(ts, false, "start", args))
}

func kill9(ts *testscript.TestScript, neg bool, args []string) {
	m := named(ts, neg, "kill9", args)
	if !m.running() {
		ts.Fatalf("%s is not running: it ended with code %d, saying:\n%s", m.name, m.code, tail(m.err, 20))
	}
	m.kill()
}

func send(ts *testscript.TestScript, neg bool, command string, s syscall.Signal, args []string) {
	ts.Check(named(ts, neg, command, args).signal(s))
}

func term(ts *testscript.TestScript, neg bool, args []string) {
	m := named(ts, false, "term", args)
	ts.Check(m.signal(asked))
	finish(ts, neg, m, goneWithin)
}

func ended(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 2, "ended NAME TIMEOUT")
	within, err := time.ParseDuration(args[1])
	ts.Check(err)
	finish(ts, neg, named(ts, false, "ended", args[:1]), within)
}

// finish waits for a process's end and holds its exit code against what is expected;
// what it printed can be looked at with stdout and stderr.
func finish(ts *testscript.TestScript, neg bool, m *member, within time.Duration) {
	ts.Check(m.ended(within))
	if (m.code != 0) != neg {
		ts.Fatalf("%s ended with code %d, saying:\n%s", m.name, m.code, tail(m.err, 20))
	}
	for _, o := range []struct {
		path string
		to   interface{ Write([]byte) (int, error) }
	}{{m.out, ts.Stdout()}, {m.err, ts.Stderr()}} {
		text, err := os.ReadFile(o.path)
		ts.Check(err)
		_, err = o.to.Write(text)
		ts.Check(err)
	}
}

// result is what a program did.
type result struct {
	code     int
	out, err string
}

// runOnce runs a program to its end, or until the context says that it's enough.
func runOnce(ctx context.Context, path, dir string, env, args []string) (result, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	var out, said bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &out, &said
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && ctx.Err() == nil {
		return result{}, fmt.Errorf("running %s: %w", path, err)
	}
	return result{code: cmd.ProcessState.ExitCode(), out: out.String(), err: said.String()}, nil
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) >= 2 && !neg, "exits CODE PROGRAM [arguments]")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	path, err := look(args[1], ts.Getenv("PATH"))
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), life)
	defer cancel()
	r, err := runOnce(ctx, path, ts.MkAbs("."), environment(ts), args[2:])
	ts.Check(err)
	if r.code != want {
		ts.Fatalf("%s exits with %d, not %d\n[stdout]\n%s\n[stderr]\n%s", args[1], r.code, want, r.out, r.err)
	}
	_, err = fmt.Fprint(ts.Stdout(), r.out)
	ts.Check(err)
	_, err = fmt.Fprint(ts.Stderr(), r.err)
	ts.Check(err)
}

func jsonpath(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 3, "[!] jsonpath FILE PATH VALUE")
	got, err := at(ts.ReadFile(args[0]), args[1])
	ts.Check(err)
	if (got == args[2]) == neg {
		ts.Fatalf("%s: %s is %s", args[0], args[1], got)
	}
}

func setenv(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, (len(args) == 2 || len(args) == 3) && !neg, "setenv VARIABLE FILE [PATH]")
	value := strings.TrimSpace(ts.ReadFile(args[1]))
	if len(args) == 3 {
		found, err := at(value, args[2])
		ts.Check(err)
		value = found
	}
	if value == "" {
		ts.Fatalf("%s is empty", args[1])
	}
	ts.Setenv(args[0], value)
}

package cmd_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"expertcontroller/cmd"
)

// fact is what should stand at a path of the JSON on stdout.
type fact struct{ path, value string }

// condition is what waitfor and see wait for.
type condition struct {
	match *regexp.Regexp
	code  *int
	facts []fact
}

// unmet says what is missing, or "".
func (c condition) unmet(r result) string {
	if c.match == nil && c.code == nil && len(c.facts) == 0 && r.code != 0 {
		return fmt.Sprintf("it exits with %d", r.code)
	}
	if c.code != nil && r.code != *c.code {
		return fmt.Sprintf("it exits with %d, not %d", r.code, *c.code)
	}
	if c.match != nil && !c.match.MatchString(r.out) {
		return fmt.Sprintf("nothing in its output matches %s", c.match)
	}
	for _, f := range c.facts {
		got, err := at(r.out, f.path)
		if err != nil {
			return err.Error()
		}
		if got != f.value {
			return fmt.Sprintf("%s is %s, not %s", f.path, got, f.value)
		}
	}
	return ""
}

func waitfor(ts *testscript.TestScript, neg bool, args []string) {
	const how = "waitfor [-match REGEXP] [-code N] [-json PATH=VALUE]... TIMEOUT PROGRAM [arguments]"
	var c condition
	for len(args) > 1 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-match":
			re, err := regexp.Compile("(?m)" + args[1])
			ts.Check(err)
			c.match = re
		case "-code":
			code, err := strconv.Atoi(args[1])
			ts.Check(err)
			c.code = &code
		case "-json":
			path, value, ok := strings.Cut(args[1], "=")
			usage(ts, ok, how)
			c.facts = append(c.facts, fact{path, value})
		default:
			usage(ts, false, how)
		}
		args = args[2:]
	}
	usage(ts, len(args) >= 2 && !neg, how)
	within, err := time.ParseDuration(args[0])
	ts.Check(err)
	c.wait(ts, within, args[1], args[2:])
}

// Looks become rarer: most facts are there soon, and those that are not are told by a time
// of seconds.
const (
	firstPause   = 20 * time.Millisecond
	longestPause = 250 * time.Millisecond
)

// seenWithin is how long see waits for what should be seen.
const seenWithin = 90 * time.Second

func see(ts *testscript.TestScript, neg bool, args []string) {
	const how = "see TOKEN|system PATH=VALUE..."
	usage(ts, len(args) >= 2 && !neg, how)
	asked := []string{"status", "--json"}
	if args[0] != "system" {
		asked = append(asked, args[0])
	}
	var c condition
	for _, arg := range args[1:] {
		path, value, ok := strings.Cut(arg, "=")
		usage(ts, ok, how)
		c.facts = append(c.facts, fact{path, value})
	}
	c.wait(ts, seenWithin, program, asked)
}

// wait repeats a program until all that is asked holds, and leaves what it printed.
func (c condition) wait(ts *testscript.TestScript, within time.Duration, name string, args []string) {
	lookOnce := looks(ts, name, args)
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	pause := firstPause
	var r result
	var missing string
	for tries := 1; ; tries++ {
		now, err := lookOnce(ctx)
		ts.Check(err)
		// A look that the time cut short shows nothing: the one before it counts.
		if ctx.Err() == nil || tries == 1 {
			r, missing = now, c.unmet(now)
		}
		if missing == "" {
			_, err := fmt.Fprint(ts.Stdout(), r.out)
			ts.Check(err)
			_, err = fmt.Fprint(ts.Stderr(), r.err)
			ts.Check(err)
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("%s tried %d times in %s: %s\n[stdout]\n%s\n[stderr]\n%s", name, tries, within, missing, r.out, r.err)
		case <-time.After(pause):
			pause = min(pause*3/2, longestPause)
		}
	}
}

// looks gives what looks once: the program itself, or, where it is ours and only asks, the
// same command in this process, since a process for every look costs more than all that
// the scripts wait for.
func looks(ts *testscript.TestScript, name string, args []string) func(context.Context) (result, error) {
	path, err := look(name, ts.Getenv("PATH"))
	ts.Check(err)
	if name == program && len(args) > 0 && only[args[0]] && !standIn(path) {
		if flags, ok := connectionFlags(ts.Getenv); ok {
			args = append(flags, args...)
			return func(ctx context.Context) (result, error) {
				var out, said bytes.Buffer
				code := cmd.Main(ctx, args, strings.NewReader(""), &out, &said)
				return result{code: code, out: out.String(), err: said.String()}, nil
			}
		}
	}
	env, dir := environment(ts), ts.MkAbs(".")
	return func(ctx context.Context) (result, error) { return runOnce(ctx, path, dir, env, args) }
}

// only are the commands that ask and do nothing else.
var only = map[string]bool{"actions": true, "audit": true, "history": true, "show": true, "statistics": true, "status": true}

// standIn tells whether a path leads to the harness's stand-in for the program.
func standIn(path string) bool {
	self, err := os.Executable()
	if err != nil {
		return false
	}
	target, err := filepath.EvalSymlinks(path)
	return err == nil && target == self
}

// What says how to reach the broker: by a flag, too, or by a variable alone, or so that it
// may mean a file of the script.
var (
	hasFlag = map[string]string{
		"NATS_URL": "--server", "NATS_USER": "--user", "NATS_PASSWORD": "--password", "EXPERTCONTROLLER_SYSTEM": "--system",
	}
	hasNone = []string{"NATS_CONTEXT", "NATS_CREDS", "NATS_NKEY", "NATS_CERT", "NATS_KEY", "NATS_CA", "NATS_TOKEN", "NATS_INBOX_PREFIX"}
)

// connectionFlags says with flags what a script's variables say about the connection; not
// ok: one of them has no flag.
func connectionFlags(variable func(string) string) (flags []string, ok bool) {
	for _, name := range hasNone {
		if variable(name) != "" {
			return nil, false
		}
	}
	for name, flag := range hasFlag {
		if value := variable(name); value != "" {
			flags = append(flags, flag+"="+value)
		}
	}
	return flags, true
}

// onlyTheScripts keeps what this user has set for the nats command out of looks in this
// process, as it is kept out of the scripts' own.
func onlyTheScripts(t *testing.T) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, name := range slices.AppendSeq(slices.Clone(hasNone), maps.Keys(hasFlag)) {
		t.Setenv(name, "")
	}
}

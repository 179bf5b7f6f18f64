package cmd_test

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
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

// seenWithin is how long see waits for what should be seen.
const seenWithin = 30 * time.Second

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
	path, err := look(name, ts.Getenv("PATH"))
	ts.Check(err)
	env, dir := environment(ts), ts.MkAbs(".")

	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	var r result
	var missing string
	for tries := 1; ; tries++ {
		now, err := runOnce(ctx, path, dir, env, args)
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
		case <-pause.C:
		}
	}
}

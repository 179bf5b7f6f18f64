// Command tally reads what `go test -json` writes and tells it to a person: a line for
// each package as it ends, everything that failing tests said, and at the end how many
// tests there were. It exits with 1 if anything failed, or if no test ran at all.
//
// It promises that nothing that failed goes by unmentioned; it refuses to know what
// the tests are about.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// event is a line of `go test -json`.
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// tally is what has been counted so far.
type tally struct {
	passed, failed, skipped int
	packages, failedIn      int
	// said is the output of each test that has not ended yet, and of each package.
	said map[[2]string]*strings.Builder
	// broken lists what failed, for the last lines.
	broken []string
	skips  []string
}

func main() {
	start := time.Now()
	t := tally{said: map[[2]string]*strings.Builder{}}
	if err := t.read(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "reading the tests' events: %v\n", err)
		os.Exit(1)
	}
	t.close(os.Stdout, time.Since(start))
	if !t.fine() {
		os.Exit(1)
	}
}

// read takes in all events, and tells of packages as they end.
func (t *tally) read(from io.Reader, to io.Writer) error {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil || e.Action == "" {
				// Not an event: the go command itself has something to say.
				fmt.Fprintf(to, "%s\n", strings.TrimRight(string(line), "\n"))
			} else {
				t.take(e, to)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) take(e event, to io.Writer) {
	key := [2]string{e.Package, e.Test}
	switch e.Action {
	case "output", "build-output":
		if e.Action == "build-output" {
			key[0] = e.ImportPath
		}
		if t.said[key] == nil {
			t.said[key] = new(strings.Builder)
		}
		t.said[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		if e.Test != "" {
			t.test(e, key, to)
			return
		}
		t.pack(e, key, to)
	}
}

func (t *tally) test(e event, key [2]string, to io.Writer) {
	said := t.said[key]
	delete(t.said, key)
	switch e.Action {
	case "pass":
		t.passed++
	case "skip":
		t.skipped++
		t.skips = append(t.skips, e.Package+" "+e.Test)
	case "fail":
		t.failed++
		t.broken = append(t.broken, e.Package+" "+e.Test)
		if said != nil {
			fmt.Fprint(to, said.String())
		}
	}
}

func (t *tally) pack(e event, key [2]string, to io.Writer) {
	said := t.said[key]
	delete(t.said, key)
	switch e.Action {
	case "pass":
		t.packages++
		fmt.Fprintf(to, "ok    %-40s %6.1fs\n", e.Package, e.Elapsed)
		if said != nil {
			t.keep(said.String(), to)
		}
	case "skip":
		fmt.Fprintf(to, "none  %-40s no tests\n", e.Package)
	case "fail":
		t.packages++
		t.failedIn++
		if e.FailedBuild != "" {
			if build := t.said[[2]string{e.FailedBuild, ""}]; build != nil {
				fmt.Fprint(to, build.String())
				delete(t.said, [2]string{e.FailedBuild, ""})
			}
			t.broken = append(t.broken, e.Package+" does not build")
		}
		// What stopped a test in its midst stands in the output of that test.
		for other, text := range t.said {
			if other[0] == e.Package {
				fmt.Fprint(to, text.String())
				delete(t.said, other)
				t.broken = append(t.broken, other[0]+" "+other[1]+" did not end")
			}
		}
		if said != nil {
			fmt.Fprint(to, said.String())
		}
		fmt.Fprintf(to, "FAIL  %-40s %6.1fs\n", e.Package, e.Elapsed)
	}
}

// keep repeats what a package that passed said besides the usual: coverage, figures.
func (t *tally) keep(said string, to io.Writer) {
	for _, line := range strings.Split(said, "\n") {
		switch {
		case line == "", line == "PASS", strings.HasPrefix(line, "ok  "), strings.HasPrefix(line, "testing: warning: no tests to run"):
		default:
			fmt.Fprintln(to, "      "+line)
		}
	}
}

func (t *tally) fine() bool {
	return t.failed == 0 && t.failedIn == 0 && t.passed > 0
}

// close ends with plain lines.
func (t *tally) close(to io.Writer, took time.Duration) {
	for _, name := range t.skips {
		fmt.Fprintf(to, "skipped: %s\n", name)
	}
	for _, name := range t.broken {
		fmt.Fprintf(to, "failed: %s\n", name)
	}
	verdict := "PASS"
	if !t.fine() {
		verdict = "FAIL"
	}
	fmt.Fprintf(to, "%s: %d tests passed, %d failed, %d skipped, in %d packages, in %s\n",
		verdict, t.passed, t.failed, t.skipped, t.packages, took.Round(100*time.Millisecond))
}

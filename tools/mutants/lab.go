package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Verdicts on a mutant.
const (
	caught   = "caught"
	survived = "SURVIVED"
	// stale: a text to be replaced is no longer there exactly once.
	stale = "STALE"
	// invalid: what came out does not compile, so no test had a say.
	invalid = "DOES NOT COMPILE"
	// futile: its tests fail on the unchanged code, too.
	futile = "TESTS FAIL ANYWAY"
)

// finding is what became of one mutant.
type finding struct {
	Name    string `json:"mutant"`
	Rule    string `json:"rule"`
	Verdict string `json:"verdict"`
	// By lists the tests that failed, innermost ones only.
	By []string `json:"by,omitempty"`
	// Why says more, where it was not caught.
	Why     string  `json:"why,omitempty"`
	Seconds float64 `json:"seconds"`
}

// lab tries mutants, several at a time, each in a copy of the module.
type lab struct {
	root     string
	parallel int
	limit    time.Duration
	log      io.Writer
}

// try gives a finding for each mutant, in their order.
func (l lab) try(ctx context.Context, mutants []mutant) ([]finding, error) {
	bench, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return nil, fmt.Errorf("making room for copies: %w", err)
	}
	defer os.RemoveAll(bench)

	// Each worker keeps its directory, so that the build cache knows what it has built there.
	seats := make(chan string, l.parallel)
	for i := range l.parallel {
		seats <- filepath.Join(bench, strconv.Itoa(i))
	}
	anyway, err := l.unchanged(ctx, seats, mutants)
	if err != nil {
		return nil, err
	}
	out := make([]finding, len(mutants))
	faults := make([]error, len(mutants))
	var done sync.Mutex
	count := 0
	each(len(mutants), seats, func(i int, seat string) {
		if ctx.Err() != nil {
			return
		}
		m := mutants[i]
		if by, fails := anyway[strings.Join(m.Test, " ")]; fails {
			out[i] = finding{Name: m.Name, Rule: m.Rule, Verdict: futile, By: by}
		} else {
			out[i], faults[i] = l.one(ctx, seat, m)
		}
		done.Lock()
		defer done.Unlock()
		count++
		fmt.Fprintf(l.log, "%d of %d: %s: %s %s\n", count, len(mutants), m.Name, out[i].Verdict, out[i].noticed())
	})
	if ctx.Err() != nil {
		return nil, errors.New("told to stop")
	}
	return out, errors.Join(faults...)
}

// each calls work for 0 to n-1, as many at a time as there are seats.
func each(n int, seats chan string, work func(i int, seat string)) {
	var all sync.WaitGroup
	for i := range n {
		seat := <-seats
		all.Go(func() {
			defer func() { seats <- seat }()
			work(i, seat)
		})
	}
	all.Wait()
}

// unchanged runs the tests without a mutant, and gives those that fail.
func (l lab) unchanged(ctx context.Context, seats chan string, mutants []mutant) (map[string][]string, error) {
	var tests [][]string
	for _, m := range mutants {
		if !slices.ContainsFunc(tests, func(t []string) bool { return slices.Equal(t, m.Test) }) {
			tests = append(tests, m.Test)
		}
	}
	out := map[string][]string{}
	var lock sync.Mutex
	var fault error
	each(len(tests), seats, func(i int, seat string) {
		fmt.Fprintf(l.log, "without a mutant: go test %s\n", strings.Join(tests[i], " "))
		err := copyTree(l.root, seat)
		var o outcome
		if err == nil {
			o, err = l.test(ctx, seat, tests[i])
		}
		lock.Lock()
		defer lock.Unlock()
		fault = errors.Join(fault, err)
		if !o.passed {
			out[strings.Join(tests[i], " ")] = o.failed
			fmt.Fprintf(l.log, "they fail without any mutant:\n%s\n", o.said)
		} else if o.ran == 0 {
			fault = errors.Join(fault, fmt.Errorf("go test %s: there is no such test", strings.Join(tests[i], " ")))
		}
	})
	return out, fault
}

// one tries one mutant.
func (l lab) one(ctx context.Context, dir string, m mutant) (finding, error) {
	start := time.Now()
	f := finding{Name: m.Name, Rule: m.Rule}
	if err := copyTree(l.root, dir); err != nil {
		return f, err
	}
	for _, e := range m.Edits {
		path := filepath.Join(dir, filepath.FromSlash(e.File))
		text, err := os.ReadFile(path)
		if err != nil {
			f.Verdict, f.Why = stale, e.File+" is not there"
			return f, nil
		}
		if n := strings.Count(string(text), e.Old); n != 1 {
			f.Verdict, f.Why = stale, fmt.Sprintf("the old text stands %d times in %s", n, e.File)
			return f, nil
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), e.Old, e.New, 1)), 0o644); err != nil {
			return f, fmt.Errorf("changing %s: %w", e.File, err)
		}
	}
	o, err := l.test(ctx, dir, m.Test)
	f.Seconds = time.Since(start).Seconds()
	switch {
	case err != nil:
		return f, err
	case o.passed:
		f.Verdict, f.Why = survived, "go test "+strings.Join(m.Test, " ")+" passes"
	case o.broken != "":
		f.Verdict, f.Why = invalid, o.broken
	default:
		f.Verdict, f.By = caught, o.failed
	}
	return f, nil
}

// outcome is what a run of tests came to.
type outcome struct {
	passed bool
	ran    int
	failed []string
	// broken is what the compiler said, if it refused.
	broken string
	said   string
}

// test runs `go test` in a copy.
func (l lab) test(ctx context.Context, dir string, test []string) (outcome, error) {
	// The tests end themselves at the limit; the go command gets a little longer to tell.
	ctx, cancel := context.WithTimeout(ctx, l.limit+5*time.Minute)
	defer cancel()
	args := append([]string{"test", "-json", "-count=1", "-vet=off", "-timeout", l.limit.String()}, test...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return outcome{}, fmt.Errorf("running go test %s: %w", strings.Join(test, " "), err)
	}
	if ctx.Err() != nil {
		return outcome{}, fmt.Errorf("running go test %s: %w", strings.Join(test, " "), ctx.Err())
	}
	o := read(string(out))
	o.passed = err == nil
	if !o.passed && o.broken == "" && len(o.failed) == 0 {
		// A panic, an exit or the time limit outside any test.
		o.failed = []string{"go test: " + lastLine(o.said)}
	}
	return o, nil
}

// read takes from `go test -json` what failed.
func read(events string) outcome {
	var o outcome
	var said, build strings.Builder
	fails, open := map[string]bool{}, map[string]bool{}
	for _, line := range strings.Split(events, "\n") {
		var e struct{ Action, Package, Test, Output, FailedBuild string }
		if json.Unmarshal([]byte(line), &e) != nil {
			said.WriteString(line + "\n")
			continue
		}
		name := filepath.Base(e.Package) + " " + e.Test
		switch {
		case e.Action == "build-output":
			build.WriteString(e.Output)
		case e.Action == "output":
			said.WriteString(e.Output)
		case e.Action == "run":
			o.ran++
			open[name] = true
		case e.Action == "pass", e.Action == "skip":
			delete(open, name)
		case e.Action == "fail" && e.Test != "":
			fails[name] = true
			delete(open, name)
		case e.Action == "fail" && e.FailedBuild != "":
			o.broken = strings.TrimSpace(build.String())
		}
	}
	// A test that neither passed nor failed is one in which the program ended.
	for name := range open {
		fails[name] = true
	}
	for name := range fails {
		inner := false
		for other := range fails {
			inner = inner || strings.HasPrefix(other, name+"/")
		}
		if !inner {
			o.failed = append(o.failed, name)
		}
	}
	slices.Sort(o.failed)
	o.said = said.String() + build.String()
	return o
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

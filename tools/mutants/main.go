// Command mutants shows what the tests are worth: it takes one rule out of the code at
// a time, in a copy, and runs the tests that should notice.
//
// A mutant is an entry in testdata/mutants/*.txt, explained in README.md there: the
// sentence of the rule that is taken out, the text that is replaced, and the tests that
// should fail. The tool first runs those tests on an unchanged copy, since a test that
// fails anyway notices nothing.
//
// It promises to leave the tree as it is, and to exit with 1 if a mutant survived, if
// a text to be replaced is no longer there once, or if what came out does not compile.
// It refuses to know what the rules mean.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) int {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	root := flags.String("root", ".", "the module to mutate")
	list := flags.String("list", "", "where the entries are (default: testdata/mutants in the module)")
	only := flags.String("only", "", "only mutants whose name matches this regular expression")
	parallel := flags.Int("parallel", max(1, runtime.NumCPU()/2), "how many at a time")
	limit := flags.Duration("timeout", 3*time.Minute, "how long the tests of one mutant may take")
	asJSON := flags.Bool("json", false, "print JSON instead of a table")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintf(os.Stderr, "reading -only: %v\n", err)
		return 2
	}
	all, err := load(*root, *list)
	if err != nil {
		fmt.Fprintf(os.Stderr, "reading the mutants: %v\n", err)
		return 1
	}
	var mutants []mutant
	for _, m := range all {
		if wanted.MatchString(m.Name) {
			mutants = append(mutants, m)
		}
	}
	if len(mutants) == 0 {
		fmt.Fprintln(os.Stderr, "no mutant to try: testdata/mutants/*.txt has none that matches")
		return 1
	}
	lab := lab{root: *root, parallel: *parallel, limit: *limit, log: os.Stderr}
	found, err := lab.try(ctx, mutants)
	if err != nil {
		fmt.Fprintf(os.Stderr, "trying the mutants: %v\n", err)
		return 1
	}
	if *asJSON {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(found); err != nil {
			fmt.Fprintf(os.Stderr, "printing: %v\n", err)
			return 1
		}
	} else {
		fmt.Print(table(found))
	}
	for _, f := range found {
		if f.Verdict != caught {
			return 1
		}
	}
	return 0
}

// Command figures reads what `go test -bench` writes and prints its figures as a table,
// one row for each: benchmark, figure, unit. Everything else that the benchmarks say
// goes to stderr. It exits with 1 if one of them failed, or if there was none.
//
// It refuses to know which figure is a good one: the benchmarks fail by themselves when
// a figure is beyond what was promised.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// figure is one number of one benchmark.
type figure struct {
	benchmark, value, unit string
}

// processors is what go test appends to a benchmark's name.
var processors = regexp.MustCompile(`-\d+$`)

func main() {
	figures, failed, err := read(os.Stdin, os.Stderr)
	if err != nil {
		fmt.Fprintf(os.Stderr, "reading the benchmarks: %v\n", err)
		os.Exit(1)
	}
	fmt.Print(table(figures))
	if failed || len(figures) == 0 {
		fmt.Fprintln(os.Stderr, "FAIL: a benchmark failed, or there was none")
		os.Exit(1)
	}
}

// read finds the figures, and passes everything else on.
func read(from io.Reader, rest io.Writer) (figures []figure, failed bool, err error) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") || len(fields)%2 != 0 {
			failed = failed || strings.HasPrefix(strings.TrimSpace(line), "--- FAIL") || strings.HasPrefix(line, "FAIL")
			fmt.Fprintln(rest, line)
			continue
		}
		name := strings.TrimPrefix(processors.ReplaceAllString(fields[0], ""), "Benchmark")
		for i := 2; i+1 < len(fields); i += 2 {
			figures = append(figures, figure{name, fields[i], fields[i+1]})
		}
	}
	return figures, failed, lines.Err()
}

// table aligns names to the left and numbers to the right.
func table(figures []figure) string {
	name, value := len("benchmark"), len("figure")
	for _, f := range figures {
		name, value = max(name, len(f.benchmark)), max(value, len(f.value))
	}
	var out strings.Builder
	row := func(benchmark, figure, unit string) {
		fmt.Fprintf(&out, "%-*s  %*s  %s\n", name, benchmark, value, figure, unit)
	}
	row("benchmark", "figure", "unit")
	row(strings.Repeat("-", name), strings.Repeat("-", value), "----")
	previous := ""
	for _, f := range figures {
		shown := f.benchmark
		if shown == previous {
			shown = ""
		}
		row(shown, f.value, f.unit)
		previous = f.benchmark
	}
	return out.String()
}

package main

import (
	"strings"
	"testing"
)

func TestFigures(t *testing.T) {
	var rest strings.Builder
	figures, failed, err := read(strings.NewReader(strings.Join([]string{
		"goos: linux",
		"BenchmarkSubmit/one_server-4         	     100	  600123 ns/op	         1.20 publishes",
		"BenchmarkStep-4 	 2000000	       512 ns/op",
		"PASS",
	}, "\n")), &rest)
	if err != nil || failed {
		t.Fatalf("failed %t, %v", failed, err)
	}
	want := "" +
		"benchmark          figure  unit\n" +
		"-----------------  ------  ----\n" +
		"Submit/one_server  600123  ns/op\n" +
		"                     1.20  publishes\n" +
		"Step                  512  ns/op\n"
	if got := table(figures); got != want {
		t.Errorf("want\n%s\ngot\n%s", want, got)
	}
	if rest.String() != "goos: linux\nPASS\n" {
		t.Errorf("passed on: %q", rest.String())
	}
	if _, failed, _ := read(strings.NewReader("--- FAIL: BenchmarkSubmit\nFAIL\n"), &rest); !failed {
		t.Error("a failed benchmark passed")
	}
}

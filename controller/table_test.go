package controller

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the tests find instead of comparing")

// The table has no empty cell: for every situation and every happening it says what
// happens, in words and as code.
func TestTableHasNoEmptyCell(t *testing.T) {
	for s := range situations {
		if situationNames[s] == "" {
			t.Errorf("situation %d has no name", s)
		}
		for w := range whats {
			if c := table[s][w]; c.do == nil || c.then == "" {
				t.Errorf("%s x %s is empty", s, w)
			}
		}
	}
}

// The documents show the table that the code uses.
func TestMachineIsDocumented(t *testing.T) {
	const file = "../docs/machine.md"
	want := MachineDocument()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is stale: run `make generate`", file)
	}
	if !strings.Contains(want, "awaiting_approval --> running: approved") {
		t.Error("the diagram misses the way from awaiting_approval to running")
	}
}

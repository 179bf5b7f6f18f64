package schema

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The committed schemas and documents are those that the types make.
func TestGeneratedFilesAreUpToDate(t *testing.T) {
	// Reading the generator lets the test cache know when it has changed.
	sources, err := filepath.Glob("../tools/schemagen/*")
	if err != nil || len(sources) == 0 {
		t.Fatalf("finding the generator: %v (%d files)", err, len(sources))
	}
	read := append(sources, "../tools/go.mod")
	for _, name := range read {
		if _, err := os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	run := exec.Command("go", "-C", "../tools", "run", "./schemagen", "-root", "..", "-check")
	run.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false", "GOWORK=off")
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// Every input has a plan: one that lost it would be decoded five times slower.
func TestEveryInputHasAPlan(t *testing.T) {
	for _, kind := range Kinds() {
		if _, err := compiled[kind](); err != nil {
			t.Error(err)
		}
		if Input(kind) && plans[kind]() == nil {
			t.Errorf("%s has no plan: teach planValue what is new in its schema", kind)
		}
	}
}

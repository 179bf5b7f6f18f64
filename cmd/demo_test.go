package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// The demo's requests are recorded ones, not others that look like them.
func TestDemoPlaysRecordedRequests(t *testing.T) {
	files, err := filepath.Glob("demo/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("the demo has no requests: %v", err)
	}
	for _, file := range files {
		ours, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		recorded, err := os.ReadFile(filepath.Join("..", "testdata", "requests", filepath.Base(file)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ours, recorded) {
			t.Errorf("%s differs from the recorded one: copy it again", file)
		}
	}
}

func TestDemoResumes(t *testing.T) {
	args := []string{"demo", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", t.TempDir(), "--speed", "20"}
	p := serveHere(t, args...)
	p.waitFor(regexp.MustCompile(`approve demo-1 `))
	for deadline := time.Now().Add(longest); p.run("status", "demo-1").code != 6; {
		if time.Now().After(deadline) {
			t.Fatalf("demo-1 never came:\n%s", p.stderr)
		}
	}
	p.end(0)
	p.waitFor(regexp.MustCompile(`stopped; another run goes on from here`))

	again := serveHere(t, args...)
	again.waitFor(regexp.MustCompile(`resuming: demo-1 awaits approval`))
	again.ask("approve", "demo-1", "--yes")
	again.run("wait", "demo-1", "--timeout", "60s").want(t, 0, "*", "completed (cured)")
}

package cmd

import (
	"strings"
	"testing"
	"time"
)

// A webhook that was away while the log was trimmed goes on with what is kept, and counts
// what it has missed.
func TestTheWebhookGoesOnBehindATrimmedLog(t *testing.T) {
	r := newHooked(t, "", "", "--retain-every", "100ms", "--checkpoint-every", "5")
	r.args = append(r.args, "--policy", r.write("policy.yaml",
		"observe: 0s\nhold: 0s\nretention: {cancelled: {age: 1s}, completed: {age: 1s}, failed: {age: 1s}, rejected: {age: 1s}, joined: {age: 1s}}\n"))
	p := r.serve()
	r.heard(r.interrupted(p))
	p.end(0)

	p = serveHere(t, r.args...)
	for deadline := time.Now().Add(longest); !strings.Contains(p.stderr.String(), "trimmed the log"); time.Sleep(100 * time.Millisecond) {
		if r.interrupted(p); time.Now().After(deadline) {
			t.Fatalf("the log is not trimmed:\n%s", p.stderr.String())
		}
	}
	p.end(0)

	p = r.serve()
	r.heard(r.interrupted(p))
	if _, body := p.get("/webhook"); strings.Contains(body, `"missed":0`) {
		t.Errorf("it does not say what it missed: %s", body)
	}
	p.end(0)
}

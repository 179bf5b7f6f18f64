package cmd

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A webhook that was away while the log was trimmed goes on with what is kept, and counts
// what it has missed.
func TestTheWebhookGoesOnBehindATrimmedLog(t *testing.T) {
	r := &receiver{t: t}
	server := httptest.NewServer(r)
	defer server.Close()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("secret", sharedSecret+"\n")
	hook := write("hook.yaml", "url: "+server.URL+"\nsecret_file: secret\n")
	policy := write("policy.yaml", "observe: 0s\nhold: 0s\nretention: {cancelled: {age: 1s}, completed: {age: 1s}, failed: {age: 1s}, rejected: {age: 1s}, joined: {age: 1s}}\n")
	args := []string{"serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", filepath.Join(dir, "data"), "--system", "cms", "--simulate",
		"--policy", policy, "--retain-every", "100ms", "--checkpoint-every", "5"}
	asked := 0
	cycle := func(p *inProcess) string {
		t.Helper()
		asked++
		file := write("request.json", fmt.Sprintf(`{"problem":{"id":"%d","title":"FED stuck"},"steps":[{"by_hand":true,"title":"push"}]}`, asked))
		token := p.ask("--system", "cms", "request", file, "--expert", "daqexpert")
		p.ask("interrupt", token)
		return token + ".end"
	}
	p := serveHere(t, append(args, "--webhook", hook)...)
	first := cycle(p)
	r.until(first, func() bool { return slices.Contains(r.told(), first) })
	p.end(0)

	p = serveHere(t, args...)
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(p.stderr.String(), "trimmed the log"); time.Sleep(100 * time.Millisecond) {
		if cycle(p); time.Now().After(deadline) {
			t.Fatalf("the log is not trimmed:\n%s", p.stderr.String())
		}
	}
	p.end(0)

	p = serveHere(t, append(args, "--webhook", hook)...)
	last := cycle(p)
	r.until(last, func() bool { return slices.Contains(r.told(), last) })
	if _, body := p.get("/webhook"); strings.Contains(body, `"missed":0`) {
		t.Errorf("it does not say what it missed: %s", body)
	}
	p.end(0)
}

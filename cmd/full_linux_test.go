package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"expertcontroller/broker/brokertest"
)

// A real disk fills up under a controller that is asked all the while. It says that it is
// not ready and what to do, and with room again it goes on by itself: whoever asked gets
// the answer, and nothing is decided twice.
func TestAFullDisk(t *testing.T) {
	dir, ok := brokertest.SmallDisk(t, "48m")
	if !ok {
		return // who may not mount one has the broker's tests of healing
	}
	p := serveHere(t, "serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", dir, "--disk-reserve", "0")
	requests := t.TempDir()
	answers := make(chan ran)
	ask := func(n int) {
		file := filepath.Join(requests, fmt.Sprint(n))
		if err := os.WriteFile(file, fmt.Appendf(nil, `{"problem":{"id":"%d","title":"FED stuck %d"},"steps":[{"title":"by hand","by_hand":true}]}`, n, n), 0o600); err != nil {
			t.Error(err)
		}
		go func() { answers <- p.run("request", file, "--expert", "e", "--id", fmt.Sprint("r", n)) }()
	}
	seen := map[string]bool{}
	answer := func() {
		t.Helper()
		a := <-answers
		token := strings.TrimSpace(a.out)
		if !strings.HasPrefix(token, "default-") || seen[token] {
			t.Errorf("a request got %q (code %d): %s", token, a.code, a.err)
		}
		seen[token] = true
	}
	for n := range 5 {
		ask(n)
		answer()
	}
	free := brokertest.Fill(t, dir)
	for n := 5; n < 15; n++ {
		ask(n)
	}
	ready := func(want int, words ...string) func() bool {
		return func() bool {
			code, body := p.get("/readyz")
			for _, w := range words {
				if !strings.Contains(body, w) {
					return false
				}
			}
			return code == want
		}
	}
	p.eventually(ready(503, "is full", "make room"))
	free()
	for n := 5; n < 15; n++ {
		answer()
	}
	p.eventually(ready(200))
	ask(15)
	answer()
	var history struct{ Records []struct{ Token string } }
	deadline := time.Now().Add(longest)
	for len(history.Records) < len(seen) && time.Now().Before(deadline) {
		if err := json.Unmarshal([]byte(p.ask("history", "--json")), &history); err != nil {
			t.Fatal(err)
		}
	}
	if len(history.Records) != len(seen) {
		t.Errorf("%d recoveries of %d requests", len(history.Records), len(seen))
	}
	p.ask("audit", "verify")
}

// Only the disk of the database is full: the controller ends with what to do, although
// nothing further comes in; with room it goes on.
func TestAFullDiskOfTheDatabase(t *testing.T) {
	dir, ok := brokertest.SmallDisk(t, "16m")
	if !ok {
		return // who may not mount one has the store's tests
	}
	url := newBroker(t)
	args := []string{"serve", "--server", url, "--http", "127.0.0.1:0", "--data", filepath.Join(dir, "data"), "--disk-reserve", "0"}
	p := &inProcess{t: t, stderr: &lockedBuffer{}, ended: make(chan int, 1)}
	go func() { p.ended <- Main(t.Context(), args, strings.NewReader(""), io.Discard, p.stderr) }()
	p.url, p.page = p.waitFor(readyLine)[2], p.waitFor(readyLine)[3]
	free := brokertest.Fill(t, dir)
	for n := 0; !strings.Contains(p.stderr.String(), "the disk is full"); n++ {
		if n == 500 {
			t.Fatal("the database is never full")
		}
		p.run("note", "default-1", strings.Repeat("x", 2000))
		p.run("history") // waits until it is written, so that none follows the one that can't be
	}
	select {
	case code := <-p.ended:
		if said := p.stderr.String(); code != 1 || !strings.Contains(said, "make room and restart") {
			t.Errorf("it ended with code %d:\n%s", code, said)
		}
	case <-time.After(longest):
		t.Fatalf("it does not end:\n%s", p.stderr)
	}
	free()
	serveHere(t, args...).ask("audit", "verify", "--data", filepath.Join(dir, "data"))
}

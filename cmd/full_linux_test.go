package cmd

import (
	"encoding/json"
	"fmt"
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

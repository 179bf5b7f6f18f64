package cmd

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A disk that takes no more of how far the webhook got, or a file that a crash left
// damaged, is said, and tried again: recoveries, and notices, go on.
func TestTheControllerOutlivesTheWebhooksFile(t *testing.T) {
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
	args := []string{"serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", filepath.Join(dir, "data"), "--system", "cms", "--simulate", "--webhook", hook}
	p := serveHere(t, args...)
	kept := filepath.Join(dir, "data", "webhook")
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	asked := 0
	ask := func() string {
		t.Helper()
		asked++
		file := write("request.json", fmt.Sprintf(`{"problem":{"id":"%d","title":"FED stuck"},"steps":[{"by_hand":true,"title":"push"}]}`, asked))
		token := p.ask("--system", "cms", "request", file, "--expert", "daqexpert")
		p.ask("interrupt", token)
		return token + ".end"
	}
	heard := func(id string) {
		t.Helper()
		r.until(id, func() bool { return strings.Contains(strings.Join(r.told(), " ")+" ", id+" ") })
	}
	says := func(code int, text string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			is, body := p.get("/webhook")
			if is == code && strings.Contains(body, text) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("/webhook answers %d %s, and should answer %d with %q", is, body, code, text)
			}
		}
		if code, _ := p.get("/readyz"); code != http.StatusOK {
			t.Fatalf("/readyz answers %d", code)
		}
	}
	heard(ask())
	move(kept, kept+".away")
	if err := os.WriteFile(kept, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	heard(ask())
	says(http.StatusServiceUnavailable, "writing how far the webhook got")
	if err := os.Remove(kept); err != nil {
		t.Fatal(err)
	}
	move(kept+".away", kept)
	heard(ask())
	says(http.StatusOK, "")
	p.end(0)

	position := filepath.Join(kept, "cms.json")
	if err := os.WriteFile(position, []byte(`{"sys`), 0o600); err != nil {
		t.Fatal(err)
	}
	p = serveHere(t, args...)
	says(http.StatusServiceUnavailable, "is damaged")
	ask()
	if err := os.Remove(position); err != nil {
		t.Fatal(err)
	}
	says(http.StatusOK, "")
	heard(ask())
	p.end(0)
}

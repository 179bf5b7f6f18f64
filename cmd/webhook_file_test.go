package cmd

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A disk that takes no more of how far the webhook got, or a file that a crash left
// damaged, is said, and tried again: recoveries, and notices, go on.
func TestTheControllerOutlivesTheWebhooksFile(t *testing.T) {
	r := newHooked(t, "", "")
	p := r.serve()
	kept := filepath.Join(r.dir, "data", "webhook")
	away := kept + ".away"
	// The controller may be making what it keeps anew at this very moment.
	place := func(there func() error) {
		t.Helper()
		for deadline := time.Now().Add(longest); ; {
			err := there()
			if err == nil {
				return
			}
			if err := errors.Join(err, os.RemoveAll(kept)); time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
	}
	says := func(code int, text string) {
		t.Helper()
		for deadline := time.Now().Add(longest); ; time.Sleep(10 * time.Millisecond) {
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
	r.heard(r.interrupted(p))
	if err := os.Rename(kept, away); err != nil {
		t.Fatal(err)
	}
	place(func() error { return os.WriteFile(kept, nil, 0o600) })
	r.heard(r.interrupted(p))
	says(http.StatusServiceUnavailable, "writing how far the webhook got")
	if err := os.Remove(kept); err != nil {
		t.Fatal(err)
	}
	place(func() error { return os.Rename(away, kept) })
	r.heard(r.interrupted(p))
	says(http.StatusOK, "")
	p.end(0)

	position := filepath.Join(kept, "cms.json")
	if err := os.WriteFile(position, []byte(`{"sys`), 0o600); err != nil {
		t.Fatal(err)
	}
	p = r.serve()
	says(http.StatusServiceUnavailable, "is damaged")
	r.interrupted(p)
	if err := os.Remove(position); err != nil {
		t.Fatal(err)
	}
	says(http.StatusOK, "")
	r.heard(r.interrupted(p))
	p.end(0)
}

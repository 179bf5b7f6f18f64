package cmd

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"expertcontroller/schema"
)

// A signed checkpoint is posted to an address outside, once or again and again; what was
// kept there verifies the log later, and what was not kept is said.
func TestCheckpointsArePosted(t *testing.T) {
	p := serveHere(t, onFreePorts(t)...)
	dir := t.TempDir()
	key := filepath.Join(dir, "audit.key")
	runCommand(t.Context(), "", "audit", "key", key).want(t, 0, "", "private key")
	var full atomic.Bool
	kept, refused := make(chan string, 10_000), make(chan struct{}, 1)
	notary := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s of %q: %v", r.Method, r.Header.Get("Content-Type"), err)
		}
		if full.Load() {
			http.Error(w, "full", http.StatusInsufficientStorage)
			select {
			case refused <- struct{}{}:
			default:
			}
			return
		}
		kept <- string(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer notary.Close()
	lines := ""
	take := func() schema.SignedCheckpoint {
		t.Helper()
		select {
		case line := <-kept:
			lines += line
			s, err := schema.Read[schema.SignedCheckpoint]([]byte(line))
			if err != nil || !genuine(s) || s.System != "default" || s.Entry == 0 {
				t.Errorf("%v: %s", err, line)
			}
			return s
		case <-time.After(longest):
			t.Fatal("nothing was posted")
		}
		panic("unreachable")
	}
	p.ask("mode", "manual")
	p.run("audit", "checkpoint", "--key", key, "--to", notary.URL).want(t, 0, "", "signed entry")
	first := take()

	// Again and again, until it is told to stop.
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	each := make(chan ran, 1)
	go func() {
		each <- runCommand(ctx, "", "--server", p.url, "audit", "checkpoint", "--key", key, "--to", notary.URL, "--every", "20ms")
	}()
	p.ask("mode", "approval")
	for take().Entry <= first.Entry {
	}
	full.Store(true)
	select {
	case <-refused:
	case <-time.After(longest):
		t.Fatal("nothing more was posted")
	}
	full.Store(false)
	p.ask("mode", "manual")
	for take().Entry <= first.Entry+1 {
	}
	stop()
	(<-each).want(t, 0, "", "507", "tried again in 20ms")
	for drained := false; !drained; {
		select {
		case line := <-kept:
			lines += line
		default:
			drained = true
		}
	}

	against := filepath.Join(dir, "kept.jsonl")
	if err := os.WriteFile(against, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := p.ask("audit", "verify", "--against", against, "--public-key", key+".pub"); !strings.Contains(said, "signed checkpoints fit") {
		t.Error(said)
	}
	if err := os.WriteFile(against, []byte(strings.Replace(lines, first.Hash, strings.Repeat("0", len(first.Hash)), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run("audit", "verify", "--against", against, "--public-key", key+".pub").want(t, 3, "", "altered")

	notary.Close()
	p.run("audit", "checkpoint", "--key", key, "--to", notary.URL).want(t, 1, "", "see that the address can be reached")
}

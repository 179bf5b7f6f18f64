package cmd

import (
	"crypto/hmac"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"expertcontroller/bridge/webhook"
	"expertcontroller/schema"
)

// receiver is a real server that takes notices, or refuses them while it is told to.
type receiver struct {
	t  *testing.T
	mu sync.Mutex
	// deaf makes it answer 500; tries counts what it refused.
	deaf  bool
	tries int
	taken []webhook.Notice
}

const sharedSecret = "not for everybody"

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return // cut while the controller was killed
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	want := webhook.Sign([]byte(sharedSecret), q.Header.Get(webhook.HeaderTime), body)
	if !hmac.Equal([]byte(want), []byte(q.Header.Get(webhook.HeaderSignature))) {
		r.t.Errorf("the signature is %q, not %q", q.Header.Get(webhook.HeaderSignature), want)
	}
	n, err := schema.Read[webhook.Notice](body)
	if err != nil || n.ID != q.Header.Get(webhook.HeaderID) {
		r.t.Errorf("%v: %s is %s", err, q.Header.Get(webhook.HeaderID), body)
	}
	if r.deaf {
		r.tries++
		http.Error(w, "not now", http.StatusInternalServerError)
		return
	}
	r.taken = append(r.taken, n)
}

// until waits for what was taken to be so.
func (r *receiver) until(what string, so func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(longest); ; time.Sleep(10 * time.Millisecond) {
		r.mu.Lock()
		is := so()
		r.mu.Unlock()
		if is {
			return
		}
		if time.Now().After(deadline) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.t.Fatalf("%s: %d refused; taken: %s", what, r.tries, strings.Join(r.told(), ", "))
		}
	}
}

func (r *receiver) told() []string {
	var out []string
	for _, n := range r.taken {
		_, id, _ := strings.Cut(n.ID, "/")
		if !slices.Contains(out, id) { // at least once
			out = append(out, id)
		}
	}
	return out
}

func (r *receiver) hearing(deaf bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deaf = deaf
}

// hooked is a receiver, with the files and flags of a controller that tells it what happens.
type hooked struct {
	receiver
	dir string
	// args are those of a controller without the webhook, which hook adds.
	args, hook []string
	asked      int
}

// newHooked has the notices sent to this path, with these lines more in the webhook's file.
func newHooked(t *testing.T, path, more string, args ...string) *hooked {
	h := &hooked{receiver: receiver{t: t}, dir: t.TempDir()}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.write("secret", sharedSecret+"\n")
	h.hook = []string{"--webhook", h.write("hook.yaml", "url: "+server.URL+path+"\nsecret_file: secret\n"+more)}
	h.args = append([]string{"serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", filepath.Join(h.dir, "data"), "--system", "cms", "--simulate"}, args...)
	return h
}

// write writes a file beside the controller's data.
func (h *hooked) write(name, text string) string {
	h.t.Helper()
	file := filepath.Join(h.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return file
}

// serve starts the controller, with the webhook.
func (h *hooked) serve() *inProcess {
	h.t.Helper()
	return serveHere(h.t, slices.Concat(h.args, h.hook)...)
}

// ask asks for a recovery with this step, a problem of its own each time.
func (h *hooked) ask(p *inProcess, step string) (token string) {
	h.t.Helper()
	h.asked++
	file := h.write("request.json", fmt.Sprintf(`{"problem":{"id":"%d","title":"FED \"stuck\""},"steps":[%s]}`, h.asked, step))
	return p.ask("--system", "cms", "request", file, "--expert", "daqexpert")
}

// interrupted asks for a recovery and interrupts it: the notice to come.
func (h *hooked) interrupted(p *inProcess) (id string) {
	h.t.Helper()
	token := h.ask(p, `{"by_hand":true,"title":"push"}`)
	p.ask("interrupt", token)
	return token + ".end"
}

// heard waits for a notice.
func (h *hooked) heard(id string) {
	h.t.Helper()
	h.until(id, func() bool { return slices.Contains(h.told(), id) })
}

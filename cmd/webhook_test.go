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
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
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

// A receiver that is deaf for a while, during which the controller is restarted, hears
// everything afterwards, in order; meanwhile its failure can be seen.
func TestTheWebhookLosesNothing(t *testing.T) {
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
	hook := write("hook.yaml", "url: "+server.URL+"/in/s3cret-path\nsecret_file: secret\nlink: http://desk.example/{token}\n")
	policy := write("policy.yaml", "observe: 0s\nhold: 0s\n")
	args := []string{"serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", filepath.Join(dir, "data"), "--system", "cms",
		"--simulate", "--speed", "50", "--policy", policy, "--webhook", hook}
	p := serveHere(t, args...)
	cycle := func(n int) {
		t.Helper()
		file := write("request.json", fmt.Sprintf(`{"problem":{"id":"%d","title":"FED \"stuck\""},"steps":[{"action":"ttc_hard_reset"}]}`, n))
		token := p.ask("--system", "cms", "request", file, "--expert", "daqexpert")
		p.ask("approve", token, "--yes")
		p.ask("wait", token, "--timeout", "20s")
	}
	var want []string
	expect := func(n int) {
		want = append(want, fmt.Sprintf("cms-%d.p1", n), fmt.Sprintf("cms-%d.end", n))
	}
	cycle(1)
	expect(1)
	r.until("the first", func() bool { return slices.Equal(r.told(), want) })
	first := r.taken[0]
	if first.Kind != webhook.KindPrompt || first.Title != `FED "stuck"` || first.Prompt == nil && first.State == schema.AwaitingApproval || first.Link != "http://desk.example/cms-1" || !first.Simulated {
		t.Errorf("the first notice is %+v", first)
	}
	if last := r.taken[len(r.taken)-1]; last.Kind != webhook.KindOutcome || last.State != schema.Completed || last.Reason.Code == "" {
		t.Errorf("the last notice is %+v", last)
	}

	r.hearing(true)
	cycle(2)
	expect(2)
	r.until("a try", func() bool { return r.tries > 0 })
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		code, body := p.get("/webhook")
		_, figures := p.get("/metrics")
		if code == http.StatusServiceUnavailable && strings.Contains(body, "500 Internal Server Error: not now") && strings.Contains(figures, `expertcontroller_webhook_failing{system="cms"} 1`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the failure can't be seen: %d %s", code, body)
		}
	}
	if code, _ := p.get("/readyz"); code != http.StatusOK {
		t.Errorf("a deaf receiver takes the controller away: /readyz answers %d", code)
	}
	if log := p.stderr.String(); !strings.Contains(log, "was not taken") || strings.Contains(log, "s3cret") {
		t.Errorf("the log says\n%s", log)
	}
	p.end(0)

	p = serveHere(t, args...)
	cycle(3)
	expect(3)
	r.until("a try after the restart", func() bool { return r.tries > 1 })
	r.hearing(false)
	r.until("all", func() bool { return slices.Equal(r.told(), want) })
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if code, _ := p.get("/webhook"); code == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it is not said that all is well again")
		}
	}
}

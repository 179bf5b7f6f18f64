package cmd

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"expertcontroller/bridge/webhook"
	"expertcontroller/schema"
)

// A receiver that is deaf for a while, during which the controller is restarted, hears
// everything afterwards, in order; meanwhile its failure can be seen.
func TestTheWebhookLosesNothing(t *testing.T) {
	r := newHooked(t, "/in/s3cret-path", "link: http://desk.example/{token}\n", "--speed", "50")
	r.args = append(r.args, "--policy", r.write("policy.yaml", "observe: 0s\nhold: 0s\n"))
	p := r.serve()
	cycle := func() {
		t.Helper()
		token := r.ask(p, `{"action":"ttc_hard_reset"}`)
		p.ask("approve", token, "--yes")
		p.ask("wait", token, "--timeout", "20s")
	}
	var want []string
	expect := func(n int) {
		want = append(want, fmt.Sprintf("cms-%d.p1", n), fmt.Sprintf("cms-%d.end", n))
	}
	cycle()
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
	cycle()
	expect(2)
	r.until("a try", func() bool { return r.tries > 0 })
	for deadline := time.Now().Add(longest); ; time.Sleep(10 * time.Millisecond) {
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
	if log := p.stderr.String(); !strings.Contains(log, "was not taken") || !strings.Contains(log, "the receiver's own log says") || strings.Contains(log, "s3cret") {
		t.Errorf("the log says\n%s", log)
	}
	p.end(0)

	p = r.serve()
	cycle()
	expect(3)
	r.until("a try after the restart", func() bool { return r.tries > 1 })
	r.hearing(false)
	r.until("all", func() bool { return slices.Equal(r.told(), want) })
	for deadline := time.Now().Add(longest); ; time.Sleep(10 * time.Millisecond) {
		if code, _ := p.get("/webhook"); code == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it is not said that all is well again")
		}
	}
}

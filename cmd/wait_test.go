package cmd

import (
	"context"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

func TestStatusExitCodes(t *testing.T) {
	r := newResponder(t)
	for state, code := range map[string]int{
		schema.Completed: 0, schema.Failed: 3, schema.Cancelled: 4, schema.RejectedState: 5,
		schema.Postponed: 6, schema.AwaitingApproval: 6, schema.Running: 6, schema.Stopping: 6, schema.Unclear: 6, schema.Observing: 6,
	} {
		r.on("status", recovery("default-1", state))
		g := r.run("status", "default-1")
		if g.code != code || !strings.Contains(g.out, state) {
			t.Errorf("%s: exit code %d, want %d:\n%s%s", state, g.code, code, g.out, g.err)
		}
	}

	t.Run("of several the first of 1, 6, 3, 4, 5, 0 counts", func(t *testing.T) {
		r.on("status", recovery("default-1", schema.Completed), recovery("default-2", schema.Cancelled), recovery("default-3", schema.Failed))
		r.run("status", "default-1", "default-2", "default-3").want(t, 3, "*")
		r.on("status", recovery("default-1", schema.Failed), recovery("default-2", schema.Running))
		r.run("status", "default-1", "default-2").want(t, 6, "*")
		r.on("status", recovery("default-1", schema.Running), &schema.Error{Code: 404, Text: "no such recovery", Reason: "unknown"})
		r.run("status", "default-1", "default-9").want(t, 1, "*", "no such recovery")
	})
	t.Run("a joined one is followed", func(t *testing.T) {
		joined := recovery("default-2", schema.Joined)
		joined.Joined = "default-1"
		r.on("status", joined, recovery("default-1", schema.Cancelled))
		r.run("status", "default-2").want(t, 4, "*")
	})
	t.Run("what can be no token is a usage error, and nobody is asked", func(t *testing.T) {
		r.run("status", "nonsense").want(t, 2, "", "a token is <system>-<number>")
	})
	t.Run("without a token it is the system at a glance", func(t *testing.T) {
		r.on("overview", schema.Overview{System: "default", Entry: 9, Mode: schema.ModeDocument{Mode: "approval"}})
		g := r.run("status")
		if g.code != 0 || !strings.Contains(g.out, "system default, mode approval, entry 9") {
			t.Errorf("%d %s%s", g.code, g.out, g.err)
		}
	})
}

func TestWait(t *testing.T) {
	r := newResponder(t)
	revised := func(s *schema.Status, n int) *schema.Status { s.Revision = n; return s }

	t.Run("polls until the end, and says what it sees", func(t *testing.T) {
		r.on("status", recovery("default-1", schema.AwaitingApproval), revised(recovery("default-1", schema.Running), 2), revised(recovery("default-1", schema.Completed), 3))
		r.run("wait", "default-1").want(t, 0, "*", "awaiting_approval", "running", "completed")
	})
	t.Run("a timeout is exit code 6", func(t *testing.T) {
		r.on("status", recovery("default-1", schema.Running))
		r.run("wait", "default-1", "--timeout", "1s", "--interval", "50ms").want(t, 6, "*", "the time is over")
	})
	t.Run("an unknown token ends it with exit code 1", func(t *testing.T) {
		r.on("status", &schema.Error{Code: 404, Text: "no such recovery", Reason: "unknown"})
		r.run("wait", "default-9").want(t, 1, "", "no such recovery")
	})
	t.Run("one that is behind is asked again", func(t *testing.T) {
		r.on("status", &schema.Error{Code: 503, Text: "behind", Reason: "behind"}, recovery("default-1", schema.Completed))
		r.run("wait", "default-1").want(t, 0, "*")
	})
	t.Run("what can't be waited by is refused with what can", func(t *testing.T) {
		for _, growth := range []string{"NaN", "Inf", "1e15", "1e308", "0.5"} {
			r.run("wait", "default-1", "--growth", growth).want(t, 2, "", "--growth", "from 1 to 1000")
		}
		for _, part := range []string{"NaN", "Inf", "1.5"} {
			r.run("wait", "default-1", "--jitter", part).want(t, 2, "", "--jitter", "from 0 to 1")
		}
	})
	t.Run("with --any the first that ends decides", func(t *testing.T) {
		r.on("status", recovery("default-1", schema.Failed))
		r.run("wait", "default-1", "default-2", "--any", "--timeout", "60s").want(t, 3, "*")
	})
	t.Run("an interrupted wait says that the recovery goes on, and how to look", func(t *testing.T) {
		r.on("status", recovery("default-1", schema.Running))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		r.runWith(ctx, "", "wait", "default-1", "--interval", "50ms").want(t, 6, "*", "default-1 goes on", "status default-1")
	})
	t.Run("without a controller it waits on and says so", func(t *testing.T) {
		g := runCommand(t.Context(), "", "--server", "nats://127.0.0.1:1", "wait", "default-1", "--timeout", "2s")
		g.want(t, 1, "", "waiting on", "the time is over")
	})
}

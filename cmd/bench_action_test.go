package cmd

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"expertcontroller/agent"
	"expertcontroller/schema"
)

// BenchmarkAction: from an operator's approval to the running action, compared with a
// bare publish: the approval is decided and logged, the agent's bell rings, it asks,
// journals its claim, is granted, journals that it acts, and begins. The agent is a real
// one, over TCP, with its journal on disk. Promised: a p99 of at most 12 times the bare
// publishes' p99 on one server.
func BenchmarkAction(b *testing.B) {
	perServers(b, func(b *testing.B, servers int) {
		g := startGround(b, servers, "observe: 0s\nhold: 0s\nroutes: {recycle: bench}\n")
		began := make(chan time.Time, 1)
		worker, err := agent.New(agent.Config{
			Name: "bench", System: g.system(), Controller: g.client(schema.RoleAgent, "bench"), Runner: beginner{began},
			Journal: filepath.Join(b.TempDir(), "agent.journal"),
		})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		go func() { ended <- worker.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-ended; err != nil {
				b.Error(err)
			}
		}()
		expert, operator := g.client(schema.RoleExpert, "daqexpert"), g.client(schema.RoleOperator, "anna")
		if err := until(ctx, 20*time.Second, func() error {
			actions, err := operator.Actions(ctx)
			if err == nil && len(actions.Agents) < 2 {
				err = fmt.Errorf("%d agents offer actions", len(actions.Agents))
			}
			return err
		}); err != nil {
			b.Fatal(err)
		}
		payload := encodedRequest(b, usual("0"))
		// act gives the time from the approval to the action, and lets the recovery end.
		act := func(n int) time.Duration {
			request := usual(fmt.Sprint(n))
			request.Cure = schema.CureResult
			answer, err := expert.Submit(ctx, request)
			if err != nil || answer.Verdict != schema.Accepted {
				b.Fatalf("request %d: %+v, %v", n, answer, err)
			}
			sent := time.Now()
			if answer, err := operator.Decide(ctx, schema.Decide{Prompt: schema.PromptID(answer.Token, 1), Decision: schema.Approve}); err != nil || answer.Verdict != schema.Recorded {
				b.Fatalf("approving %d: %+v, %v", n, answer, err)
			}
			patience := time.NewTimer(20 * time.Second)
			defer patience.Stop()
			var took time.Duration
			select {
			case at := <-began:
				took = at.Sub(sent)
			case <-patience.C:
				b.Fatalf("%s has not begun", answer.Token)
			}
			if err := until(ctx, 20*time.Second, func() error {
				s, err := operator.Status(ctx, answer.Token)
				if err == nil && !s.Terminal {
					err = fmt.Errorf("%s is %s", s.Token, s.State)
				}
				return err
			}); err != nil {
				b.Fatal(err)
			}
			return took
		}
		act(0)
		var ours, bare times
		n := 0
		for b.Loop() {
			const round = 10
			for range round {
				bare.measure(func() { g.publish(payload) })
			}
			for range round {
				n++
				ours = append(ours, act(n))
			}
		}
		compareP99(b, "action", ours, bare)
	})
}

// beginner is a Runner whose action says when it begins, and is done.
type beginner struct{ began chan<- time.Time }

func (beginner) Actions() []schema.Action { return []schema.Action{{Name: "recycle"}} }
func (beginner) Simulated() bool          { return false }

func (r beginner) Run(context.Context, agent.Job) agent.Outcome {
	r.began <- time.Now()
	return agent.Outcome{Outcome: schema.OutcomeDone}
}

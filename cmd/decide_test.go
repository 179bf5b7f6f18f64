package cmd

import (
	"context"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

func prompted(kind string) *schema.Status {
	s := recovery("default-1", schema.AwaitingApproval)
	expires := time.Now().Add(time.Hour)
	s.Prompt = &schema.Prompt{ID: "default-1.p3", Kind: kind, Step: 0, Why: "the step acts on the detector", Opened: born, Expires: &expires}
	return s
}

func TestDecide(t *testing.T) {
	r := newResponder(t)
	recorded := schema.Answer{Type: schema.Type(schema.KindAnswer), Verdict: schema.Recorded, Token: "default-1", Prompt: "default-1.p3"}
	r.on("decide", recorded)
	r.on("status", prompted(schema.PromptApprove))
	sent := func(t *testing.T, want map[string]any) {
		t.Helper()
		_, m := r.last("decide")
		for k, v := range want {
			if m[k] != v {
				t.Errorf("sent %v, want %s %v", m, k, v)
			}
		}
	}

	t.Run("with a prompt it is sent at once", func(t *testing.T) {
		r.run("approve", "default-1.p3", "--note", "go").want(t, 0, "", "recorded")
		sent(t, map[string]any{"prompt": "default-1.p3", "decision": "approve", "note": "go"})
	})
	t.Run("with a token the prompt is shown and asked about", func(t *testing.T) {
		r.on("status", prompted(schema.PromptApprove))
		r.runWith(t.Context(), "y\n", "approve", "default-1").want(t, 0, "", "default-1.p3 approve: the step acts", "> step 0: Red & green recycle of HCAL [recycle by l0]", `start step 0 "Red & green recycle of HCAL" with agent l0 now? [y/N] y`, "recorded: default-1")
		sent(t, map[string]any{"prompt": "default-1.p3", "decision": "approve"})
	})
	t.Run("no answer is no, and nothing is sent", func(t *testing.T) {
		n := len(r.heard)
		r.runWith(t.Context(), "", "decline", "default-1").want(t, 1, "", "nothing was sent")
		for _, m := range r.heard[n:] {
			if !strings.Contains(m.Subject, ".query.") {
				t.Errorf("%s was sent; only how things stand may have been asked for", m.Subject)
			}
		}
	})
	t.Run("another step is a choice, the one shown is an approval of it", func(t *testing.T) {
		r.run("approve", "default-1", "--step", "1", "--yes").want(t, 0, "")
		sent(t, map[string]any{"decision": "choose", "step": 1.0})
		r.run("approve", "default-1.p3", "--step", "0").want(t, 0, "")
		sent(t, map[string]any{"decision": "approve", "step": 0.0})
		r.run("approve", "default-1.p3", "--all").want(t, 0, "")
		sent(t, map[string]any{"decision": "approve_all"})
	})
	t.Run("decline and clarify", func(t *testing.T) {
		r.run("decline", "default-1.p3", "--hold", "0s").want(t, 0, "")
		sent(t, map[string]any{"decision": "decline", "hold": "0s"})
		r.run("clarify", "default-1.p3", "retry", "--override", "--note", "host is down").want(t, 0, "")
		sent(t, map[string]any{"decision": "retry", "override": true, "note": "host is down"})
	})
	t.Run("an answer about an unclear outcome says what it leads to", func(t *testing.T) {
		ask := func(decision, want string, stop *schema.Stop) {
			t.Helper()
			s := prompted(schema.PromptClarify)
			s.State, s.Stop = schema.Unclear, stop
			r.on("status", s)
			r.runWith(t.Context(), "n\n", "clarify", "default-1", decision, "--note", "looked").want(t, 1, "", want)
		}
		interrupted := &schema.Stop{Reason: schema.StopInterrupted}
		preempted := &schema.Stop{Reason: schema.StopPreempted, For: "default-2"}
		ask("retry", `start step 0 "Red & green recycle of HCAL" with agent l0 once more?`, nil)
		ask("retry", `once more?`, &schema.Stop{Reason: schema.StopTimeout})
		for _, decision := range []string{"done", "retry", "give_up"} {
			ask(decision, "and end default-1 as cancelled, since it was interrupted?", interrupted)
		}
		ask("done", "and have default-1 give way to default-2 and wait for its turn?", preempted)
		ask("retry", "and have default-1 give way to default-2 and wait for its turn?", preempted)
		ask("give_up", "end default-1 as failed?", preempted)
		r.on("status", prompted(schema.PromptApprove))
	})
	t.Run("a refused one is exit code 5 and says who was first", func(t *testing.T) {
		r.on("decide", schema.Answer{Verdict: schema.Refused, Token: "default-1", Reason: schema.Reason{Code: schema.CodePromptClosed, Text: "operator bob approved it"}})
		r.run("approve", "default-1.p3").want(t, 5, "", "refused: default-1 (prompt_closed): operator bob approved it")
	})
	t.Run("the question names the step that a yes starts, and marks it", func(t *testing.T) {
		g := r.runWith(t.Context(), "n\n", "approve", "default-1", "--step", "1")
		g.want(t, 1, "", "> step 1: Call the HCAL expert on call [by hand]", `have step 1 "Call the HCAL expert on call" carried out by hand now? [y/N] n`, "nothing was sent")
		if strings.Contains(g.err, "> step 0") {
			t.Errorf("the step that would not start is marked:\n%s", g.err)
		}
		r.run("approve", "default-1", "--step", "2", "--yes").want(t, 2, "", "has the steps 0 to 1")
		r.runWith(t.Context(), "n\n", "approve", "default-1", "--all").want(t, 1, "", "with agent l0 now, and all later ones without asking? [y/N]")
		r.runWith(t.Context(), "n\n", "decline", "default-1", "--hold", "30m").want(t, 1, "", `end default-1 without step 0 "Red & green recycle of HCAL", and hold its problem for 30m? [y/N]`)
	})
	t.Run("what was recorded is followed by how the recovery stands, and what it asks next", func(t *testing.T) {
		r.on("decide", recorded)
		r.run("approve", "default-1.p3").want(t, 0, "", "recorded: default-1\n", "default-1 awaiting_approval", "approve default-1    or    decline default-1")
		r.on("status", &schema.Error{Code: 410, Text: "its record is no longer kept"})
		r.run("approve", "default-1.p3").want(t, 0, "", "recorded: default-1\n", "it was heard", "no longer kept")
	})
	t.Run("what does not fit the prompt is not asked about, and the words to type are given", func(t *testing.T) {
		r.on("status", prompted(schema.PromptConfirm))
		n := len(r.heard)
		r.run("approve", "default-1", "--yes").want(t, 5, "", "asks for a step by hand", "clarify default-1 done    or    decline default-1")
		r.run("clarify", "default-1", "retry").want(t, 5, "", "nothing was sent")
		r.on("status", prompted(schema.PromptClarify))
		r.run("decline", "default-1").want(t, 5, "", "clarify default-1 done|retry|give_up --note")
		r.run("clarify", "default-1", "done", "--yes").want(t, 2, "", "--note")
		if len(r.heard) != n+4 {
			t.Error("only the status may have been asked for")
		}
	})
	t.Run("a recovery without a prompt says how it stands, and who answered", func(t *testing.T) {
		s := recovery("default-1", schema.Running)
		s.ClosedPrompts = []schema.ClosedPrompt{{ID: "default-1.p3", How: schema.Approve, By: schema.By{Role: schema.RoleOperator, Name: "bob"}, At: born}}
		r.on("status", s)
		r.run("approve", "default-1", "--yes").want(t, 5, "", "no open prompt", "running", "default-1.p3 was answered (approve) by operator bob at 2026-11-21 12:02:10 UTC", "watch default-1")
		s.State, s.Terminal = schema.Cancelled, true
		s.ClosedPrompts[0].How = schema.ClosedExpired
		r.on("status", s)
		r.run("approve", "default-1", "--yes").want(t, 5, "", "default-1.p3 expired at 2026-11-21 12:02:10 UTC", "show default-1")
	})
}

func TestOperate(t *testing.T) {
	r := newResponder(t)
	recorded := schema.Answer{Verdict: schema.Recorded}
	for _, c := range []struct {
		args    []string
		subject string
		fields  map[string]any
	}{
		{[]string{"interrupt", "default-1", "--note", "n"}, "call.operator.anna.interrupt", map[string]any{"token": "default-1", "note": "n"}},
		{[]string{"mode", "manual"}, "call.operator.anna.mode", map[string]any{"mode": "manual"}},
		{[]string{"hold", "--expert", "e", "--key", "k", "--for", "0s"}, "call.operator.anna.hold", map[string]any{"expert": "e", "key": "k", "for": "0s"}},
		{[]string{"note", "default-1", "crate", "4"}, "call.operator.anna.note", map[string]any{"token": "default-1", "text": "crate 4"}},
		{[]string{"clear", "101", "--expert", "e"}, "call.operator.anna.cleared", map[string]any{"problem": "101", "expert": "e"}},
		{[]string{"clear", "101", "--expert", "e", "--as-expert"}, "call.expert.e.cleared", map[string]any{"problem": "101"}},
	} {
		kind := c.subject[strings.LastIndexByte(c.subject, '.')+1:]
		r.on(kind, recorded)
		r.run(c.args...).want(t, 0, "", "recorded")
		subject, m := r.last(kind)
		if subject != "recovery.default."+c.subject {
			t.Errorf("%v: sent to %s", c.args, subject)
		}
		for k, v := range c.fields {
			if m[k] != v {
				t.Errorf("%v: sent %v, want %s %v", c.args, m, k, v)
			}
		}
	}
	t.Run("an interrupt of one that joined another interrupts that one", func(t *testing.T) {
		joined := recovery("default-2", schema.Joined)
		joined.Joined = "default-1"
		r.on("status", joined, prompted(schema.PromptApprove), prompted(schema.PromptApprove))
		r.on("interrupt", schema.Answer{Verdict: schema.Ignored, Token: "default-2", Reason: schema.Reason{Code: schema.CodeEnded, Text: "default-2 is not open"}}, schema.Answer{Verdict: schema.Recorded, Token: "default-1"})
		r.run("interrupt", "default-2", "--note", "stop it").want(t, 0, "", "default-2 joined default-1: that one is interrupted", "recorded: default-1")
		if _, m := r.last("interrupt"); m["token"] != "default-1" || m["note"] != "stop it" {
			t.Errorf("sent %v", m)
		}
	})
	t.Run("an interrupt of nothing says so and is no failure", func(t *testing.T) {
		r.on("interrupt", schema.Answer{Verdict: schema.Ignored, Reason: schema.Reason{Code: schema.CodeNothingUnder, Text: "nothing is under way"}})
		r.run("interrupt").want(t, 0, "", "ignored (nothing_under_way): nothing is under way")
	})
}

func TestModeSaysWhatItMeans(t *testing.T) {
	r := newResponder(t)
	r.on("mode", schema.Answer{Verdict: schema.Recorded})
	for mode, words := range map[string]string{"manual": "nothing starts", "automatic": "automation: true", "approval": "asks an operator"} {
		r.run("mode", mode).want(t, 0, "", "mode "+mode, words, "recorded")
	}
	r.run("mode", "auto").want(t, 2, "", `mode "auto": say approval, automatic or manual`)
}

// A message that nobody answers is not left without a word, and what became of it is
// not guessed.
func TestSilenceIsSaid(t *testing.T) {
	r := newResponder(t)
	for _, c := range []struct {
		args  []string
		words []string
	}{
		{[]string{"approve", "default-1.p3"}, []string{"a prompt is answered once"}},
		{[]string{"interrupt", "default-1"}, []string{"status`"}},
		{[]string{"request", "--action", "recycle", "--id", "7f1c"}, []string{"--id 7f1c"}},
	} {
		t.Run(c.args[0], func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithTimeout(t.Context(), offersWithin+hush+time.Second)
			defer stop()
			r.runWith(ctx, "", c.args...).want(t, 1, "", append(c.words, "no answer yet", "whether it was heard is unknown")...)
		})
	}
}

package controller

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

func (w *world) offers(agent string, actions ...schema.Action) Decision {
	m := &schema.Offered{Type: schema.Type(schema.KindOffered), Actions: actions}
	return w.step(w.input(schema.By{Role: schema.RoleAgent, Name: agent}, schema.KindOffered, "", m))
}

// An agent that was not seen for thirty days is forgotten, one that an open recovery
// needs is not; what is still offered is noted once a day without an event.
func TestAgentsAreForgotten(t *testing.T) {
	w := newWorld(t, "cms")
	recycle := schema.Action{Name: "recycle"}
	w.offers("gone", recycle)
	w.offers("needed", schema.Action{Name: "check"})
	w.offers("l0", recycle)
	request := &schema.Request{Type: schema.Type(schema.KindRequest), ID: "r", Problem: schema.Problem{ID: "1", Title: "P"},
		Steps: []schema.Step{{Title: "look", Action: "check", Agent: "needed", Attempts: 1}}}
	timeout := schema.Duration(400 * 24 * time.Hour)
	policy := &schema.ApplyPolicy{Type: schema.Type(schema.KindPolicy), Policy: schema.Policy{ApprovalTimeout: &timeout}}
	w.step(w.input(schema.By{Role: schema.RoleOperator, Name: "root"}, schema.KindPolicy, "p", policy))
	w.step(w.input(schema.By{Role: schema.RoleExpert, Name: "daq"}, schema.KindRequest, "r", decoded(t, request)))
	since := w.now
	for day := 1; day <= 31; day++ {
		w.now = w.now.Add(24 * time.Hour)
		next := &schema.Next{Actions: []schema.Action{recycle}}
		if w.state.OffersChanged("l0", next, w.now.Add(-time.Minute)) != nil {
			t.Fatalf("noted again within a day")
		}
		if w.state.OffersChanged("l0", next, w.now) == nil {
			t.Fatalf("day %d: an agent that is there would be forgotten", day)
		}
		d := w.offers("l0", recycle)
		for _, e := range d.Events {
			if e.Kind == schema.EventOffers {
				t.Fatalf("day %d: %s, though nothing has changed", day, e.Text)
			}
		}
		if doc := w.state.Agents()["l0"]; !doc.Since.Equal(since) || !doc.Seen.Equal(w.now) {
			t.Fatalf("day %d: %+v", day, doc)
		}
		if known := w.state.Agents()["gone"] != nil; known != (day < 30) {
			t.Fatalf("day %d: known %t", day, known)
		}
	}
	if w.state.Agents()["needed"] == nil {
		t.Error("an agent that an open recovery waits for was forgotten")
	}
	w.same()
}

// A request that was decided a moment ago, in the same entry, keeps the agent that it
// needs; one that has just ended does not.
func TestAgentsOfTheSameEntry(t *testing.T) {
	w := newWorld(t, "cms")
	recycle := schema.Action{Name: "recycle"}
	w.offers("needed", recycle)
	w.now = w.now.Add(unseenFor)
	offered := func(agent string) Input {
		return w.input(schema.By{Role: schema.RoleAgent, Name: agent}, schema.KindOffered, "", &schema.Offered{Type: schema.Type(schema.KindOffered), Actions: []schema.Action{recycle}})
	}
	request := &schema.Request{Type: schema.Type(schema.KindRequest), ID: "r", Problem: schema.Problem{ID: "1", Title: "P"},
		Steps: []schema.Step{{Title: "recycle", Action: "recycle", Agent: "needed", Attempts: 1}}}
	d := w.step(w.input(schema.By{Role: schema.RoleExpert, Name: "daq"}, schema.KindRequest, "r", decoded(t, request)), offered("l0"))
	if d.Answers[0].Verdict != schema.Accepted || len(w.entries) != 2 {
		t.Fatalf("%+v, %d entries", d.Answers, len(w.entries))
	}
	if w.state.Agents()["needed"] == nil {
		t.Error("an agent was forgotten that a request needs which was accepted a moment ago")
	}
	w.step(w.input(schema.By{Role: schema.RoleExpert, Name: "daq"}, schema.KindCleared, "c", &schema.Cleared{Type: schema.Type(schema.KindCleared), Problem: "1"}), offered("l1"))
	if !w.state.Recovery("cms-1").Terminal || w.state.Agents()["needed"] != nil {
		t.Error("an agent is known still that nothing needs any more")
	}
	w.same()
}

// No more than 256 agents are known at a time: the next one is refused with a remedy.
func TestAgentsAreBounded(t *testing.T) {
	w := newWorld(t, "cms")
	for n := range agentsMost {
		w.offers(fmt.Sprint("a", n), schema.Action{Name: "recycle"})
	}
	if full := w.state.roomForAgent(w.now); full == nil || full.Code != 503 || !strings.Contains(full.Text, "256") {
		t.Errorf("%+v", full)
	}
	if d := w.offers("one-more"); d.Answers[0].Verdict != schema.Refused || len(w.state.Agents()) != agentsMost {
		t.Errorf("%+v, %d agents", d.Answers, len(w.state.Agents()))
	}
	if d := w.offers("a7", schema.Action{Name: "check"}); d.Answers[0].Verdict != schema.Recorded {
		t.Errorf("a known one is refused: %+v", d.Answers)
	}
	w.now = w.now.Add(unseenFor)
	if full := w.state.roomForAgent(w.now); full != nil {
		t.Errorf("%+v, though all could be forgotten", full)
	}
	if d := w.offers("one-more"); d.Answers[0].Verdict != schema.Recorded || len(w.state.Agents()) != 1 {
		t.Errorf("%+v, %d agents", d.Answers, len(w.state.Agents()))
	}
	w.same()
}

// The question what became of an attempt says what the operator can do, whether a
// repetition does harm, and when its agent is heard again.
func TestQuestionsSayWhatCanBeDone(t *testing.T) {
	for name, c := range map[string]struct {
		action schema.Action
		says   string
	}{
		"harmless":     {schema.Action{Name: "recycle", Harmless: true}, "repeating it does no harm, says its agent"},
		"not harmless": {schema.Action{Name: "recycle"}, "not declared harmless to repeat"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "cms")
			l0 := schema.By{Role: schema.RoleAgent, Name: "l0"}
			w.offers("l0", c.action)
			work := schema.Work{Token: "cms-1", Attempt: 1}
			w.step(w.input(schema.By{Role: schema.RoleExpert, Name: "daq"}, schema.KindRequest, "r", decoded(t, testRequest("1", "r"))))
			w.step(w.input(schema.By{Role: schema.RoleOperator, Name: "anna"}, schema.KindDecide, "d", &schema.Decide{Prompt: "cms-1.p1", Decision: schema.Approve}))
			w.step(w.input(l0, schema.KindClaim, "", &schema.Claim{ID: "c1", Work: work}))
			w.step(w.input(controllerBy, schema.KindSilent, "", &schema.Silent{Work: work}))
			why := func() string { return w.state.Recovery("cms-1").Prompt.Why }
			for _, want := range []string{"agent l0 fell silent", "look at the system itself", "done", "retry", "give_up", c.says} {
				if !strings.Contains(why(), want) {
					t.Errorf("%q does not say %q", why(), want)
				}
			}
			id := w.state.Recovery("cms-1").Prompt.ID
			for range 2 { // said anew, not twice
				w.now = w.now.Add(progressEvery)
				w.step(w.input(l0, schema.KindProgress, "", &schema.Progress{Work: work, Claim: "c1", Text: "half way"}))
				if n := strings.Count(why(), "heard again"); n != 1 || strings.Contains(why(), "give_up") || !strings.Contains(why(), clock(w.now, w.now)) {
					t.Errorf("%q", why())
				}
			}
			w.step(w.input(l0, schema.KindResult, "", &schema.Result{Work: work, Claim: "c1", Outcome: schema.OutcomeUnknown, Text: "power cut"}))
			if !strings.Contains(why(), "does not know either") || !strings.Contains(why(), "power cut") || !strings.Contains(why(), "give_up") || strings.Contains(why(), "still at work") {
				t.Errorf("%q", why())
			}
			if got := w.state.Recovery("cms-1").Prompt.ID; got != id {
				t.Errorf("the question has become another one: %s, %s", id, got)
			}
			w.same()
		})
	}
}

// What an answer leads to changes while the question is open, and so does what it says.
func TestQuestionsSayWhatAnAnswerLeadsTo(t *testing.T) {
	w := newWorld(t, "cms")
	does := func(command string, says ...string) {
		t.Helper()
		in, err := w.parse(splitWords(command))
		if err != nil {
			t.Fatal(err)
		}
		w.step(in)
		for _, want := range says {
			want, not := strings.CutPrefix(want, "not ")
			if why := w.state.UnderWay().Prompt.Why; strings.Contains(why, want) == not {
				t.Errorf("after %q: %q, says %q: %t", command, why, want, !not)
			}
		}
	}
	begins := func(token, problem string) {
		does("expert a request " + problem)
		does("operator anna decide " + token + ".p1 approve")
		does("agent l0 claim " + token + " 0 1 c" + problem)
		does("observe silent "+token+" 0 1", "retry (begin it once more", "look at the system itself")
	}
	const once, interrupted, manual, gives, wait = "begin it once more", "it ends as interrupted", "in mode manual nothing starts", "it gives way to cms-2", "to have it stop"
	does("agent l0 offers *")
	begins("cms-1", "1")
	does("operator anna mode manual", manual, "not "+once)
	does("operator anna mode approval", once, "not "+manual)
	does("expert b request 2 relation=preempt:cms-1", gives, "not "+once)
	does("operator anna mode manual", gives, "not "+manual)
	does("operator bert interrupt cms-1", interrupted, "not "+gives)
	does("agent l0 result cms-1 0 1 c1 unknown text=gone", interrupted, "does not know either")
	does("agent l0 progress cms-1 0 1 c1", toldToStop, "not "+wait, "not "+interrupted)
	does("operator anna decide cms-1.p2 give_up note=seen override")
	does("operator anna mode approval")
	does("operator bert interrupt cms-2")
	begins("cms-3", "3")
	does("agent l0 progress cms-3 0 1 c3", wait)
	does("operator anna mode manual", wait)
	does("operator bert interrupt cms-3", toldToStop, "not "+wait)
	w.same()
}

// Questions as they stand in logs: whatever this build would call it, that the agent is
// heard again is said once, in place of what an operator could do.
func TestQuestionsOfOlderBuilds(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC)
	const reason = "agent l0 fell silent after it had begun; look at the system itself"
	for _, why := range []string{
		reason + "; say done (it has had its effect), retry (begin it once more; not declared harmless to repeat) or give_up",
		reason + "; it is heard again and still at work since 12:29:00.000: wait for what it tells, or interrupt cms-1 to have it stop",
	} {
		r := &schema.Status{Token: "cms-1", Prompt: &schema.Prompt{Why: why}}
		d := &draft{now: now}
		d.heardAgain(r)
		rest, ok := strings.CutPrefix(r.Prompt.Why, reason+"; ")
		if !ok || !strings.Contains(rest, "heard again") || !strings.Contains(rest, clock(now, now)) || strings.Contains(rest, "give_up") || strings.Contains(rest, "12:29") {
			t.Errorf("%q became %q", why, r.Prompt.Why)
		}
	}
}

// While it is asked what one member of a group did, the others tell how far they got as
// before; and that the one in question is heard again is recorded at once, although they
// tell more than it does.
func TestAMemberIsHeardAgainBesideOthers(t *testing.T) {
	w := newWorld(t, "cms")
	by := func(name string) schema.By { return schema.By{Role: schema.RoleAgent, Name: name} }
	for _, name := range []string{"a", "b"} {
		w.offers(name, schema.Action{Name: "restart"})
	}
	r := testRequest("1", "r")
	r.Steps = []schema.Step{{Title: "restart them", Action: "restart", Agents: []string{"a", "b"}, Order: schema.Parallel}}
	w.step(w.input(schema.By{Role: schema.RoleExpert, Name: "daq"}, schema.KindRequest, "r", decoded(t, r)))
	w.step(w.input(schema.By{Role: schema.RoleOperator, Name: "anna"}, schema.KindDecide, "d", &schema.Decide{Prompt: "cms-1.p1", Decision: schema.Approve}))
	work := func(n int) schema.Work { return schema.Work{Token: "cms-1", Attempt: n} }
	w.step(w.input(by("a"), schema.KindClaim, "", &schema.Claim{ID: "ca", Work: work(1)}))
	w.step(w.input(by("b"), schema.KindClaim, "", &schema.Claim{ID: "cb", Work: work(2)}))
	w.now = w.now.Add(time.Minute)
	w.step(w.input(controllerBy, schema.KindSilent, "", &schema.Silent{Work: work(1)}))
	w.now = w.now.Add(time.Second)

	of := func(name, claim string, n int, text string) *schema.Progress {
		p := &schema.Progress{Work: work(n), Claim: claim, Text: text}
		if w.state.ProgressDue(name, p, w.now) {
			w.step(w.input(by(name), schema.KindProgress, "", p))
			return p
		}
		return nil
	}
	if of("b", "cb", 2, "") != nil {
		t.Error("a member that is not asked about is recorded with nothing to tell")
	}
	if of("b", "cb", 2, "half way") == nil || w.state.Recovery("cms-1").Steps[0].Attempts[1].Text != "half way" {
		t.Error("what the other member tells is not recorded")
	}
	if why := w.state.Recovery("cms-1").Prompt.Why; strings.Contains(why, "heard again") {
		t.Errorf("the other member was taken for the one in question: %q", why)
	}
	w.now = w.now.Add(time.Second)
	if of("a", "ca", 1, "") == nil || !strings.Contains(w.state.Recovery("cms-1").Prompt.Why, "heard again") {
		t.Errorf("%q", w.state.Recovery("cms-1").Prompt.Why)
	}
	w.now = w.now.Add(time.Second)
	if of("a", "ca", 1, "") != nil || of("b", "cb", 2, "nearly") != nil {
		t.Error("recorded again within a second")
	}
	w.now = w.now.Add(progressEvery)
	if of("b", "cb", 2, "nearly") == nil {
		t.Error("what the other member tells later is not recorded")
	}
	w.same()
}

// decoded gives a request with its defaults, as a call does.
func decoded(t *testing.T, m *schema.Request) *schema.Request {
	t.Helper()
	v, bad := schema.Decode(schema.KindRequest, mustEncode(t, m))
	if bad != nil {
		t.Fatal(bad)
	}
	return v.(*schema.Request)
}

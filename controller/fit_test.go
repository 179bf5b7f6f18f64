//go:build !race

package controller

// One goroutine decides, encodes and folds what is large, some thousand times: the race
// detector would find nothing here, in ten times the time.

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

var (
	fitExpert   = schema.By{Role: schema.RoleExpert, Name: "a"}
	fitOperator = schema.By{Role: schema.RoleOperator, Name: "anna"}
	fitAgent    = schema.By{Role: schema.RoleAgent, Name: "l0"}
)

func fitWorld(t *testing.T) *world {
	w := newWorld(t, "cms")
	w.once, w.later = true, true // a status of 128 KiB, hundreds of times
	w.step(w.input(fitAgent, schema.KindOffered, "", &schema.Offered{Type: schema.Type(schema.KindOffered), Actions: []schema.Action{{Name: "*"}}}))
	return w
}

func fitRequest(problem string, steps ...schema.Step) *schema.Request {
	return &schema.Request{Type: schema.Type(schema.KindRequest), Problem: schema.Problem{ID: problem, Title: "Problem " + problem}, Steps: steps}
}

// sizes: every document and every entry so far is within its limit, and folding them
// gives the same state.
func sizes(t *testing.T, w *world) {
	t.Helper()
	for i := range w.entries {
		// What an entry only carries is encoded already, and large: its length will do.
		bare := w.entries[i]
		bare.Documents, bare.Inputs = slices.Clone(bare.Documents), slices.Clone(bare.Inputs)
		all := 0
		for k := range bare.Documents {
			doc := &bare.Documents[k]
			if len(doc.Value) > schema.MaxStatus {
				t.Fatalf("entry %d: %s has %d bytes, a status has at most %d", bare.Entry, doc.Key, len(doc.Value), schema.MaxStatus)
			}
			all += len(doc.Value)
			doc.Value = nil
		}
		for k := range bare.Inputs {
			all += len(bare.Inputs[k].Message)
			bare.Inputs[k].Message = nil
		}
		if all += encodedSize(&bare); all > schema.MaxEntry {
			t.Fatalf("entry %d has %d bytes", bare.Entry, all)
		}
	}
	// Folding is copying: what a later entry has again need not be decoded. A request is
	// read into its recovery, which its entry has, too.
	again := map[string]bool{}
	for i := len(w.entries) - 1; i >= 0; i-- {
		e := &w.entries[i]
		if !slices.ContainsFunc(e.Documents, func(doc schema.Document) bool { return strings.HasPrefix(doc.Key, schema.KeyRequest) }) {
			e.Documents = slices.DeleteFunc(e.Documents, func(doc schema.Document) bool { return again[doc.Key] })
		}
		for _, doc := range e.Documents {
			again[doc.Key] = true
		}
	}
	w.same()
}

// A step that is tried again and again prints 8 KiB each time: the status stays one
// that can be stored, the step's limit still counts, and the recovery ends.
func TestAttemptsWithOutputsFitTheStatus(t *testing.T) {
	w := fitWorld(t)
	var steps []schema.Step
	const count = 6
	for range count {
		steps = append(steps, schema.Step{Action: "recycle", Agent: "l0", Attempts: 100})
	}
	w.step(w.input(fitExpert, schema.KindRequest, "", fitRequest("1", steps...)))
	w.step(w.input(fitOperator, schema.KindDecide, "", &schema.Decide{Prompt: "cms-1.p1", Decision: schema.ApproveAll}))
	for n := range 100 * count {
		r := w.state.UnderWay()
		a := lastAttempt(r)
		if r.Step != n/100 || a.Number != n%100+1 {
			t.Fatalf("attempt %d of all is attempt %d of step %d", n, a.Number, r.Step)
		}
		work := schema.Work{Token: r.Token, Step: r.Step, Attempt: a.Number}
		claim := fmt.Sprint("claim", n)
		w.step(w.input(fitAgent, schema.KindClaim, "", &schema.Claim{ID: claim, Work: work}))
		w.step(w.input(fitAgent, schema.KindResult, "", &schema.Result{
			Work: work, Claim: claim, Outcome: schema.OutcomeFailed, Text: strings.Repeat("t", 2000),
			Output: strings.Repeat("\x1b[1mline\x1b[0m\n", 600), Data: []byte(`{"is":"` + strings.Repeat("d", 40<<10) + `"}`),
		}))
		if len(lastOutput(w)) == 0 {
			t.Fatalf("after attempt %d: the last output is gone", n)
		}
	}
	if r := w.state.Recovery("cms-1"); r.State != schema.Failed || r.Reason.Code != schema.CodeStepFailed {
		t.Errorf("it ended %s: %s", r.State, r.Reason.Code)
	}
	sizes(t, w)
}

func lastOutput(w *world) string {
	_, a := lastActed(w.state.Recovery("cms-1"))
	return a.Output
}

// An expert that continues a recovery with ever new problems, each with much to read,
// is refused at some time: the recovery can still be decided about, and interrupted.
func TestContinuingProblemsFitTheStatus(t *testing.T) {
	w := fitWorld(t)
	much := map[string]string{"seen": strings.Repeat("<&>", 3000)}
	w.step(w.input(fitExpert, schema.KindRequest, "", fitRequest("1", schema.Step{Action: "recycle", Agent: "l0"})))
	added, refused := 0, 0
	for n := range 400 {
		m := fitRequest(fmt.Sprint("more", n), schema.Step{ByHand: true})
		m.Problem.Context, m.Problem.Description = much, strings.Repeat("\x01", 1000)
		m.Relation = &schema.Relation{Kind: schema.Continue, To: "cms-1"}
		switch a := w.step(w.input(fitExpert, schema.KindRequest, "", m)).Answers[0]; {
		case a.Verdict == schema.AcceptedToContinue && refused == 0:
			added++
		case a.Verdict == schema.Rejected && a.Reason.Code == schema.CodeBusy:
			refused++
		default:
			t.Fatalf("problem %d: %+v", n, a)
		}
	}
	if added < 50 || refused == 0 {
		t.Errorf("%d problems were added, %d refused", added, refused)
	}
	w.step(w.input(fitOperator, schema.KindDecide, "", &schema.Decide{Prompt: "cms-1.p1", Decision: schema.Approve}))
	if a := w.step(w.input(fitOperator, schema.KindInterrupt, "", &schema.Interrupt{})).Answers[0]; a.Verdict != schema.Recorded {
		t.Errorf("an interrupt is answered %+v", a)
	}
	sizes(t, w)
}

// The largest request, its answer to every kind of growth: it is stored and can end.
func TestTheLargestRequestFitsTheStatus(t *testing.T) {
	w := fitWorld(t)
	m := fitRequest("1")
	for range 64 {
		m.Steps = append(m.Steps, schema.Step{Title: strings.Repeat("t", 500), Action: "recycle", Agent: "l0"})
	}
	m.Problem.Context = map[string]string{"seen": strings.Repeat("c", 25<<10)}
	w.step(w.input(fitExpert, schema.KindRequest, "", m))
	w.now = w.now.Add(2 * time.Hour)
	w.step()
	if r := w.state.Recovery("cms-1"); r.Reason.Code != schema.CodeApprovalTimeout {
		t.Errorf("it is %s: %s", r.State, r.Reason.Code)
	}
	sizes(t, w)
}

// The largest request takes still more in a record, since some characters are written
// longer than they came, and its title says what kind of problem it is, too.
func TestTheLargestRejectedRequestFitsTheStatus(t *testing.T) {
	w := fitWorld(t)
	w.step(w.input(fitExpert, schema.KindRequest, "", fitRequest("1", schema.Step{Action: "recycle", Agent: "l0"})))
	raw := `{"type":"recovery.v1.request","problem":{"id":"2","title":"` + strings.Repeat("\u2028", 200) + `","context":{"seen":"%s"}},"steps":[{"action":"recycle"}]}`
	raw = fmt.Sprintf(raw, strings.Repeat("\u2028", (schema.MaxInput-len(raw))/3))
	m, wrong := schema.Decode(schema.KindRequest, []byte(raw))
	if wrong != nil || len(raw) > schema.MaxInput {
		t.Fatal(len(raw), wrong)
	}
	d := w.decide([]Input{w.input(fitExpert, schema.KindRequest, "", m)})
	if a := d.Answers[0]; a.Verdict != schema.Rejected || a.Token != "cms-2" {
		t.Errorf("it is answered %+v", a)
	}
	documents, err := DocumentsOf(d.Changes) // as the log has them: the request by itself
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range documents {
		if len(doc.Value) > schema.MaxStatus {
			t.Errorf("%s has %d bytes", doc.Key, len(doc.Value))
		}
	}
}

// The expert says that all is well, the probe says that it is not: that ends, and is
// not watched and probed for ever.
func TestProbeThatDoesNotConfirmEndsTheRecovery(t *testing.T) {
	w := fitWorld(t)
	m := fitRequest("1", schema.Step{Action: "recycle", Agent: "l0"}, schema.Step{Action: "recycle", Agent: "l0"})
	m.Cure, m.Probe = schema.CureProbe, &schema.Probe{Action: "check", Agent: "l0"}
	w.step(w.input(fitExpert, schema.KindRequest, "", m))
	w.step(w.input(fitOperator, schema.KindDecide, "", &schema.Decide{Prompt: "cms-1.p1", Decision: schema.Approve}))
	work := schema.Work{Token: "cms-1", Attempt: 1}
	w.step(w.input(fitAgent, schema.KindClaim, "", &schema.Claim{ID: "c", Work: work}))
	w.step(w.input(fitAgent, schema.KindResult, "", &schema.Result{Work: work, Claim: "c", Outcome: schema.OutcomeDone}))
	w.step(w.input(fitExpert, schema.KindCleared, "", &schema.Cleared{Problem: "1"}))
	w.now = w.now.Add(20 * time.Second)
	w.step()
	work.Probe = true
	w.step(w.input(fitAgent, schema.KindClaim, "", &schema.Claim{ID: "k", Work: work}))
	w.step(w.input(fitAgent, schema.KindResult, "", &schema.Result{Work: work, Claim: "k", Outcome: schema.OutcomeFailed}))
	if r := w.state.Recovery("cms-1"); r.State != schema.Failed || r.Reason.Code != schema.CodeNoEffect || len(r.Probes) != 1 {
		t.Errorf("it is %s: %s after %d probes", r.State, r.Reason.Code, len(r.Probes))
	}
}

// The largest group, tried as often as it may be, each member with much to say: the status
// stays one that can be stored, every member's part stays known, rounds go on counting, and
// it ends. So does what comes before and after it.
func TestGroupsFitTheStatus(t *testing.T) {
	w := fitWorld(t)
	var agents []string
	for i := range 32 {
		agents = append(agents, fmt.Sprintf("%s-%02d", strings.Repeat("a", 61), i))
		w.step(w.input(schema.By{Role: schema.RoleAgent, Name: agents[i]}, schema.KindOffered, "", &schema.Offered{Actions: []schema.Action{{Name: "*"}}}))
	}
	m := fitRequest("1")
	for range 3 {
		m.Steps = append(m.Steps, schema.Step{Action: "recycle", Agents: agents, Order: schema.Parallel, Attempts: 3})
	}
	w.step(w.input(fitExpert, schema.KindRequest, "", m))
	w.step(w.input(fitOperator, schema.KindDecide, "", &schema.Decide{Prompt: "cms-1.p1", Decision: schema.ApproveAll}))
	rounds := 0
	for r := w.state.UnderWay(); r != nil; r = w.state.UnderWay() {
		rounds++
		if len(inState(r, schema.AttemptOffered)) != len(agents) || len(r.Steps[r.Step].Members) != len(agents) {
			t.Fatalf("round %d offers to %d of %d", rounds, len(inState(r, schema.AttemptOffered)), len(agents))
		}
		for step := range []int{0, 1} {
			for _, a := range append(inState(r, schema.AttemptOffered), inState(r, schema.AttemptGranted)...) {
				work := schema.Work{Token: r.Token, Step: r.Step, Attempt: a.Number}
				by, claim := schema.By{Role: schema.RoleAgent, Name: a.Agent}, strings.Repeat("c", 60)
				if step == 0 {
					w.step(w.input(by, schema.KindClaim, "", &schema.Claim{ID: claim, Work: work}))
					continue
				}
				w.step(w.input(by, schema.KindResult, "", &schema.Result{
					Work: work, Claim: claim, Outcome: schema.OutcomeFailed, Text: strings.Repeat("t", 2000), Output: strings.Repeat("o", 8<<10),
				}))
			}
			r = w.state.Recovery("cms-1")
			if r.Terminal {
				break
			}
		}
	}
	if r := w.state.Recovery("cms-1"); rounds != 9 || r.State != schema.Failed || r.Reason.Code != schema.CodeStepFailed {
		t.Errorf("after %d rounds it is %s: %s", rounds, r.State, r.Reason.Code)
	}
	sizes(t, w)
}

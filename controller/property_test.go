package controller

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"expertcontroller/schema"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "run only this seed of the random schedules")
	runsFlag  = flag.Int("runs", 5200, "how many random schedules to run")
	lengthOf  = 400 // inputs in one schedule
	foldEvery = 100 // the folded state is compared after so many
)

// Whatever comes in, in whatever order: one recovery at a time touches the system,
// every accepted request ends once, a prompt is decided once and in its time, no
// attempt is granted twice, nothing begins on a healthy system, and nothing waits
// for ever. A failure names its seed; -seed repeats it.
func TestRandomSchedules(t *testing.T) {
	if *seedFlag != 0 {
		runSchedule(t, *seedFlag, map[[2]int]int{})
		return
	}
	runs := *runsFlag
	if testing.Short() {
		runs = min(runs, 400)
	}
	// The seeds that are always the same reach every cell; drawn ones may miss some.
	soak := os.Getenv("SOAK") != ""
	const lanes = 4
	// Whoever is done takes the next seed: some take many times as long as others, and in
	// turns those would all be one lane's.
	var last atomic.Uint64
	if soak { // again and again: other schedules each time
		last.Store(rand.Uint64() >> 1)
	}
	end := last.Load() + uint64(runs)
	var mu sync.Mutex
	all := transcriptsLead(t)
	t.Cleanup(func() { cellsLeadWhereTheySay(t, all, runs >= 5000 && !soak) })
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			t.Parallel()
			reached := map[[2]int]int{}
			mine := 0
			for seed := last.Add(1); seed <= end && !t.Failed(); seed = last.Add(1) {
				runSchedule(t, seed, reached)
				mine++
			}
			mu.Lock()
			defer mu.Unlock()
			for k, v := range reached {
				all[k] |= v
			}
			t.Logf("%d schedules of %d inputs", mine, lengthOf)
		})
	}
}

// cellsLeadWhereTheySay: a cell of the table leads to the states that it lists, and a
// schedule or a transcript has seen it lead to each of them.
func cellsLeadWhereTheySay(t *testing.T, reached map[[2]int]int, many bool) {
	for s := range situations {
		for w := range whats {
			seen := reached[[2]int{int(s), int(w)}]
			for i, state := range endNames {
				was := seen&(1<<i) != 0
				says := slices.Contains(table[s][w].to, state)
				switch {
				case s == ended || state == stateOf[s]:
				case was && !says:
					t.Errorf("%s x %s led to %s, which the table does not list", s, w, state)
				case says && !was && many:
					t.Errorf("%s x %s: neither a schedule nor a transcript was led to %s, which the table lists", s, w, state)
				}
			}
		}
	}
}

// chaos drives a world at random and checks the invariants after each decision.
type chaos struct {
	*world
	t        *testing.T
	rng      *rand.Rand
	seed     uint64
	trace    []string
	problems int
	claims   int
	ends     map[string]int
	decided  map[string]int
	grants   map[string]string      // attempt -> claim
	acting   map[string]schema.Work // the attempts that agents are really carrying out
	terminal map[string]string
	reached  map[[2]int]int // which states each cell led to, as bits
}

func runSchedule(t *testing.T, seed uint64, reached map[[2]int]int) {
	c := &chaos{
		world: newWorld(t, "cms"), t: t, rng: rand.New(rand.NewPCG(seed, 7)), seed: seed,
		ends: map[string]int{}, decided: map[string]int{}, grants: map[string]string{}, terminal: map[string]string{}, reached: reached,
		acting: map[string]schema.Work{},
	}
	// Folding what was encoded takes nine tenths of the time; one schedule in sixteen
	// does it, the transcripts always do.
	c.light = seed%16 != 0
	c.once = seed%64 != 0
	defer func() {
		if t.Failed() {
			for _, line := range c.trace[max(0, len(c.trace)-25):] {
				t.Log(line)
			}
			t.Logf("repeat with: go test ./controller -run TestRandomSchedules -seed %d", seed)
		}
	}()
	c.do("agent l0 offers *")
	c.do("agent l1 offers two")
	c.do("agent l2 offers two,check")
	for i := 0; i < lengthOf && !t.Failed(); i++ {
		c.do(c.pick())
		if i%foldEvery == 0 {
			c.same()
		}
	}
	c.same()
	c.settle()
}

func (c *chaos) n(n int) int { return c.rng.IntN(n) }

func (c *chaos) one(words ...string) string { return words[c.n(len(words))] }

// token is mostly one that exists.
func (c *chaos) token() string {
	if open := c.state.Open(); len(open) > 0 && c.n(10) > 0 {
		return open[c.n(len(open))]
	}
	return "cms-" + strconv.Itoa(1+c.n(int(c.state.Requests())+2))
}

func (c *chaos) pick() string {
	who := c.one("anna", "bert")
	switch c.n(24) {
	case 0, 1, 2:
		c.problems++
		id := strconv.Itoa(c.problems)
		if c.n(4) == 0 {
			id = strconv.Itoa(1 + c.n(c.problems))
		}
		cmd := "expert " + c.one("a", "b", "c") + " request " + id + " steps=" + c.one("one", "one,two", "one*2,hand", "hand,two", "two*3,one,one", "nobody", "nobody,hand", "two@l0+l1*2,hand", "two@l0/l1/l2*2,one", "two@l2/l1")
		cmd += c.one("", "", " key=K"+id, " key=K", " automatic", " priority="+strconv.Itoa(c.n(3)), " cure=result", " probe=two", " observe=0s", " not_before=40s", " expires=1s", " told=10s", " told=30s", " id=x"+strconv.Itoa(c.n(20)))
		cmd += c.one("", "", "", " pause=10s", " needed=check", " needed=two:check pause=5s", " timeout=15s")
		return cmd + c.one("", " relation=preempt:"+c.token(), " relation=continue:"+c.token(), " relation=postpone:"+c.token(), " relation=by_priority")
	case 3, 4:
		if r := c.state.UnderWay(); r != nil && c.n(2) == 0 {
			p := r.Problems[c.n(len(r.Problems))]
			return "expert " + p.Expert + " cleared " + p.ID
		}
		return "expert " + c.one("a", "b", "c") + " cleared " + strconv.Itoa(1+c.n(c.problems+1)) + c.one("", "", " told=5s", " id=y"+strconv.Itoa(c.n(20)))
	case 5, 6, 7, 8, 9, 10:
		return "operator " + who + " decide " + c.prompt() + " " + c.decision() + c.one("", " override", " note=seen", " note=seen override", " note=seen override", " id=z"+strconv.Itoa(c.n(20)), " told=3s")
	case 11:
		return "operator " + who + " interrupt" + c.one("", " "+c.token())
	case 12:
		return "operator " + who + " mode " + c.one("approval", "approval", "automatic", "manual")
	case 13:
		return "operator " + who + " hold expert=a key=K for=" + c.one("0s", "30s")
	case 14:
		return "policy hold=" + c.one("0s", "20s") + " automation=" + c.one("true", "false") + " breaker=" + c.one("0", "2", "9") + " queue=" + c.one("0", "2", "16") + " queue_expire=" + c.one("30s", "1h") + " approval_timeout=" + c.one("20s", "1h") + " step_timeout=" + c.one("20s", "10m") + " expert_silence=" + c.one("0s", "30s")
	case 15, 16, 17, 18, 19:
		return c.agentSays()
	case 20:
		return c.observation()
	case 21, 22:
		return "wait " + c.one("1s", "5s", "20s", "40s", "11m")
	default:
		return c.one("restart", "expert a alive", "expert b consumed "+c.token(), "operator anna note "+c.token()+" hm")
	}
}

func (c *chaos) prompt() string {
	r := c.state.Recovery(c.token())
	if u := c.state.UnderWay(); u != nil && c.n(4) > 0 {
		r = u
	}
	switch {
	case r != nil && r.Prompt != nil && c.n(6) > 0:
		return r.Prompt.ID
	case r != nil:
		return schema.PromptID(r.Token, 1+c.n(r.Prompts+1))
	}
	return "cms-1.p1"
}

func (c *chaos) decision() string {
	d := c.one("approve", "approve", "approve_all", "choose", "decline", "done", "retry", "give_up")
	if d == "choose" {
		d += " step=" + strconv.Itoa(c.n(4))
	}
	return d
}

func (c *chaos) agentSays() string {
	r := c.state.UnderWay()
	if r == nil || c.n(12) == 0 {
		return "agent l0 " + c.one("claim", "result") + " " + c.token() + " 0 1 c" + strconv.Itoa(c.n(c.claims+1)) + " done"
	}
	a, probe := lastAttempt(r), ""
	step := r.Step
	if p := openProbe(r); p != nil {
		a, probe = p, " probe"
	} else if open := append(inState(r, schema.AttemptOffered), inState(r, schema.AttemptGranted)...); len(open) > 0 {
		a = open[c.n(len(open))]
	}
	if a == nil {
		return "wait 1s"
	}
	who, claim := a.Agent, a.Claim
	if who == "" || c.n(15) == 0 {
		who = c.one("l0", "l1")
	}
	work := fmt.Sprintf(" %s %d %d ", r.Token, step, a.Number)
	if a.State == schema.AttemptOffered {
		c.claims++
		return "agent " + who + " claim" + work + "c" + strconv.Itoa(c.claims) + probe
	}
	if claim == "" || c.n(15) == 0 {
		claim = "c" + strconv.Itoa(c.n(c.claims+1))
	}
	if c.n(4) == 0 {
		return "agent " + who + " " + c.one("progress", "claim") + work + claim + probe
	}
	return "agent " + who + " result" + work + claim + " " + c.one("done", "done", "failed", "aborted", "timed_out", "unknown") + probe + c.one("", "", " needed=false")
}

func (c *chaos) observation() string {
	waits := c.state.Waits()
	if len(waits) == 0 || c.n(8) == 0 {
		return "observe " + c.one("silent", "unclaimed", "unconfirmed") + " " + c.token() + " 0 1"
	}
	w := waits[c.n(len(waits))]
	if w.Kind == schema.KindExpertSilent {
		return "observe expert_silent " + w.Work.Token + " " + w.Experts[0]
	}
	probe := ""
	if w.Work.Probe {
		probe = " probe"
	}
	return fmt.Sprintf("observe %s %s %d %d%s", w.Kind, w.Work.Token, w.Work.Step, w.Work.Attempt, probe)
}

// do carries out one command of a transcript and checks what must hold.
func (c *chaos) do(cmd string) {
	c.trace = append(c.trace, cmd)
	words := splitWords(cmd)
	var d Decision
	switch words[0] {
	case "wait":
		span, err := time.ParseDuration(words[1])
		if err != nil {
			c.t.Fatal(err)
		}
		c.now = c.now.Add(span)
		d = c.step()
	case "restart":
		if c.light {
			return
		}
		c.state = c.folded
		c.folded = NewState("cms")
		for i := range c.entries {
			if err := c.folded.FoldEntry(&c.entries[i]); err != nil {
				c.t.Fatal(err)
			}
			c.folded.Position.Entry++
		}
	default:
		in, err := c.parse(words)
		if err != nil {
			c.t.Fatalf("%s: %v", cmd, err)
		}
		before, entry := c.state.UnderWay(), c.state.Position.Entry
		d = c.step(in)
		c.afterInput(&in, &d, before, entry)
	}
	for _, e := range d.Events {
		c.afterEvent(&e)
	}
	for _, r := range d.Rulings {
		if r.from != ended && r.to != stateOf[r.from] && !slices.Contains(table[r.from][r.what].to, r.to) {
			c.fail("%s x %s led to %s, which the table does not list", r.from, r.what, r.to)
		}
		c.reached[[2]int{int(r.from), int(r.what)}] |= 1 << slices.Index(endNames, r.to)
	}
	c.check()
}

func (c *chaos) fail(format string, args ...any) {
	c.t.Helper()
	c.t.Errorf("seed %d: "+format, append([]any{c.seed}, args...)...)
}

// afterInput checks the answer against the prompt that it was about, and keeps track
// of what the agents really do.
func (c *chaos) afterInput(in *Input, d *Decision, before *schema.Status, entry uint64) {
	if len(d.Answers) != 1 || d.Answers[0].Verdict == "" {
		if in.Inbox == 0 {
			c.fail("no answer to %s", in.Kind)
		}
		return
	}
	a := d.Answers[0]
	switch m := in.Message.(type) {
	case *schema.Decide:
		if a.Verdict != schema.Recorded || a.Entry <= entry {
			return // refused, or a repeat that got its first answer
		}
		if before == nil || before.Prompt == nil || before.Prompt.ID != m.Prompt {
			c.fail("%s was decided and is not open", m.Prompt)
			return
		}
		if p := before.Prompt; p.Expires != nil && !in.At.Before(*p.Expires) || in.At.Before(p.Opened) && in.Inbox == 0 {
			c.fail("%s was decided at %s, it was open from %s to %v", p.ID, in.At, p.Opened, p.Expires)
		}
		if before.State == schema.Unclear { // the operator made sure, or took the blame
			delete(c.acting, fmt.Sprint(schema.Work{Token: before.Token, Step: before.Step, Attempt: before.Prompt.Attempt}))
		}
	case *schema.Claim:
		r := c.state.Recovery(m.Token)
		if a.Verdict != schema.Recorded || m.Probe || r == nil {
			return
		}
		key := fmt.Sprint(m.Work)
		if old, ok := c.grants[key]; ok && old != m.ID {
			c.fail("attempt %s was granted to %s and to %s", key, old, m.ID)
		}
		for other, work := range c.acting {
			// Members of a group act together, each of them once; nobody else.
			if other != key && (work.Token != m.Token || work.Step != m.Step || len(r.Request.Steps[m.Step].Agents) == 0 || attemptOf(r, &work).Agent == in.By.Name) {
				c.fail("%s begins while %s is acting", key, other)
			}
		}
		c.grants[key], c.acting[key] = m.ID, m.Work
	case *schema.Result:
		if a.Verdict == schema.Recorded && m.Outcome != schema.OutcomeUnknown && !m.Probe {
			delete(c.acting, fmt.Sprint(m.Work))
		}
	}
}

func (c *chaos) afterEvent(e *schema.Event) {
	switch e.Kind {
	case schema.EventCompleted, schema.EventFailed, schema.EventCancelled:
		if c.ends[e.Token]++; c.ends[e.Token] > 1 {
			c.fail("%s ended twice", e.Token)
		}
	case schema.EventApproved, schema.EventDeclined, schema.EventClarified, schema.EventStepByHand:
		if c.decided[e.Prompt]++; c.decided[e.Prompt] > 1 {
			c.fail("prompt %s was decided twice", e.Prompt)
		}
	}
}

// check holds what must be true of every state.
func (c *chaos) check() {
	underWay, actingNow := 0, 0
	for token, r := range c.state.recoveries {
		if was, ok := c.terminal[token]; ok && was != r.State+r.Reason.Code {
			c.fail("%s was %s and is now %s", token, was, r.State)
		}
		if r.Terminal {
			c.terminal[token] = r.State + r.Reason.Code
			if r.Reason.Code == "" || r.Reason.Text == "" || r.Prompt != nil || r.Ended == nil || r.Deadline != nil {
				c.fail("%s ended incompletely: %s", token, line(r))
			}
			continue
		}
		if schema.UnderWay(r.State) {
			underWay++
		}
		for i := range r.Steps {
			for j := range r.Steps[i].Attempts {
				a := &r.Steps[i].Attempts[j]
				if a.State == schema.AttemptGranted {
					actingNow++
					c.checkActing(r, i, a)
				}
				if a.Number != j+1 {
					c.fail("%s step %d: attempt numbers do not count up", token, i)
				}
			}
		}
		c.checkWaits(r)
		c.checkHealthy(r)
	}
	if r := c.state.UnderWay(); underWay > 1 || actingNow > 1 && (r == nil || !grouped(r)) {
		c.fail("%d recoveries under way, %d attempts acting", underWay, actingNow)
	}
	if underWay == 0 && c.state.Mode() != schema.ModeManual && c.state.nextInQueue() != "" {
		c.fail("the system is free and %s waits", c.state.nextInQueue())
	}
}

// checkActing: only at the step that the recovery is at somebody acts, and each agent
// of a group once.
func (c *chaos) checkActing(r *schema.Status, step int, a *schema.Attempt) {
	if step != r.Step {
		c.fail("%s acts at step %d, and is at step %d", r.Token, step, r.Step)
	}
	for i := range r.Steps[step].Attempts {
		if b := &r.Steps[step].Attempts[i]; b.Number != a.Number && b.Agent == a.Agent && (b.State == schema.AttemptGranted || b.State == schema.AttemptOffered) {
			c.fail("%s: agent %s has attempts %d and %d open", r.Token, a.Agent, a.Number, b.Number)
		}
	}
}

// checkWaits: whatever is open has a deadline, a prompt, or something that it waits for.
func (c *chaos) checkWaits(r *schema.Status) {
	at, ok := due(r)
	if ok && !at.After(c.now) {
		c.fail("%s has a deadline that has passed: %s", r.Token, line(r))
	}
	if ok || r.Prompt != nil {
		return
	}
	for _, w := range c.state.Waits() {
		if w.Work.Token == r.Token && w.Kind != schema.KindExpertSilent {
			return
		}
	}
	c.fail("%s waits for nothing: %s", r.Token, line(r))
}

// checkHealthy: no attempt is offered and no prompt to begin is open while every
// problem has cleared, but for an operator's retry.
func (c *chaos) checkHealthy(r *schema.Status) {
	if !allCleared(r) {
		return
	}
	switch situationOf(r) {
	case awaiting, byHand, resting, checking, waiting:
		c.fail("%s wants to begin on a healthy system: %s", r.Token, line(r))
	case offered, granted:
		if len(inState(r, schema.AttemptOffered)) == 0 {
			return
		}
		if how := r.Steps[r.Step].Approved; how == nil || how.How != schema.Retry {
			c.fail("%s is offered on a healthy system: %s", r.Token, line(r))
		}
	}
}

// settle answers what is open and checks that everything ends within a bound.
func (c *chaos) settle() {
	c.do("operator anna mode approval")
	c.do("policy hold=0s")
	for i := 0; i < 400 && len(c.state.Open()) > 0 && !c.t.Failed(); i++ {
		r := c.state.UnderWay()
		switch {
		case r == nil:
			c.do("wait 1h")
		case r.State == schema.Unclear:
			c.do("operator anna decide " + r.Prompt.ID + " give_up note=settled override")
		case situationOf(r) == granted || situationOf(r) == stopping:
			a := inState(r, schema.AttemptGranted)[0]
			c.do(fmt.Sprintf("agent %s result %s %d %d %s aborted", a.Agent, r.Token, r.Step, a.Number, a.Claim))
		default:
			c.do("operator anna interrupt")
		}
	}
	if open := c.state.Open(); len(open) > 0 {
		c.fail("still open after everything was answered: %s", line(c.state.Recovery(open[0])))
	}
	for n := uint64(1); n <= c.state.Requests(); n++ {
		if r := c.state.Recovery(schema.Token("cms", n)); r != nil && c.ends[r.Token] != 1 {
			c.fail("%s ended %d times", r.Token, c.ends[r.Token])
		}
	}
}

package controller

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

// Each file of testdata/cases is a transcript: why the case exists, what comes in,
// and, indented, what the machine answered, what happened, and how the recoveries
// then stand. `go test ./controller -run TestCases -update` rewrites what is
// indented; a person reads the difference.
//
// Commands (options are name=value; a value with spaces is quoted):
//
//	policy observe=5s hold=0s …            a new policy, by operator root
//	agent NAME offers ACTION,…             what an agent offers
//	wait DURATION                          time passes, and deadlines are looked at
//	away DURATION                          time passes, and no controller is there
//	expert|operator NAME request PROBLEM [title= key= steps=A,B*2,hand relation=KIND:TOKEN
//	    cure= probe=ACTION automatic priority= observe= timeout= not_before=+D expires=+D]
//	expert|operator NAME cleared PROBLEM [expert=]
//	operator NAME decide PROMPT DECISION [step= override hold= note=]
//	operator NAME interrupt [TOKEN]   mode MODE   hold expert= key=|problem= for=   note TOKEN TEXT
//	agent NAME claim|progress|result TOKEN STEP ATTEMPT CLAIM [OUTCOME] [probe by= text=]
//	observe unclaimed|silent|unconfirmed TOKEN STEP ATTEMPT [probe]   observe expert_silent TOKEN EXPERT,…
//	restart                                a fresh replica folds the log and goes on
//	batch … end                            what stands between is decided together
//
// Every message takes id=, deadline=+D, and told=AGE: it came from the inbox, AGE ago.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("../testdata/cases/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases found: %v", err)
	}
	reached := map[[2]int]int{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runCase(t, string(want), reached)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("the transcript differs:\n%s", firstDifference(string(want), got))
			}
		})
	}
	if !t.Failed() {
		cellsHaveTranscripts(t, reached)
	}
}

// cellsHaveTranscripts: every cell that says something of its own is used by a transcript.
func cellsHaveTranscripts(t *testing.T, reached map[[2]int]int) {
	for s := range situations {
		for w := range whats {
			if c := table[s][w]; c.then != otherwise[w].then && c.then != void.then && reached[[2]int{int(s), int(w)}] == 0 {
				t.Errorf("no transcript shows what happens at %s x %s: %s", s, w, c.then)
			}
		}
	}
}

// transcriptsLead gives the states that each cell leads to in a transcript, as bits.
func transcriptsLead(t *testing.T) map[[2]int]int {
	files, err := filepath.Glob("../testdata/cases/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	reached := map[[2]int]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		runCase(t, string(text), reached)
	}
	return reached
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "(end)", "(end)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			last := ""
			for j := min(i, len(w)-1); j >= 0; j-- {
				if w[j] != "" && !strings.HasPrefix(w[j], " ") {
					last = w[j]
					break
				}
			}
			return fmt.Sprintf("line %d, after %q\nwant %s\ngot  %s", i+1, last, a, b)
		}
	}
	return "no difference"
}

func runCase(t *testing.T, text string, reached map[[2]int]int) string {
	w := newWorld(t, "cms")
	var out strings.Builder
	var batch []Input
	batching := false
	for n, raw := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(raw, "  ") {
			continue
		}
		out.WriteString(raw + "\n")
		cmd := strings.TrimSpace(raw)
		if cmd == "" || strings.HasPrefix(cmd, "#") {
			continue
		}
		words := splitWords(cmd)
		switch words[0] {
		case "wait", "away":
			d, err := time.ParseDuration(words[1])
			if err != nil {
				t.Fatalf("line %d: %v", n+1, err)
			}
			w.now = w.now.Add(d)
			if !batching && words[0] == "wait" {
				report(&out, w, w.step(), reached)
			}
		case "restart":
			w.restart()
		case "batch":
			batching, batch = true, nil
		case "end":
			batching = false
			report(&out, w, w.step(batch...), reached)
		default:
			in, err := w.parse(words)
			if err != nil {
				t.Fatalf("line %d: %s: %v", n+1, cmd, err)
			}
			if batching {
				batch = append(batch, in)
				continue
			}
			report(&out, w, w.step(in), reached)
		}
		w.same()
	}
	return out.String()
}

func report(out *strings.Builder, w *world, d Decision, reached map[[2]int]int) {
	for _, r := range d.Rulings {
		reached[[2]int{int(r.from), int(r.what)}] |= 1 << slices.Index(endNames, r.to)
	}
	for _, a := range d.Answers {
		fmt.Fprintf(out, "  %s", a.Verdict)
		if a.Token != "" {
			fmt.Fprintf(out, " %s", a.Token)
		}
		if a.Reason.Code != "" || a.Reason.Text != "" {
			fmt.Fprintf(out, " [%s] %s", a.Reason.Code, a.Reason.Text)
		}
		if a.BlockedBy != nil {
			fmt.Fprintf(out, " (blocked by %s: %s)", a.BlockedBy.Token, strings.Join(a.BlockedBy.Problems, ", "))
		}
		out.WriteString("\n")
	}
	for _, e := range d.Events {
		fmt.Fprintf(out, "  - %s %s %s: %s\n", e.Kind, e.Token, e.By, e.Text)
	}
	seen := map[string]bool{}
	for _, c := range d.Changes {
		r, ok := c.Value.(*schema.Status)
		if !ok || seen[c.Key] {
			continue
		}
		seen[c.Key] = true
		if now := w.state.Recovery(r.Token); now != nil {
			r = now
		}
		fmt.Fprintf(out, "  %s\n", line(r))
	}
}

// splitWords splits at spaces, except within "quotes".
func splitWords(s string) []string {
	var words []string
	var b strings.Builder
	quoted, any := false, false
	for _, c := range s {
		switch {
		case c == '"':
			quoted, any = !quoted, true
		case c == ' ' && !quoted:
			if any {
				words = append(words, b.String())
			}
			b.Reset()
			any = false
		default:
			b.WriteRune(c)
			any = true
		}
	}
	if any {
		words = append(words, b.String())
	}
	return words
}

type options map[string]string

func (o options) dur(name string) (*schema.Duration, error) {
	v, ok := o[name]
	if !ok {
		return nil, nil
	}
	d := new(schema.Duration)
	return d, d.UnmarshalText([]byte(v))
}

func (w *world) parse(words []string) (Input, error) {
	var args []string
	opts := options{}
	for _, word := range words {
		if name, value, ok := strings.Cut(word, "="); ok && len(args) > 0 {
			opts[name] = value
		} else if word == "automatic" && len(args) > 3 || word == "override" || word == "probe" && len(args) > 4 {
			opts[word] = "true"
		} else {
			args = append(args, word)
		}
	}
	by := schema.By{Role: args[0]}
	switch args[0] {
	case "policy":
		args = []string{"operator", "root", "policy"}
		by = schema.By{Role: schema.RoleOperator, Name: "root"}
	case "observe":
		args = append([]string{"controller", "controller"}, args[1:]...)
		by = controllerBy
	default:
		if len(args) < 3 {
			return Input{}, fmt.Errorf("who does what?")
		}
		by.Name = args[1]
	}
	message, err := w.message(args[2], args[3:], opts)
	if err != nil {
		return Input{}, err
	}
	kind := args[2]
	if kind == "offers" {
		kind = schema.KindOffered
	}
	in := w.input(by, kind, opts["id"], message)
	if r, ok := message.(*schema.Request); ok {
		r.ID = opts["id"]
	}
	if v, ok := opts["deadline"]; ok {
		d, err := time.ParseDuration(v)
		if err != nil {
			return in, err
		}
		in.Deadline = w.now.Add(d)
	}
	if age, err := opts.dur("told"); err != nil {
		return in, err
	} else if age != nil {
		w.inbox++
		in.Inbox, in.At, in.By.Via = w.inbox, w.now.Add(-age.D()), schema.ViaTell
	}
	return in, nil
}

func (w *world) message(kind string, args []string, o options) (any, error) {
	typ := schema.Type(kind)
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	num := func(i int) int { n, _ := strconv.Atoi(arg(i)); return n }
	work := func() schema.Work {
		return schema.Work{Token: arg(0), Step: num(1), Attempt: num(2), Probe: o["probe"] != ""}
	}
	switch kind {
	case "request":
		return w.request(arg(0), o)
	case "cleared":
		return &schema.Cleared{Type: typ, ID: o["id"], Problem: arg(0), Expert: o["expert"], Note: o["note"]}, nil
	case "consumed":
		return &schema.Consumed{Type: typ, Token: arg(0)}, nil
	case "decide":
		m := &schema.Decide{Type: typ, ID: o["id"], Prompt: arg(0), Decision: arg(1), Override: o["override"] != "", Note: o["note"]}
		if s, ok := o["step"]; ok {
			n, err := strconv.Atoi(s)
			if err != nil {
				return nil, err
			}
			m.Step = &n
		}
		var err error
		m.Hold, err = o.dur("hold")
		return m, err
	case "interrupt":
		return &schema.Interrupt{Type: typ, ID: o["id"], Token: arg(0), Note: o["note"]}, nil
	case "mode":
		return &schema.Mode{Type: typ, ID: o["id"], Mode: arg(0), Note: o["note"]}, nil
	case "hold":
		d, err := o.dur("for")
		if err != nil {
			return nil, err
		}
		return &schema.Hold{Type: typ, Expert: o["expert"], Key: o["key"], Problem: o["problem"], For: *d, Note: o["note"]}, nil
	case "note":
		return &schema.Note{Type: typ, Token: arg(0), Text: arg(1)}, nil
	case "policy":
		return w.policy(o)
	case "offers":
		m := &schema.Offered{Type: schema.Type(schema.KindOffered)}
		for _, name := range strings.Split(arg(0), ",") {
			m.Actions = append(m.Actions, schema.Action{Name: name})
		}
		return m, nil
	case "claim":
		return &schema.Claim{Type: typ, ID: arg(3), Work: work()}, nil
	case "progress":
		return &schema.Progress{Type: typ, Work: work(), Claim: arg(3), Text: o["text"]}, nil
	case "result":
		m := &schema.Result{Type: typ, Work: work(), Claim: arg(3), Outcome: arg(4), Text: o["text"], Output: o["output"]}
		if by := o["by"]; by != "" {
			m.AbortedBy = &schema.By{Role: schema.RoleOperator, Name: by, Via: "host"}
		}
		return m, nil
	case "unclaimed":
		return &schema.Unclaimed{Type: typ, Work: work()}, nil
	case "silent":
		return &schema.Silent{Type: typ, Work: work()}, nil
	case "unconfirmed":
		return &schema.Unconfirmed{Type: typ, Work: work()}, nil
	case "expert_silent":
		return &schema.ExpertSilent{Type: typ, Token: arg(0), Experts: strings.Split(arg(1), ",")}, nil
	case "alive":
		return &schema.Alive{Type: typ}, nil
	case "malformed":
		return &schema.Malformed{Type: typ, Subject: arg(0), Text: arg(1)}, nil
	}
	return nil, fmt.Errorf("no such command")
}

func (w *world) request(problem string, o options) (any, error) {
	m := &schema.Request{Type: schema.Type(schema.KindRequest), ID: o["id"], Cure: o["cure"], Automatic: o["automatic"] != ""}
	m.Problem = schema.Problem{ID: problem, Key: o["key"], Title: o["title"]}
	if m.Problem.Title == "" {
		m.Problem.Title = "Problem " + problem
	}
	steps := o["steps"]
	if steps == "" {
		steps = "recycle"
	}
	timeout, err := o.dur("timeout")
	if err != nil {
		return nil, err
	}
	for _, s := range strings.Split(steps, ",") {
		name, times, _ := strings.Cut(s, "*")
		name, agent, _ := strings.Cut(name, "@")
		step := schema.Step{Title: name, Action: name, Agent: agent, Timeout: timeout}
		step.Attempts, _ = strconv.Atoi(times)
		if name == "hand" {
			step.Action, step.ByHand, step.Title = "", true, "by hand"
		}
		m.Steps = append(m.Steps, step)
	}
	if rel := o["relation"]; rel != "" {
		kind, to, _ := strings.Cut(rel, ":")
		m.Relation = &schema.Relation{Kind: kind, To: to}
	}
	if p := o["probe"]; p != "" {
		m.Cure, m.Probe = schema.CureProbe, &schema.Probe{Action: p}
	}
	m.Priority, _ = strconv.Atoi(o["priority"])
	if m.Observe, err = o.dur("observe"); err != nil {
		return nil, err
	}
	for name, to := range map[string]**time.Time{"not_before": &m.NotBefore, "expires": &m.Expires} {
		if v, ok := o[name]; ok {
			d, err := time.ParseDuration(v)
			if err != nil {
				return nil, err
			}
			at := w.now.Add(d)
			*to = &at
		}
	}
	return m, nil
}

func (w *world) policy(o options) (any, error) {
	p := schema.Policy{}
	var err error
	fields := map[string]**schema.Duration{
		"observe": &p.Observe, "approval_timeout": &p.ApprovalTimeout, "step_timeout": &p.StepTimeout, "offer_timeout": &p.OfferTimeout,
		"abort_timeout": &p.AbortTimeout, "agent_silence": &p.AgentSilence, "expert_silence": &p.ExpertSilence,
		"request_max_age": &p.RequestMaxAge, "hold": &p.Hold,
	}
	for name, v := range o {
		if field := fields[name]; field != nil {
			if *field, err = o.dur(name); err != nil {
				return nil, err
			}
			continue
		}
		n, _ := strconv.Atoi(v)
		switch name {
		case "automation":
			yes := v == "true"
			p.Automation = &yes
		case "mode":
			p.Mode = v
		case "breaker":
			p.Breaker = &schema.Breaker{Max: &n}
		case "queue":
			if p.Queue == nil {
				p.Queue = &schema.Queue{}
			}
			p.Queue.Max = &n
		case "queue_expire":
			if p.Queue == nil {
				p.Queue = &schema.Queue{}
			}
			if p.Queue.Expire, err = o.dur(name); err != nil {
				return nil, err
			}
		case "route":
			p.Routes = map[string]string{"*": v}
		default:
			return nil, fmt.Errorf("no such policy field %s", name)
		}
	}
	return &schema.ApplyPolicy{Type: schema.Type(schema.KindPolicy), Policy: p}, nil
}

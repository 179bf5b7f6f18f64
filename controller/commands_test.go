package controller

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"expertcontroller/schema"
)

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
		if needed := o["needed"]; needed != "" {
			m.Data = json.RawMessage(`{"needed":` + needed + `}`)
		}
		if by := o["by"]; by != "" {
			m.AbortedBy = &schema.By{Role: schema.RoleOperator, Name: by, Via: schema.ViaHost}
			if via := o["via"]; via != "" {
				m.AbortedBy.Via = via
			}
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
	pause, err := o.dur("pause")
	if err != nil {
		return nil, err
	}
	for _, s := range strings.Split(steps, ",") {
		name, times, _ := strings.Cut(s, "*")
		name, agent, _ := strings.Cut(name, "@")
		step := schema.Step{Title: name, Action: name, Agent: agent, Timeout: timeout}
		step.Attempts, _ = strconv.Atoi(times)
		for sign, order := range map[string]string{"+": "", "/": schema.Parallel} {
			if strings.Contains(agent, sign) {
				step.Agent, step.Agents, step.Order = "", strings.Split(agent, sign), order
			}
		}
		if pause != nil {
			step.Pause = *pause
		}
		if at, action, some := strings.Cut(o["needed"], ":"); some && at == name {
			step.Needed = &schema.Probe{Action: action}
		} else if !some && at != "" {
			step.Needed = &schema.Probe{Action: at}
		}
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

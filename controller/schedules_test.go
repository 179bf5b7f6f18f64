package controller

import (
	"fmt"
	"strconv"

	"expertcontroller/schema"
)

// What may come in, drawn at random: mostly what fits the state, now and then anything.

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
	outcome := c.one("done", "done", "failed", "aborted", "timed_out", "unknown")
	if outcome == schema.OutcomeAborted && c.claims%3 == 0 {
		probe += " by=root"
	}
	return "agent " + who + " result" + work + claim + " " + outcome + probe + c.one("", "", " needed=false")
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

package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"expertcontroller/schema"
)

// tick is how finely waiting is counted.
const tick = 100 * time.Millisecond

// counting is how long this replica has waited for somebody's message: only the time
// in which it was up, connected and listening.
type counting struct {
	waited time.Duration
	// proven: the broker answered after the time was over, so that what was sent to us
	// before has arrived.
	proven bool
}

// signs are the signs of life since the last tick.
type signs struct {
	mu      sync.Mutex
	wanted  bool
	work    map[string]bool
	experts map[string]bool
}

// workKey names what an agent carries out. The claim is part of it: somebody else of the
// agent's name is no sign of its life.
func workKey(agent string, w schema.Work, claim string) string {
	return fmt.Sprintf("%s/%s/%d/%d/%t/%s", agent, w.Token, w.Step, w.Attempt, w.Probe, claim)
}

// hear notes that somebody gave a sign of life.
func (a *Actor) hear(in *Input) {
	if in.By.Role == schema.RoleAgent {
		instance := ""
		switch m := in.Message.(type) {
		case *schema.Next:
			instance = m.Instance
		case *schema.Claim:
			instance = m.Instance
		}
		a.heard.hear(in.By.Name, instance, a.now())
	}
	l := &a.life
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.wanted {
		return
	}
	switch in.By.Role {
	case schema.RoleExpert:
		l.experts[in.By.Name] = true
	case schema.RoleAgent:
		switch m := in.Message.(type) {
		case *schema.Next:
			for _, acting := range m.Acting {
				l.work[workKey(in.By.Name, acting.Work, acting.Claim)] = true
			}
		case *schema.Claim:
			l.work[workKey(in.By.Name, m.Work, m.ID)] = true
		case *schema.Progress:
			l.work[workKey(in.By.Name, m.Work, m.Claim)] = true
		case *schema.Result:
			l.work[workKey(in.By.Name, m.Work, m.Claim)] = true
		}
	}
}

// take gives what was heard since the last time, and says whether to go on listening.
func (l *signs) take(wanted bool) (work, experts map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	work, experts = l.work, l.experts
	l.wanted, l.work, l.experts = wanted, map[string]bool{}, map[string]bool{}
	return work, experts
}

// Alive notes an expert's sign of life. If the log says that it is silent, the log
// hears of it.
func (a *Actor) Alive(expert string) {
	by := schema.By{Role: schema.RoleExpert, Name: expert, Via: schema.ViaTell, Auth: "subject"}
	a.hear(&Input{By: by})
	silent := false
	a.View(func(s *State) { silent = s.experts[expert] != nil })
	key := "alive/" + expert
	if !silent || a.accepts(&Input{Kind: schema.KindAlive}) != nil || !a.once.begin(key) {
		return
	}
	in, err := a.made(schema.KindAlive, by, a.now(), &schema.Alive{Type: schema.Type(schema.KindAlive)})
	if err != nil {
		a.once.end(key)
		a.log.Error("an expert's sign of life can't be logged", "expert", expert, "error", err)
		return
	}
	a.own(&ask{
		in: in, shared: true, over: func() { a.once.end(key) },
		valid: func(s *State) bool { return s.experts[expert] != nil },
	})
}

// countSilence counts what is waited for, and makes an input of what did not come in time.
// Only the preferred replica counts, since everything is forwarded to it; the others
// make sure that it is there.
func (a *Actor) countSilence(ctx context.Context) error {
	l := &a.loop
	now := a.now()
	waits := a.state.Waits()
	if len(waits) == 0 || !a.deciding() {
		clear(l.waits)
		l.ticked = time.Time{}
		a.life.take(false)
		return nil
	}
	passed := now.Sub(l.ticked)
	if l.ticked.IsZero() {
		passed = 0
	} else if passed < tick {
		return nil
	}
	l.ticked = now
	if !a.mine() {
		clear(l.waits)
		a.life.take(false)
		return a.watchPreferred(ctx, now)
	}
	if cuts := a.cuts.Load(); cuts != l.lastCuts {
		l.lastCuts = cuts
		clear(l.waits) // an outage is nobody's silence: everybody has the whole time again
	}
	// Whoever was stopped for a while, by a debugger or a busy machine, did not listen.
	passed = min(passed, 2*tick)
	work, experts := a.life.take(true)
	// Asked once for all that is over: while no answer comes, the loop decides nothing.
	reached := sync.OnceValue(func() bool { return a.reachable(ctx) })
	seen := make(map[string]bool, len(waits))
	for _, w := range waits {
		key := fmt.Sprintf("%s/%s/%s/%d", w.Kind, workKey(w.Agent, w.Work, w.Claim), strings.Join(w.Experts, ","), w.Since.UnixNano())
		seen[key] = true
		c := l.waits[key]
		if c == nil {
			l.waits[key] = &counting{}
			continue
		}
		if c.waited += passed; heardOf(w, work, experts) {
			*c = counting{}
		}
		if c.waited < w.For {
			continue
		}
		if !c.proven {
			if c.proven = reached(); !c.proven {
				*c = counting{}
			}
			continue // what arrived before the broker's answer is counted at the next tick
		}
		*c = counting{}
		if err := a.observed(w, now); err != nil {
			return err
		}
	}
	for key := range l.waits {
		if !seen[key] {
			delete(l.waits, key)
		}
	}
	return nil
}

// heardOf tells whether whoever is waited for gave a sign of life. Only silence is
// broken by one: a claim and a confirmation are messages of their own.
func heardOf(w Wait, work, experts map[string]bool) bool {
	switch w.Kind {
	case schema.KindSilent:
		return work[workKey(w.Agent, w.Work, w.Claim)]
	case schema.KindExpertSilent:
		return slices.ContainsFunc(w.Experts, func(e string) bool { return experts[e] })
	}
	return false
}

// reachable tells whether the broker answers now.
func (a *Actor) reachable(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, _, err := a.config.Bus.Time(ctx)
	return err == nil
}

func (a *Actor) observed(w Wait, now time.Time) error {
	in, err := a.made(w.Kind, a.by(), now, w.Observed())
	if err != nil {
		return fmt.Errorf("observing %s: %w", w.Kind, err)
	}
	a.loop.asks = append(a.loop.asks, &ask{in: in, received: now, valid: func(s *State) bool {
		return slices.ContainsFunc(s.Waits(), func(v Wait) bool {
			return v.Kind == w.Kind && v.Work == w.Work && v.Agent == w.Agent && v.Since.Equal(w.Since) && slices.Equal(v.Experts, w.Experts)
		})
	}})
	return nil
}

// watchPreferred makes sure, while the system waits for somebody, that the replica
// which counts the waiting is there; if it isn't, this one takes over.
func (a *Actor) watchPreferred(ctx context.Context, now time.Time) error {
	replica := *a.preferred.Load()
	p := &a.peers
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.pinging:
		return nil
	case p.missed >= 2:
		p.missed = 0
		p.mu.Unlock()
		defer p.mu.Lock()
		return a.takeOver(ctx, replica, now)
	case p.missed == 0 && now.Sub(p.heard) < pingEvery, now.Sub(p.pinged) < pingPatience:
		return nil
	}
	p.pinging, p.pinged = true, now
	a.running.Go(func() {
		_, bad, err := a.askPeer(ctx, replica, &peerCall{Type: schema.Type(kindPeerCall), From: a.config.Replica}, pingPatience)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.pinging = false
		if err != nil || bad != nil {
			p.missed++
			a.poke()
			return
		}
		p.heard, p.missed = a.now(), 0
	})
	return nil
}

// takeOver appends an entry that makes this replica the preferred one: only one of
// those who try succeeds, and from then on everything is forwarded to it.
func (a *Actor) takeOver(ctx context.Context, from string, now time.Time) error {
	at := now
	if at.Before(a.state.At) {
		at = a.state.At
	}
	p := &proposal{expect: a.state.Position.Sequence, decision: Decision{At: at, Events: []schema.Event{{
		Kind: schema.EventTakeover, At: at, By: a.by(), Text: "decides from now on: controller " + from + ", which did, does not answer",
	}}}}
	if err := a.encode(p); err != nil {
		return err
	}
	if ok, err := a.append(ctx, p); err != nil || !ok {
		return err
	}
	a.log.Warn("took over, since the replica that decided does not answer", "from", from)
	return nil
}

package controller

import (
	"time"

	"expertcontroller/schema"
)

// due gives the time at which something happens to a recovery by itself. Waiting
// for somebody's message is no deadline: see Waits.
func due(r *schema.Status) (time.Time, bool) {
	switch situationOf(r) {
	case awaiting, byHand, granted, resting, checking, observing, probing, waiting:
		if r.Deadline != nil {
			return *r.Deadline, true
		}
	}
	return time.Time{}, false
}

// NextDue gives the earliest time at which Step has something to do without any
// input. It may lie in the past.
func (s *State) NextDue() (time.Time, bool) {
	var first time.Time
	found := false
	for _, token := range s.open {
		if t, ok := due(s.recoveries[token]); ok && (!found || t.Before(first)) {
			first, found = t, true
		}
	}
	if s.underWay == "" && s.Mode() != schema.ModeManual && s.nextInQueue() != "" {
		if t := s.At; !found || t.Before(first) {
			first, found = t, true
		}
	}
	return first, found
}

func (s *State) nextInQueue() string {
	return first(s.open, func(token string) *schema.Status { return s.recoveries[token] })
}

// Wait is somebody's message that a controller waits for. It is counted only while
// the controller itself is up, connected and listening; then Observed is an input.
type Wait struct {
	// Kind is the observation: unclaimed, silent, unconfirmed or expert_silent.
	Kind string
	Work schema.Work
	// Agent or Experts say who is waited for; Claim is the one that the agent acts under.
	Agent   string
	Claim   string
	Experts []string
	// Since is when the waiting began, by the log; For is how long it is waited.
	Since time.Time
	For   time.Duration
}

// Observed gives the input that says so.
func (w Wait) Observed() any {
	switch w.Kind {
	case schema.KindUnclaimed:
		return &schema.Unclaimed{Type: schema.Type(w.Kind), Work: w.Work}
	case schema.KindSilent:
		return &schema.Silent{Type: schema.Type(w.Kind), Work: w.Work}
	case schema.KindUnconfirmed:
		return &schema.Unconfirmed{Type: schema.Type(w.Kind), Work: w.Work}
	default:
		return &schema.ExpertSilent{Type: schema.Type(w.Kind), Token: w.Work.Token, Experts: w.Experts}
	}
}

// Waits lists what the system waits for.
func (s *State) Waits() []Wait {
	var out []Wait
	if r := s.UnderWay(); r != nil {
		out = s.waitsOf(r)
	}
	if s.limits.expertSilence <= 0 {
		return out
	}
	for _, token := range s.open {
		r := s.recoveries[token]
		experts := unclearedExperts(r)
		if len(experts) == 0 || s.allSilent(experts) && !endsBySilence(r) {
			continue
		}
		out = append(out, Wait{Kind: schema.KindExpertSilent, Work: schema.Work{Token: token}, Experts: experts, Since: r.Created, For: s.limits.expertSilence})
	}
	return out
}

// waitsOf lists what is waited for by the recovery under way: of a group, by each of its
// members that has something open.
func (s *State) waitsOf(r *schema.Status) []Wait {
	sit := situationOf(r)
	switch sit {
	case probing, checking:
		return []Wait{s.waitOf(r, openProbe(r), sit)}
	case offered, granted, stopping:
	default:
		return nil
	}
	if !grouped(r) {
		return []Wait{s.waitOf(r, lastAttempt(r), sit)}
	}
	var out []Wait
	for i := range r.Steps[r.Step].Attempts {
		if a := &r.Steps[r.Step].Attempts[i]; a.State == schema.AttemptOffered || a.State == schema.AttemptGranted {
			out = append(out, s.waitOf(r, a, sit))
		}
	}
	return out
}

func (s *State) waitOf(r *schema.Status, a *schema.Attempt, sit situation) Wait {
	w := Wait{Work: schema.Work{Token: r.Token, Step: workStep(r), Attempt: a.Number, Probe: sit == probing || sit == checking}, Agent: a.Agent, Claim: a.Claim}
	switch {
	case a.State == schema.AttemptOffered:
		w.Kind, w.Since, w.For = schema.KindUnclaimed, *a.Offered, s.limits.offerTimeout
	case sit == stopping:
		w.Kind, w.Since, w.For = schema.KindUnconfirmed, *a.Stopped, s.limits.abortTimeout
	default:
		w.Kind, w.Since, w.For = schema.KindSilent, *a.Granted, s.limits.agentSilence
	}
	return w
}

// workStep gives the step that offers and waits name: of a probe behind the last step
// that one.
func workStep(r *schema.Status) int { return min(r.Step, len(r.Steps)-1) }

// unclearedExperts lists the experts whose problems in r have not cleared; nil when
// an operator's problem has not: people are not watched.
func unclearedExperts(r *schema.Status) []string {
	var out []string
	for _, p := range r.Problems {
		if p.Cleared != nil {
			continue
		}
		if p.Role == schema.RoleOperator {
			return nil
		}
		out = append(out, p.Expert)
	}
	return out
}

// endsBySilence tells whether silent experts end the recovery as it stands: what an
// agent has begun finishes first.
func endsBySilence(r *schema.Status) bool {
	switch situationOf(r) {
	case offered:
		return !triedAgain(r)
	case awaiting, byHand, resting, checking, waiting:
		return true
	}
	return false
}

func (s *State) allSilent(experts []string) bool {
	for _, e := range experts {
		if s.experts[e] == nil {
			return false
		}
	}
	return len(experts) > 0
}

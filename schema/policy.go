package schema

import "time"

// Policy is how a system wants its recoveries to be run. Every field may be
// left out; its default then holds.
type Policy struct {
	// Mode is the mode that a new log starts in; later changes do not touch the mode in force.
	Mode string `json:"mode,omitzero" check:"enum=approval|automatic|manual"`
	// Observe is how long to watch after a step; 0s: the step's success decides. CMS practice: 20 s.
	Observe *Duration `json:"observe,omitempty"`
	// ApprovalTimeout is how long a prompt stays open. CMS practice: 1 h.
	ApprovalTimeout *Duration `json:"approval_timeout,omitempty"`
	// StepTimeout is how long an attempt may take unless the step says otherwise. CMS practice: 10 min.
	StepTimeout *Duration `json:"step_timeout,omitempty"`
	// OfferTimeout is how long an offered attempt waits for a claim.
	OfferTimeout *Duration `json:"offer_timeout,omitempty"`
	// AbortTimeout is how long an agent has to confirm an abort.
	AbortTimeout *Duration `json:"abort_timeout,omitempty"`
	// AgentSilence is how long an acting agent may say nothing before the outcome is unclear.
	AgentSilence *Duration `json:"agent_silence,omitempty"`
	// ExpertSilence is how long an expert may say nothing; 0s: not watched.
	ExpertSilence *Duration `json:"expert_silence,omitempty"`
	// RequestMaxAge is how long a request may have lain in the inbox; 0s: any time. CMS practice: 20 s.
	RequestMaxAge *Duration `json:"request_max_age,omitempty"`
	// Automation lets requests with `automatic: true` run without approval in mode `automatic`.
	Automation *bool `json:"automation,omitempty"`
	// Breaker is how many recoveries may start without approval in a window.
	Breaker *Breaker `json:"breaker,omitempty"`
	// Hold is how long a problem is held after a decline or an interrupt.
	Hold *Duration `json:"hold,omitempty"`
	// Queue bounds the postponed recoveries.
	Queue *Queue `json:"queue,omitempty"`
	// Retention is how long records are kept, per outcome; what is left out: for ever.
	Retention *Retention `json:"retention,omitempty"`
	// Routes says which agent carries out an action; "*" for the rest.
	Routes map[string]string `json:"routes,omitempty" check:"maxitems=1000,itemname"`
}

// Breaker stops a loop of automatic recoveries. ATLAS's counterpart stops after 5 restarts in 30 min.
type Breaker struct {
	// Max is how many recoveries may start without approval within the window.
	Max *int `json:"max,omitempty" check:"min=0,max=1000"`
	// Window is the time that is looked back on.
	Window *Duration `json:"window,omitempty"`
}

// Queue bounds the postponed recoveries.
type Queue struct {
	// Max is how many may wait.
	Max *int `json:"max,omitempty" check:"min=0,max=1000"`
	// Expire is how long one waits before it is cancelled.
	Expire *Duration `json:"expire,omitempty"`
}

func dur(d time.Duration) *Duration { v := Duration(d); return &v }
func ptr[T any](v T) *T             { return &v }

// DefaultPolicy gives the contract's defaults, every field set.
func DefaultPolicy() Policy {
	return Policy{
		Mode:            ModeApproval,
		Observe:         dur(20 * time.Second),
		ApprovalTimeout: dur(time.Hour),
		StepTimeout:     dur(10 * time.Minute),
		OfferTimeout:    dur(30 * time.Second),
		AbortTimeout:    dur(30 * time.Second),
		AgentSilence:    dur(15 * time.Second),
		ExpertSilence:   dur(0),
		RequestMaxAge:   dur(20 * time.Second),
		Automation:      ptr(false),
		Breaker:         &Breaker{Max: ptr(2), Window: dur(10 * time.Minute)},
		Hold:            dur(10 * time.Minute),
		Queue:           &Queue{Max: ptr(16), Expire: dur(time.Hour)},
		Retention:       &Retention{},
		Routes:          map[string]string{},
	}
}

// WithDefaults gives the policy with every field set: its own value, or the default.
func (p Policy) WithDefaults() Policy {
	out := DefaultPolicy()
	set(&out.Observe, p.Observe)
	set(&out.ApprovalTimeout, p.ApprovalTimeout)
	set(&out.StepTimeout, p.StepTimeout)
	set(&out.OfferTimeout, p.OfferTimeout)
	set(&out.AbortTimeout, p.AbortTimeout)
	set(&out.AgentSilence, p.AgentSilence)
	set(&out.ExpertSilence, p.ExpertSilence)
	set(&out.RequestMaxAge, p.RequestMaxAge)
	set(&out.Automation, p.Automation)
	set(&out.Hold, p.Hold)
	if p.Mode != "" {
		out.Mode = p.Mode
	}
	if p.Breaker != nil {
		set(&out.Breaker.Max, p.Breaker.Max)
		set(&out.Breaker.Window, p.Breaker.Window)
	}
	if p.Queue != nil {
		set(&out.Queue.Max, p.Queue.Max)
		set(&out.Queue.Expire, p.Queue.Expire)
	}
	if p.Retention != nil {
		out.Retention = p.Retention
	}
	if p.Routes != nil {
		out.Routes = p.Routes
	}
	return out
}

func set[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}

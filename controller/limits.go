package controller

import (
	"time"

	"expertcontroller/schema"
)

// limits is the policy in force with its defaults, as plain values.
type limits struct {
	mode            string
	observe         time.Duration
	approvalTimeout time.Duration
	stepTimeout     time.Duration
	offerTimeout    time.Duration
	abortTimeout    time.Duration
	agentSilence    time.Duration
	expertSilence   time.Duration
	requestMaxAge   time.Duration
	automation      bool
	breakerMax      int
	breakerWindow   time.Duration
	hold            time.Duration
	queueMax        int
	queueExpire     time.Duration
	routes          map[string]string
}

func newLimits(p schema.Policy) limits {
	p = p.WithDefaults()
	return limits{
		mode:            p.Mode,
		observe:         p.Observe.D(),
		approvalTimeout: p.ApprovalTimeout.D(),
		stepTimeout:     p.StepTimeout.D(),
		offerTimeout:    p.OfferTimeout.D(),
		abortTimeout:    p.AbortTimeout.D(),
		agentSilence:    p.AgentSilence.D(),
		expertSilence:   p.ExpertSilence.D(),
		requestMaxAge:   p.RequestMaxAge.D(),
		automation:      *p.Automation,
		breakerMax:      *p.Breaker.Max,
		breakerWindow:   p.Breaker.Window.D(),
		hold:            p.Hold.D(),
		queueMax:        *p.Queue.Max,
		queueExpire:     p.Queue.Expire.D(),
		routes:          p.Routes,
	}
}

// route gives the agent that the policy names for an action, or "".
func (l *limits) route(action string) string {
	if agent, ok := l.routes[action]; ok {
		return agent
	}
	return l.routes["*"]
}

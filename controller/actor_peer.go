package controller

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"expertcontroller/schema"
)

const (
	// forwardPatience is how long the preferred replica may take, and after which it
	// does not decide a forwarded input any more: far less than ids are remembered.
	forwardPatience = time.Second
	// suspicion is how long a replica that did not answer is not asked again.
	suspicion = 2 * time.Second
	// otherPatience is how much longer the replicas that are not preferred wait.
	otherPatience = 500 * time.Millisecond
	// pingPatience and pingEvery: how a replica that waits for nothing itself finds out
	// whether the preferred one, which counts the waiting, is there.
	pingPatience = 500 * time.Millisecond
	pingEvery    = 2 * time.Second
)

// peerCall is what controllers say to one another: decide this, or, without a kind, are you there.
type peerCall struct {
	Type    string          `json:"type"`
	From    string          `json:"from"`
	Kind    string          `json:"kind,omitzero"`
	By      schema.By       `json:"by,omitzero"`
	Own     string          `json:"own,omitzero"`
	At      time.Time       `json:"at,omitzero"`
	Until   time.Time       `json:"until,omitzero"`
	Message json.RawMessage `json:"message,omitempty"`
	// Ask is what a call without a kind wants to know, and Heard the answer to askHeard.
	Ask   string      `json:"ask,omitzero"`
	Heard *seenAgents `json:"heard,omitempty"`
}

const (
	kindPeerCall = "peer_call"
	// askHeard asks which agents a replica has heard.
	askHeard = "heard"
)

// peers remembers which replica did not answer, and until when it is left alone.
type peers struct {
	mu      sync.Mutex
	suspect string
	until   time.Time
	// heard is when the preferred replica last gave a sign of life; missed counts the
	// pings since that it did not answer.
	heard   time.Time
	missed  int
	pinging bool
	pinged  time.Time
}

func (p *peers) suspected(replica string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.suspect == replica && now.Before(p.until)
}

func (p *peers) silent(replica string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.suspect, p.until = replica, now.Add(suspicion)
}

func (p *peers) hear(replica string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.suspect == replica {
		p.suspect = ""
	}
	p.heard, p.missed = now, 0
}

// forward asks the preferred replica, once. ok is false when this one has to decide.
// From the first forwarding on the input has an id of its own, by which a second
// decision is recognised.
func (a *Actor) forward(ctx context.Context, in *Input) (out []byte, bad *schema.Error, ok bool) {
	p := a.preferred.Load()
	if a.mine() || a.peers.suspected(*p, a.now()) {
		return nil, nil, false
	}
	in.Own = randomID()
	if in.Kind == schema.KindInterrupt {
		// Whoever decides it: the agent must stop although the log can't take it.
		late := &ask{in: *in}
		a.ringIfLate(late, in.At)
		defer late.bell.stop()
	}
	call := peerCall{
		Type: schema.Type(kindPeerCall), From: a.config.Replica, Kind: in.Kind, By: in.By, Own: in.Own,
		At: in.At, Until: in.At.Add(forwardPatience), Message: in.Raw,
	}
	out, bad, err := a.askPeer(ctx, *p, &call, forwardPatience)
	now := a.now()
	switch {
	case err != nil && ctx.Err() == nil:
		a.log.Info("the preferred replica does not answer: deciding here", "preferred", *p, "error", err)
		a.peers.silent(*p, now)
		return nil, nil, false
	case err != nil, bad != nil && bad.Code == 503:
		return nil, nil, false // it does not decide now
	}
	a.peers.hear(*p, now)
	a.counts.forwarded.Add(1)
	return out, bad, true
}

func (a *Actor) askPeer(ctx context.Context, replica string, call *peerCall, patience time.Duration) ([]byte, *schema.Error, error) {
	payload, err := schema.Encode(call)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return a.config.Bus.Forward(ctx, a.config.System, replica, payload)
}

// Peer answers what another replica forwards: as Call does, only that it is decided
// here or not at all. An error 503 means that the other replica has to decide.
func (a *Actor) Peer(ctx context.Context, payload []byte) ([]byte, *schema.Error) {
	call, err := schema.Read[peerCall](payload)
	if err != nil {
		a.log.Warn("another replica's message can't be read", "error", err)
		return nil, a.unavailable()
	}
	if a.Ready() != nil {
		return nil, a.unavailable()
	}
	if call.Kind == "" {
		reply := peerCall{Type: schema.Type(kindPeerCall), From: a.config.Replica}
		if call.Ask == askHeard {
			heard := a.heard.seen(a.now())
			reply.Heard = &heard
		}
		return encoded(reply)
	}
	message, bad := schema.Decode(call.Kind, call.Message)
	if bad != nil {
		// The asking replica could read it: it is a newer build than this one.
		return nil, a.unavailable()
	}
	at := call.At.UTC()
	if now := a.now(); at.After(now) {
		at = now // the other's clock is a little ahead
	}
	in := inputOf(call.Kind, call.By, at, call.Message, message)
	in.Own = call.Own
	a.hear(&in)
	return a.answer(ctx, &in, call.Until)
}

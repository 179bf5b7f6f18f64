package controller

import (
	"context"
	"encoding/json"
	"errors"
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
}

// peerAnswer holds one of: an answer, an error for the sender, or that this replica
// does not decide now.
type peerAnswer struct {
	Type     string          `json:"type"`
	Answer   json.RawMessage `json:"answer,omitempty"`
	Error    *schema.Error   `json:"error,omitempty"`
	Declined bool            `json:"declined,omitzero"`
}

const (
	kindPeerCall   = "peer_call"
	kindPeerAnswer = "peer_answer"
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
	answer, err := a.askPeer(ctx, *p, &call, forwardPatience)
	now := a.now()
	switch {
	case err != nil && ctx.Err() == nil:
		a.log.Info("the preferred replica does not answer: deciding here", "preferred", *p, "error", err)
		a.peers.silent(*p, now)
		return nil, nil, false
	case err != nil, answer.Declined:
		return nil, nil, false
	}
	a.peers.hear(*p, now)
	a.counts.forwarded.Add(1)
	return answer.Answer, answer.Error, true
}

func (a *Actor) askPeer(ctx context.Context, replica string, call *peerCall, patience time.Duration) (*peerAnswer, error) {
	payload, err := schema.Encode(call)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	reply, err := a.config.Bus.Forward(ctx, a.config.System, replica, payload)
	if err != nil {
		return nil, err
	}
	answer, err := schema.Read[peerAnswer](reply)
	if err != nil {
		return nil, err
	}
	if answer.Answer == nil && answer.Error == nil && !answer.Declined && call.Kind != "" {
		return nil, errors.New("the other replica's answer holds nothing")
	}
	return &answer, nil
}

// Peer answers another replica: it decides here, or says that it doesn't.
func (a *Actor) Peer(ctx context.Context, payload []byte) []byte {
	answer := a.peerAnswer(ctx, payload)
	answer.Type = schema.Type(kindPeerAnswer)
	out, err := schema.Encode(answer)
	if err != nil {
		a.log.Error("answering another replica", "error", err)
		return []byte(`{"declined":true}`)
	}
	return out
}

func (a *Actor) peerAnswer(ctx context.Context, payload []byte) peerAnswer {
	call, err := schema.Read[peerCall](payload)
	if err != nil {
		a.log.Warn("another replica's message can't be read", "error", err)
		return peerAnswer{Declined: true}
	}
	if a.Ready() != nil {
		return peerAnswer{Declined: true}
	}
	if call.Kind == "" {
		return peerAnswer{}
	}
	message, bad := schema.Decode(call.Kind, call.Message)
	if bad != nil {
		// The asking replica has read it: a newer build than this one.
		return peerAnswer{Declined: true}
	}
	at := call.At.UTC()
	if now := a.now(); at.After(now) {
		at = now // the other's clock is a little ahead
	}
	in := inputOf(call.Kind, call.By, at, call.Message, message)
	in.Own = call.Own
	a.hear(&in)
	out, bad := a.answer(ctx, &in, call.Until)
	switch {
	case bad != nil && bad.Code == 503:
		return peerAnswer{Declined: true}
	case bad != nil:
		return peerAnswer{Error: bad}
	}
	return peerAnswer{Answer: out}
}

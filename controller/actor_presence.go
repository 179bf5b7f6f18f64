package controller

import (
	"context"
	"time"

	"expertcontroller/schema"
)

// presencePatience is how long whoever looks at the agents waits for the preferred
// replica's word on them.
const presencePatience = 300 * time.Millisecond

// Presence fills in which of the agents are there. Agents are heard, not logged: by the
// replica that a message reaches, and by the preferred one, to which it is forwarded. So
// that one is asked; without its answer an agent that was not heard here is unknown.
func (a *Actor) Presence(ctx context.Context, agents []schema.AgentDocument) {
	if len(agents) == 0 {
		return
	}
	now := a.now()
	own := a.heard.seen(now)
	preferred := a.preferredHeard(ctx, &own, now)
	for i := range agents {
		fill(&agents[i], &own, preferred, now)
	}
}

func (a *Actor) preferredHeard(ctx context.Context, own *seenAgents, now time.Time) *seenAgents {
	if a.mine() {
		return own
	}
	replica := *a.preferred.Load()
	if a.peers.suspected(replica, now) {
		return nil
	}
	call := peerCall{Type: schema.Type(kindPeerCall), From: a.config.Replica, Ask: askHeard}
	out, bad, err := a.askPeer(ctx, replica, &call, presencePatience)
	if err != nil || bad != nil {
		return nil
	}
	reply, err := schema.Read[peerCall](out)
	if err != nil {
		a.log.Warn("another replica's answer can't be read", "error", err)
		return nil
	}
	return reply.Heard
}

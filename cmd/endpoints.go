package cmd

import (
	"context"

	"expertcontroller/broker"
	"expertcontroller/schema"
)

// attend serves the endpoints, and other replicas, until the context ends. It begins
// once the actors decide, so that nobody is answered from an old state.
func (r *replica) attend(ctx context.Context) error {
	bySystem := map[string]*served{}
	for _, s := range r.systems {
		bySystem[s.system] = s
		stop, err := r.broker.ServePeer(s.system, r.name, s.actor.Peer)
		if err != nil {
			return err
		}
		defer stop()
		deafen, err := r.broker.Alive(s.system, s.actor.Alive)
		if err != nil {
			return err
		}
		defer deafen()
	}
	if err := until(ctx, readyWithin, r.deciding); err != nil && ctx.Err() == nil {
		r.log.Warn("answers queries, but does not decide yet", "error", err)
	}
	if ctx.Err() != nil {
		return nil
	}
	names := make([]string, len(r.systems))
	for i, s := range r.systems {
		names[i] = s.system
	}
	service, err := r.broker.Serve(broker.ServiceConfig{
		Systems: names, Version: version, Logger: r.log, Refused: r.refusedAtTheDoor,
		Call: func(ctx context.Context, from schema.Sender, payload []byte) ([]byte, *schema.Error) {
			return bySystem[from.System].actor.Call(ctx, from, payload)
		},
		Query: func(ctx context.Context, system, query string, payload []byte) ([]byte, *schema.Error) {
			v, refused := bySystem[system].query(ctx, query, payload)
			if refused != nil {
				return nil, refused
			}
			v, err := bySystem[system].redacted(v)
			if err != nil {
				return nil, bySystem[system].trouble(err)
			}
			out, err := schema.Encode(v)
			if err != nil {
				return nil, bySystem[system].trouble(err)
			}
			return out, nil
		},
	})
	if err != nil {
		return err
	}
	close(r.open)
	<-ctx.Done()
	service.Stop()
	return nil
}

package controller

import (
	"context"

	"expertcontroller/schema"
)

// heralded is a recovery that changed: what the log keeps of it, and its request.
type heralded struct {
	token   string
	kept    []byte
	request *schema.Request
}

// heraldsMost bounds the changed recoveries that wait to be published. Those that find
// no place are counted and not published: a status subject is heard at most once, and
// whoever needs to know asks.
const heraldsMost = 4096

// tellOf hands a changed recovery on. Nothing waits for these, so they are encoded and
// published beside the loop, which has the next inputs to decide.
func (a *Actor) tellOf(h heralded) {
	select {
	case a.heralds <- h:
	default:
		a.counts.unsent.Add(1)
	}
}

// herald publishes changed recoveries in the order of their entries, until the context
// ends and nothing waits any more.
func (a *Actor) herald(ctx context.Context) {
	for {
		select {
		case h := <-a.heralds:
			a.publishStatus(h)
			continue
		default:
		}
		select {
		case h := <-a.heralds:
			a.publishStatus(h)
		case <-ctx.Done():
			return
		}
	}
}

func (a *Actor) publishStatus(h heralded) {
	whole, err := schema.Whole(h.kept, h.request)
	if err != nil {
		a.counts.unsent.Add(1)
		a.log.Error("a status can't be encoded", "token", h.token, "error", err)
		return
	}
	var secrets map[string][]string
	a.View(func(s *State) { secrets = s.Secrets() })
	if len(secrets) > 0 {
		if whole, err = Redact(whole, secrets); err != nil {
			a.counts.unsent.Add(1)
			a.log.Error("a status is not published, since secrets can't be taken out of it", "token", h.token, "error", err)
			return
		}
	}
	a.send(schema.SubjectStatus(a.config.System, h.token), whole)
}

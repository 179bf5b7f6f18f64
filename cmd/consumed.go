package cmd

import (
	"context"
	"time"

	"expertcontroller/client"
	"expertcontroller/controller"
	"expertcontroller/schema"
)

// consumed says, where the policy says for how long, that a recovery's polls are no
// longer answered, because all who asked have seen how it ended. The record stays.
func (s *served) consumed(ctx context.Context, status *schema.Status) *schema.Error {
	var stays *schema.Duration
	s.actor.View(func(state *controller.State) {
		if p := state.Policy(); p != nil && p.Policy.Retention != nil {
			stays = p.Policy.Retention.Consumed
		}
	})
	if stays == nil || !status.Terminal {
		return nil
	}
	events, err := s.store.Events(ctx, s.system, status.Token, 0, 0)
	if err != nil {
		return s.trouble(err)
	}
	over, all := seenBy(status, events)
	if over = over.Add(stays.D()); !all || now().Before(over) {
		return nil
	}
	return refusal(410, schema.CodeRemoved, "all who asked for %s have seen how it ended, so polls for it are not answered since %s (policy: retention.consumed); its record is kept: `expertcontroller show %s`",
		status.Token, over.UTC().Format(time.RFC3339), status.Token)
}

// seenBy tells whether all who asked said that they have seen it, and when the last did.
func seenBy(status *schema.Status, events []schema.Event) (last time.Time, all bool) {
	seen := map[schema.By]time.Time{}
	for _, e := range events {
		by := schema.By{Role: e.By.Role, Name: e.By.Name}
		if _, before := seen[by]; e.Kind == schema.EventConsumed && !before {
			seen[by] = e.At
		}
	}
	for _, by := range schema.Askers(status) {
		at, did := seen[by]
		if !did {
			return last, false
		}
		if at.After(last) {
			last = at
		}
	}
	return last, true
}

// seeing is how one says "I have seen it".
type seeing struct {
	Consume bool   `help:"Say that you have seen how it ended; the policy's retention.consumed may then end polls for it. The record stays."`
	Expert  string `placeholder:"E" help:"Say so as this expert, who asked for it (default: as the operator)."`
}

// say says it of those that have ended; what is not taken is said, and changes nothing.
func (s *seeing) say(ctx context.Context, c *console, cl *client.Client, statuses []*schema.Status) {
	if !s.Consume {
		return
	}
	if s.Expert != "" {
		cl = cl.As(schema.RoleExpert, s.Expert)
	}
	for _, status := range statuses {
		if status == nil || !status.Terminal {
			continue
		}
		switch answer, err := cl.Consumed(ctx, schema.Consumed{Token: status.Token}); {
		case err != nil:
			c.say("that you have seen how %s ended could not be said: %s", status.Token, clean(err.Error()))
		case answer.Verdict != schema.Recorded:
			c.say("that you have seen how %s ended is not taken: %s", status.Token, clean(answer.Reason.Text))
		}
	}
}

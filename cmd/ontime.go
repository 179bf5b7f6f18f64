package cmd

import (
	"context"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

const (
	// offBy is how far this machine's clock may be off before anybody is told.
	offBy = 5 * time.Second
	// timeAsked is how long it takes at most to ask what the controller's clock says.
	timeAsked = 500 * time.Millisecond
)

// hears sets the console's clock by the controller's: what expires "in 9m" does so by
// that one, and an operator whose own is wrong would answer too late.
func (c *console) hears(at time.Time) {
	off := at.Sub(c.now())
	if at.IsZero() || off.Abs() <= offBy {
		return
	}
	was, way := c.now, "behind"
	c.now = func() time.Time { return was().Add(off) }
	if off < 0 {
		way = "ahead of"
	}
	c.say("this machine's clock is %s %s the controller's, by which times are told here", span(off.Abs()), way)
}

// asksTime asks what the controller's clock says. Where nobody answers soon the own one
// has to do.
func (c *console) asksTime(ctx context.Context, cl *client.Client) {
	ctx, cancel := context.WithTimeout(ctx, timeAsked)
	defer cancel()
	if o, err := cl.Overview(ctx); err == nil {
		c.hears(o.At)
	}
}

// comes tells whether people are told when something of a recovery comes, and for how long
// that is.
func comes(s *schema.Status) bool {
	return s != nil && !s.Terminal && (s.Deadline != nil || s.Prompt != nil && (s.Prompt.Expires != nil || s.Prompt.OverrideUntil != nil))
}

// since sets times that were given as "so long ago" by the controller's clock.
func (c *console) since(ctx context.Context, cl *client.Client, times ...*when) {
	for _, w := range times {
		if w != nil && w.ago > 0 {
			c.asksTime(ctx, cl)
			break
		}
	}
	for _, w := range times {
		if w != nil && w.ago > 0 {
			w.Time = c.now().Add(-w.ago)
		}
	}
}

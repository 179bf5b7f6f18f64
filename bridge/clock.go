package bridge

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"expertcontroller/client"
)

const (
	// clockMost is how far this machine's clock may be off the controllers' before theirs is
	// told instead: about as far as theirs may be off one another.
	clockMost = 2 * time.Second
	// clockEvery is how often the two are compared, clockSoon while nobody has answered yet.
	clockEvery = time.Minute
	clockSoon  = time.Second
)

// clock is the time as the controllers have it. What expires does so by theirs, and a
// bridge may run on another machine.
type clock struct {
	mu sync.Mutex
	// at is what the controllers' clock said when here was read; the zero time: not off.
	at, here time.Time
}

// hears takes in what a controller's clock said between two moments of this machine.
func (c *clock) hears(at, asked, heard time.Time, log *slog.Logger) {
	at = at.Add(heard.Sub(asked) / 2)
	off := heard.Round(0).Sub(at)
	c.mu.Lock()
	defer c.mu.Unlock()
	was := !c.at.IsZero()
	if off.Abs() <= clockMost+heard.Sub(asked)/2 {
		c.at = time.Time{}
		if was {
			log.Info("this machine's clock agrees with the controllers' again")
		}
		return
	}
	c.at, c.here = at, heard
	if !was {
		log.Warn("this machine's clock is off the controllers', by which times are told: set it", "by", off.Round(time.Second))
	}
}

// now is the time as the controllers have it, as far as they have said.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		return time.Now().UTC()
	}
	return c.at.Add(time.Since(c.here)).UTC()
}

// watchClock asks what the controllers' clock says until the context ends.
func (b *Bridge) watchClock(ctx context.Context) {
	for {
		pause := clockSoon
		for _, system := range b.o.Systems {
			asked := time.Now()
			at, err := timeOf(ctx, b.o.Client.In(system))
			if err == nil && !at.IsZero() {
				b.clock.hears(at, asked, time.Now(), b.log)
				pause = clockEvery
				break
			}
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// timeOf asks a system's controllers for their time.
func timeOf(ctx context.Context, c *client.Client) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, pingPatience)
	defer cancel()
	o, err := c.Overview(ctx)
	return o.At, err
}

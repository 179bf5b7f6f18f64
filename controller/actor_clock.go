package controller

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"expertcontroller/schema"
)

// clockEvery is how often a replica's clock is compared with the broker's.
const clockEvery = 10 * time.Second

var errClock = errors.New("the clock is off")

// clockCheck is how this replica's clock compares with the broker's. Times are in the
// log: a replica with a wrong one would let deadlines pass that have not.
type clockCheck struct {
	mu   sync.Mutex
	done bool
	err  error
	// base is when they were compared last: what the wall clock and the monotonic one
	// disagree on since then is a jump.
	base    time.Time
	recheck chan struct{}
}

func (c *clockCheck) compared() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done
}

func (c *clockCheck) wrong() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// jumped tells whether the wall clock was set since the last comparison.
func (c *clockCheck) jumped(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.base.IsZero() {
		return false
	}
	jump := now.Round(0).Sub(c.base.Round(0)) - now.Sub(c.base)
	return jump.Abs() > clockMost/2
}

// again has them compared now; until then nothing is decided.
func (c *clockCheck) again() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done, c.base = false, time.Time{}
	if c.recheck != nil {
		close(c.recheck)
		c.recheck = nil
	}
}

func (c *clockCheck) wake() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.recheck == nil {
		c.recheck = make(chan struct{})
	}
	return c.recheck
}

// compare notes the outcome, and tells whether it changed.
func (c *clockCheck) compare(broker, here time.Time, roundTrip time.Duration) bool {
	off := here.Add(-roundTrip / 2).Sub(broker)
	var err error
	if off.Abs()-roundTrip/2 > clockMost {
		direction := "ahead of"
		if off < 0 {
			direction = "behind"
		}
		err = fmt.Errorf("%w: this machine's is %s %s the broker's, %s are the most: have it set by NTP, it decides again by itself then",
			errClock, schema.Duration(off.Abs().Round(time.Millisecond)), direction, clockMost)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := !c.done || (err == nil) != (c.err == nil)
	c.done, c.err, c.base = true, err, here
	return changed
}

// tellAhead says once that the log's time is ahead of the clock, as it is when a machine's
// clock was ahead, with the broker's on it, and was set back: no decision is earlier than
// the one before, so that until then all that is timed stands still.
func (a *Actor) tellAhead(told bool) bool {
	var by time.Duration
	a.View(func(s *State) { by = s.At.Sub(a.now()) })
	if by <= clockMost {
		return false
	}
	if !told {
		a.log.Error("the last decision is of a later time than the clock shows, which was set back: until then no deadline passes, and what was told or expires counts as stale; ask instead of telling, and see that NTP keeps the clock",
			"by", schema.Duration(by.Round(time.Second)).String())
	}
	return true
}

// watchClock compares the clocks at the start, now and then, and when the wall clock
// was set.
func (a *Actor) watchClock(ctx context.Context) {
	ahead := false
	for {
		ahead = a.tellAhead(ahead)
		again := a.clock.wake()
		pause := clockEvery
		ask, cancel := context.WithTimeout(ctx, 5*time.Second)
		broker, roundTrip, err := a.config.Bus.Time(ask)
		cancel()
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			a.log.Debug("the clock could not be compared", "error", err)
			pause = time.Second
		} else if a.clock.compare(broker, a.config.Now(), roundTrip) {
			if err := a.clock.wrong(); err != nil {
				a.log.Error("nothing is decided here", "error", err)
			}
			a.poke()
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-again:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

package controller

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A replica whose clock is off does not decide and says so; it goes on when it is right.
func TestActorClockIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.bus.mu.Lock()
		r.bus.offset = 0
		r.bus.mu.Unlock()
		r.ready()
		r.bus.mu.Lock()
		r.bus.offset = 3 * time.Second
		r.bus.mu.Unlock()
		time.Sleep(11 * time.Second)
		if err := r.Ready(); err == nil || !strings.Contains(err.Error(), "behind the broker's") || !strings.Contains(err.Error(), "NTP") {
			t.Fatalf("ready: %v", err)
		}
		if _, bad := notes(r, "1"); bad == nil || bad.Code != 503 {
			t.Fatalf("%+v", bad)
		}
		r.bus.mu.Lock()
		r.bus.offset = time.Second
		r.bus.mu.Unlock()
		time.Sleep(11 * time.Second)
		r.ready()
		if _, bad := notes(r, "2"); bad != nil {
			t.Fatal(bad)
		}
		once(t, c, 1)
		r.stop()
	})
}

// A clock that was set while running is compared before the next decision.
func TestClockJumpIsNoticed(t *testing.T) {
	var c clockCheck
	now := time.Now()
	c.compare(now, now, 0)
	if c.jumped(now.Add(time.Hour)) {
		t.Fatal("an hour that both clocks saw is no jump")
	}
	for off, wrong := range map[time.Duration]bool{0: false, 1900 * time.Millisecond: false, 2500 * time.Millisecond: true, -2500 * time.Millisecond: true} {
		c.compare(now.Add(off), now, 0)
		if (c.wrong() != nil) != wrong {
			t.Fatalf("%s off: %v", off, c.wrong())
		}
	}
	c.compare(now.Add(1500*time.Millisecond), now, 2*time.Second)
	if c.wrong() != nil {
		t.Fatal("a slow answer tells no more than its round trip lets it")
	}
}

// A prompt may be answered as early as the clocks may differ, and no earlier.
func TestOneLimitForClocks(t *testing.T) {
	if clocksApart != clockMost {
		t.Errorf("an answer may be %s early, a clock %s off", clocksApart, clockMost)
	}
}

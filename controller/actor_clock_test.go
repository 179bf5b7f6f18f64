package controller

import (
	"log/slog"
	"strings"
	"sync/atomic"
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

// A machine's clock, and the broker's on it, was ahead and is set back: what stands still
// until then is said, once.
func TestActorSaysThatTheLogIsAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		var said lines
		var ahead atomic.Int64
		r := c.start("r1", func(config *Config) {
			config.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			config.Logger = slog.New(slog.NewTextHandler(&said, nil))
		})
		set := func(by time.Duration) {
			ahead.Store(int64(by))
			r.bus.mu.Lock()
			r.bus.offset = by
			r.bus.mu.Unlock()
			time.Sleep(11 * time.Second)
		}
		const words = "the last decision is of a later time"
		set(10 * time.Minute)
		r.ready()
		if _, bad := notes(r, "1"); bad != nil {
			t.Fatal(bad)
		}
		time.Sleep(11 * time.Second)
		if strings.Count(said.String(), words) != 0 {
			t.Fatal("it is said of a clock that nobody set back")
		}
		set(0)
		time.Sleep(time.Minute)
		if n := strings.Count(said.String(), words); n != 1 {
			t.Fatalf("it is said %d times", n)
		}
		r.ready()
		if _, bad := notes(r, "2"); bad != nil {
			t.Fatal(bad)
		}
		r.stop()
	})
}

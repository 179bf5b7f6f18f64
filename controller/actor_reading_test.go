package controller

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// lines is what a log was told.
type lines struct {
	mu  sync.Mutex
	all strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// interrupts cuts the reading of the inbox a number of times, each after a message.
func (c *cluster) interrupts(times int) {
	c.inbox.mu.Lock()
	c.inbox.cuts = times
	c.inbox.mu.Unlock()
}

// A reading that is interrupted again and again is tried again later each time. Once one
// has lasted, the next interruption is the first one again.
func TestActorReadsOnSoonAfterAReadingThatLasted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		decided := func(n uint64) time.Duration {
			began := time.Now()
			await(t, "the notes to be decided", func() bool { return r.Counters().Decided == n })
			return time.Since(began)
		}
		c.interrupts(7)
		for i := range 8 {
			c.tellNote(fmt.Sprint(i))
		}
		if took := decided(8); took < 5*time.Second {
			t.Fatalf("after 7 interruptions it took %s: the broker is asked too often", took)
		}
		time.Sleep(readingLasts + time.Second)
		c.interrupts(1)
		c.tellNote("8")
		decided(9)
		c.tellNote("9")
		if took := decided(10); took > 200*time.Millisecond {
			t.Fatalf("after an interruption in a long while it took %s", took)
		}
		r.stop()
	})
}

// An inbox that was made anew is another one: it is read at once, and nothing was
// interrupted.
func TestActorReadsAnInboxMadeAnewMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		var now atomic.Pointer[fakeInbox]
		now.Store(c.inbox)
		var log lines
		r := c.start("r1", func(config *Config) {
			config.Inbox = func() Inbox { return now.Load() }
			config.Logger = slog.New(slog.NewTextHandler(&log, nil))
		})
		r.ready()
		for i := range 3 {
			c.tellNote(fmt.Sprint(i))
		}
		await(t, "them to be decided", func() bool { return r.Counters().Decided == 3 })
		old := c.inbox
		time.Sleep(time.Second)
		c.inbox = newFakeInbox()
		c.tellNote("new")
		now.Store(c.inbox)
		began := time.Now()
		old.become(fmt.Errorf("reading the inbox: %w: made at another time", schema.ErrForeign))
		await(t, "the new one to be read", func() bool { return r.Counters().Decided == 4 })
		if took := time.Since(began); took > 50*time.Millisecond {
			t.Errorf("it took %s", took)
		}
		if said := log.String(); strings.Contains(said, "interrupted") || !strings.Contains(said, "made anew") {
			t.Errorf("it was said:\n%s", said)
		}
		r.stop()
	})
}

// An inbox that is gone for good needs somebody: that is no interruption. When it is there
// again, it is read.
func TestActorSaysThatTheInboxIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		var log lines
		r := c.start("r1", func(config *Config) { config.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		r.ready()
		c.inbox.become(fmt.Errorf("reading the inbox: %w: the stream is gone: restart the controller", schema.ErrForeign))
		time.Sleep(time.Minute)
		said := log.String()
		if strings.Contains(said, "interrupted") || strings.Contains(said, "anew") || !strings.Contains(said, "level=ERROR") || !strings.Contains(said, "restart the controller") {
			t.Errorf("it was said:\n%s", said)
		}
		if notes(r, "asked"); r.Counters().Decided != 1 {
			t.Error("what was asked is decided all the same")
		}
		c.inbox.become(nil)
		c.tellNote("told")
		await(t, "it to be read again", func() bool { return r.Counters().Decided == 2 })
		r.stop()
	})
}

package controller

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// A call is answered with what stands in the log, and the log holds call, answer,
// events and documents in one entry.
func TestActorAnswersFromTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		r.offers("l0")
		answer := r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("101", "x1"))
		if answer.Token != "cms-1" || answer.Entry != 2 || answer.ID != "x1" {
			t.Fatalf("answer %+v", answer)
		}
		entries := c.log.entries(t)
		if len(entries) != 2 || len(entries[1].Inputs) != 1 || entries[1].Inputs[0].Answer.Token != "cms-1" || len(entries[1].Documents) == 0 || len(entries[1].Events) == 0 {
			t.Fatalf("entries %+v", entries)
		}
		synctest.Wait() // statuses leave beside the loop
		if got := c.net.heard(schema.SubjectStatus(testSystem, "cms-1")); len(got) != 1 {
			t.Fatalf("the status was published %d times", len(got))
		}
		again := r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("101", "x1"))
		if again.Token != "cms-1" || again.Entry != 2 || len(c.log.entries(t)) != 2 {
			t.Fatalf("the repeat got %+v", again)
		}
		synctest.Wait() // the database is told after the callers
		if r.Entry() != 2 || r.projection.position.Entry != 2 {
			t.Fatalf("entry %d, projection %d", r.Entry(), r.projection.position.Entry)
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
	})
}

// What this actor appended it knows again, and nothing else.
func TestActorKnowsWhatItWrote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		for i := range 3 {
			notes(r, fmt.Sprint(i))
		}
		synctest.Wait() // the database is told after the callers
		last := r.projection.position
		if p, ok := r.Known(last.Sequence); !ok || p != last {
			t.Fatalf("it knows %+v, %t, and stands at %+v", p, ok, last)
		}
		for _, sequence := range []uint64{0, last.Sequence + 1} {
			if p, ok := r.Known(sequence); ok {
				t.Fatalf("it knows what stands at %d: %+v", sequence, p)
			}
		}
		r.stop()
	})
}

// notesAtOnce sends notes on goroutines of their own, while each append takes its time. The
// group is done when all are answered.
func notesAtOnce(c *cluster, r *replica, n int) *sync.WaitGroup {
	c.log.fault = func(string, *schema.Entry) fault { return slowStore }
	all := new(sync.WaitGroup)
	for i := range n {
		all.Go(func() {
			r.must(schema.Refused, schema.RoleOperator, "anna", schema.KindNote, testNote("cms-9", "x", fmt.Sprint(i)))
		})
	}
	return all
}

// While an append is under way, calls gather, and share the next entry.
func TestActorGroupCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		all := notesAtOnce(c, r, 100)
		all.Wait()
		if n := len(c.log.entries(t)); n > 2 {
			t.Fatalf("100 calls took %d entries", n)
		}
		if got := r.Counters(); got.Decided != 100 || got.LargestBatch < 50 || got.Waiting != 0 {
			t.Fatalf("%+v", got)
		}
		r.stop()
	})
}

// The queue is bounded: whoever finds it full is told so at once.
func TestActorRefusesWhenFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", func(c *Config) { c.Queue = 3 })
		r.ready()
		open := make(chan struct{})
		c.log.fault = func(string, *schema.Entry) fault { <-open; return noFault }
		var all sync.WaitGroup
		refused := make(chan *schema.Error, 10)
		for i := range 10 {
			all.Go(func() {
				if _, bad := r.call(schema.RoleOperator, "anna", schema.KindNote, testNote("cms-9", "x", fmt.Sprint(i))); bad != nil {
					refused <- bad
				}
			})
		}
		synctest.Wait()
		if len(refused) != 7 {
			t.Fatalf("%d were refused, want 7", len(refused))
		}
		if bad := <-refused; bad.Code != 503 || bad.Reason != "full" || !strings.Contains(bad.Text, "same id") {
			t.Fatalf("%+v", bad)
		}
		var stop *schema.Error
		all.Go(func() {
			_, stop = r.call(schema.RoleOperator, "anna", schema.KindInterrupt, &schema.Interrupt{Type: schema.Type(schema.KindInterrupt)})
		})
		synctest.Wait()
		if r.Ready() != nil {
			t.Fatal(r.Ready())
		}
		time.Sleep(appendPatience + time.Millisecond)
		if r.Ready() == nil {
			t.Fatal("it is ready although the log takes nothing")
		}
		close(open)
		synctest.Wait()
		if stop != nil {
			t.Fatalf("an interrupt was turned away: %+v", stop)
		}
		time.Sleep(time.Second)
		if r.Ready() != nil {
			t.Fatalf("the log takes entries again: %v", r.Ready())
		}
		all.Wait()
		r.stop()
	})
}

// What is no valid message is refused before the log, with field and remedy.
func TestActorRefusesBeforeTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.inbox.ended = 1
		r := c.start("r1", nil)
		_, bad := r.Call(context.Background(), sender(schema.RoleExpert, "daq", schema.KindRequest), mustEncode(t, testRequest("1", "")))
		if bad == nil || bad.Code != 503 {
			t.Fatalf("before it is ready: %+v", bad)
		}
		c.inbox.mu.Lock()
		c.inbox.ended = 0
		c.inbox.mu.Unlock()
		r.ready()
		for payload, code := range map[string]int{"{": 400, strings.Repeat(" ", schema.MaxInput+1): 413} {
			_, bad := r.Call(context.Background(), sender(schema.RoleExpert, "daq", schema.KindRequest), []byte(payload))
			if bad == nil || bad.Code != code || bad.Text == "" {
				t.Fatalf("%d: %+v", code, bad)
			}
		}
		if n := len(c.log.entries(t)); n != 0 || r.Counters().Refused != 3 {
			t.Fatalf("%d entries, %+v", n, r.Counters())
		}
		r.stop()
	})
}

// A stop decides what waits before it returns, and takes nothing more.
func TestActorDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		all := notesAtOnce(c, r, 10)
		time.Sleep(10 * time.Millisecond)
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		once(t, c, 10)
		if _, bad := r.call(schema.RoleOperator, "anna", schema.KindNote, testNote("cms-9", "x", "11")); bad == nil || bad.Code != 503 {
			t.Fatalf("after the stop: %+v", bad)
		}
	})
}

// A log that takes nothing doesn't keep the program from ending.
func TestActorDrainHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", func(c *Config) { c.Drain = 3 * time.Second })
		r.ready()
		c.log.fault = func(string, *schema.Entry) fault { return notSent }
		heard := make(chan *schema.Error, 1)
		go func() {
			_, bad := r.call(schema.RoleOperator, "anna", schema.KindNote, testNote("cms-9", "x", "1"))
			heard <- bad
		}()
		time.Sleep(time.Second)
		began := time.Now()
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 3*time.Second || took > 4*time.Second {
			t.Fatalf("the stop took %s", took)
		}
		if bad := <-heard; bad == nil || bad.Code != 503 {
			t.Fatalf("the caller heard %+v", bad)
		}
	})
}

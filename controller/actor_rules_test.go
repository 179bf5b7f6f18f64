package controller

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// stepBut is Step, except that some message makes it panic.
func stepBut(poison string) func(*State, []Input, time.Time, int) Decision {
	return func(s *State, inputs []Input, now time.Time, most int) Decision {
		for i := range inputs {
			if bytes.Contains(inputs[i].Raw, []byte(poison)) {
				panic("poisoned")
			}
		}
		return stepWithin(s, inputs, now, most)
	}
}

// An input that makes the rules panic is recorded as refused; the others of its batch
// go on, and a repeat gets the same answer.
func TestActorRecordsTheCulprit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", func(c *Config) { c.step = stepBut("poison") })
		r.ready()
		c.log.fault = func(string, *schema.Entry) fault { return slowStore }
		var all sync.WaitGroup
		var mu sync.Mutex
		codes := map[string]int{}
		for i := range 20 {
			text := "fine"
			if i == 7 {
				text = "poison"
			}
			all.Go(func() {
				answer := r.must(schema.Refused, schema.RoleOperator, "anna", schema.KindNote, testNote("cms-9", text, fmt.Sprint(i)))
				mu.Lock()
				defer mu.Unlock()
				codes[answer.Reason.Code]++
			})
		}
		all.Wait()
		if codes[schema.CodeInternal] != 1 || codes[schema.CodeUnknown] != 19 {
			t.Fatalf("%v", codes)
		}
		once(t, c, 20)
		again := r.must(schema.Refused, schema.RoleOperator, "anna", schema.KindNote, testNote("cms-9", "poison", "7"))
		if again.Reason.Code != schema.CodeInternal {
			t.Fatalf("%+v", again)
		}
		once(t, c, 20)
		events := 0
		for _, e := range c.log.entries(t) {
			for _, ev := range e.Events {
				if ev.Kind == schema.EventCulprit {
					events++
				}
			}
		}
		if events != 1 || r.Counters().Panics == 0 {
			t.Fatalf("%d events, %+v", events, r.Counters())
		}
		if err := r.Ready(); err != nil {
			t.Fatal(err)
		}
		r.stop()
	})
}

// A told message that makes the rules panic does not block the inbox.
func TestActorCulpritFromTheInbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		for i, text := range []string{"fine", "poison", "fine"} {
			c.inbox.tell(testSystem, schema.RoleOperator, "anna", schema.KindNote, mustEncode(t, testNote("cms-9", text, fmt.Sprint(i))))
		}
		r := c.start("r1", func(c *Config) { c.step = stepBut("poison") })
		r.ready()
		await(t, "the inbox to be decided", func() bool { return r.Counters().Decided == 3 })
		r.View(func(s *State) {
			if s.Inbox().Sequence != c.inbox.next || !s.Inbox().Created.Equal(c.inbox.created) {
				t.Errorf("the inbox stands at %+v, want %d", s.Inbox(), c.inbox.next)
			}
		})
		if n := len(c.net.heard(schema.SubjectAnswer(testSystem, schema.RoleOperator, "anna"))); n != 3 {
			t.Fatalf("%d answers were published", n)
		}
		r.stop()
	})
}

// A deadline that makes the rules panic ends the decisions, loudly; queries go on.
func TestActorStopsDecidingWhenADeadlinePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", func(c *Config) {
			c.step = func(s *State, inputs []Input, now time.Time, most int) Decision {
				if due, ok := s.NextDue(); ok && !due.After(now) {
					panic("deadline")
				}
				return stepWithin(s, inputs, now, most)
			}
		})
		r.ready()
		r.offers("l0")
		r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("101", "x1"))
		time.Sleep(time.Hour + time.Second)
		if err := r.Ready(); err == nil || !strings.Contains(err.Error(), "deadline") {
			t.Fatalf("ready: %v", err)
		}
		if _, bad := notes(r, "1"); bad == nil || bad.Code != 503 || !strings.Contains(bad.Text, "deadline") {
			t.Fatalf("%+v", bad)
		}
		r.View(func(s *State) {
			if s.UnderWay() == nil {
				t.Error("the state can't be read any more")
			}
		})
		r.stop()
	})
}

// big is a decision whose entry is larger than its inputs let expect.
func big(perInput int) func(*State, []Input, time.Time, int) Decision {
	return func(s *State, inputs []Input, now time.Time, most int) Decision {
		d := stepWithin(s, inputs, now, most)
		for range inputs {
			d.Events = append(d.Events, schema.Event{Kind: schema.EventNote, At: now, Text: strings.Repeat("x", perInput)})
		}
		return d
	}
}

// A batch whose entry would be too large is decided in halves.
func TestActorHalvesWhatIsTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", func(c *Config) { c.step = big(100 << 10) })
		r.ready()
		notesAtOnce(c, r, 40).Wait()
		once(t, c, 40)
		if r.Counters().Remade == 0 || r.Counters().LargestBatch > 10 || r.Counters().LargestBatch < 5 {
			t.Fatalf("%+v", r.Counters())
		}
		r.stop()
	})
}

// A single input that leads to too much is refused and recorded.
func TestActorRefusesASingleOneThatIsTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", func(c *Config) { c.step = big(2 << 20) })
		r.ready()
		answer := r.must(schema.Refused, schema.RoleOperator, "anna", schema.KindNote, testNote("cms-9", "x", "1"))
		if answer.Reason.Code != schema.CodeInternal || !strings.Contains(answer.Reason.Text, "does not fit") {
			t.Fatalf("%+v", answer)
		}
		once(t, c, 1)
		r.stop()
	})
}

// Decisions by rules that this build does not know: it answers queries, decides no
// more, and says why.
func TestActorMeetsNewerRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		notes(r, "1")
		last := c.log.entries(t)[0]
		newer := schema.Entry{
			Type: schema.Type(schema.KindEntry), System: testSystem, Entry: 2, Lineage: last.Lineage,
			Previous: schema.HashEntry(c.log.stored[0].Payload), ID: "e2", At: time.Now().UTC(), Replica: "newer", Rules: schema.RulesVersion + 1,
			Documents: []schema.Document{{Key: "mode", Value: []byte(`{"mode":"manual"}`)}},
		}
		c.log.mu.Lock()
		c.log.put("e2", mustEncode(t, newer))
		c.log.mu.Unlock()
		await(t, "the entry to be folded", func() bool { return r.Entry() == 2 })
		if err := r.Ready(); err == nil || !strings.Contains(err.Error(), "version 2") {
			t.Fatalf("ready: %v", err)
		}
		if _, bad := notes(r, "2"); bad == nil || bad.Code != 503 {
			t.Fatalf("%+v", bad)
		}
		r.View(func(s *State) {
			if s.Mode() != schema.ModeManual {
				t.Errorf("mode %s: the newer entry was not folded", s.Mode())
			}
		})
		r.stop()
		// A restart finds out from the last entry, too.
		again := c.start("r1", func(c *Config) { c.Projection = r.projection })
		await(t, "the restart to know", func() bool { return again.rules.Load() != 0 })
		again.stop()
	})
}

package controller

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// decidedAlike decides every entry once more, and holds that each is decided as it was.
func decidedAlike(t *testing.T, c *cluster) {
	t.Helper()
	s := NewState(testSystem)
	for _, e := range c.log.entries(t) {
		made, decided, err := Again(s, e)
		if err != nil {
			t.Fatal(err)
		}
		if decided && !reflect.DeepEqual(keys(made.Documents), keys(e.Documents)) {
			t.Errorf("entry %d: decided again it changes %d documents, it changed %d", e.Entry, len(made.Documents), len(e.Documents))
		}
		if err := s.FoldEntry(e); err != nil {
			t.Fatal(err)
		}
	}
}

func keys(docs []schema.Document) (out []string) {
	for _, d := range docs {
		out = append(out, d.Key)
	}
	return out
}

// dueTogether has many recoveries wait for one moment, whose texts take six times the room
// when they are written.
func (r *replica) dueTogether(many int, at time.Time) {
	r.t.Helper()
	for i := range many {
		m := testRequest(fmt.Sprint(i), "")
		m.NotBefore = &at
		m.Problem.Description = strings.Repeat("\x1b", 8000)
		m.Problem.Context = map[string]string{"log": strings.Repeat("\x01", 1500)}
		r.must(schema.AcceptedToPostpone, schema.RoleExpert, "daq", schema.KindRequest, m)
	}
}

// Many recoveries whose texts take six times the room when they are written are due at
// once: no entry could hold them all, and nobody sent a message that could be refused.
func TestActorHandlesManyDeadlinesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		r.offers("l0")
		const many = 60
		r.dueTogether(many, r.now().Add(time.Minute))
		time.Sleep(2 * time.Minute) // virtual
		if err := r.Ready(); err != nil {
			t.Fatal(err)
		}
		due := 0
		r.View(func(s *State) {
			for _, status := range s.recoveries {
				if status.Reason.Code != schema.CodeScheduled {
					due++
				}
			}
		})
		if due != many {
			t.Errorf("%d of %d were handled", due, many)
		}
		r.must(schema.Recorded, schema.RoleOperator, "anna", schema.KindMode, &schema.Mode{Type: schema.Type(schema.KindMode), Mode: schema.ModeAutomatic})
		fresh := c.start("fresh", nil)
		fresh.ready()
		same(t, r, fresh)
		decidedAlike(t, c)
	})
}

// Where what is due was taken for less than it is, it is handled one by one, and the
// message that came meanwhile is not blamed.
func TestActorTakesOneThingWhereAllDoNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", func(c *Config) {
			c.step = func(s *State, inputs []Input, now time.Time, most int) Decision {
				if most > least {
					most *= 100
				}
				return stepWithin(s, inputs, now, most)
			}
		})
		r.ready()
		r.offers("l0")
		at := r.now().Add(time.Minute)
		r.dueTogether(60, at)
		time.Sleep(time.Minute - r.now().Sub(at.Add(-time.Minute)))
		r.must(schema.Recorded, schema.RoleOperator, "anna", schema.KindMode, &schema.Mode{Type: schema.Type(schema.KindMode), Mode: schema.ModeAutomatic})
		time.Sleep(time.Minute) // virtual
		if err := r.Ready(); err != nil {
			t.Fatal(err)
		}
	})
}

// Many holds end while nothing comes in: the next message finds them all over.
func TestActorForgetsManyHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		const many = 1000
		for i := range many {
			r.must(schema.Recorded, schema.RoleOperator, "anna", schema.KindHold, &schema.Hold{
				Type: schema.Type(schema.KindHold), Expert: "daq", Key: fmt.Sprint(i) + strings.Repeat("\x01", 190), For: schema.Duration(time.Hour),
			})
		}
		time.Sleep(2 * time.Hour) // virtual
		left := many
		for i := range many {
			r.must(schema.Recorded, schema.RoleOperator, "anna", schema.KindMode, &schema.Mode{Type: schema.Type(schema.KindMode), Mode: schema.ModeAutomatic, Note: fmt.Sprint(i)})
			if r.View(func(s *State) { left = len(s.holds) }); left == 0 {
				break
			}
		}
		if left > 0 {
			t.Errorf("%d holds are never forgotten", left)
		}
		fresh := c.start("fresh", nil)
		fresh.ready()
		same(t, r, fresh)
	})
}

// A recovery that covers as many problems as it can is stopped with the longest note.
func TestActorInterruptsWhatCoversManyProblems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		r.offers("l0")
		first := r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("0", ""))
		for i := 1; ; i++ {
			m := testRequest(fmt.Sprint(i), "")
			m.Relation = &schema.Relation{Kind: schema.Continue, To: first.Token}
			answer, bad := r.call(schema.RoleExpert, "daq", schema.KindRequest, m)
			if bad != nil {
				t.Fatal(bad)
			}
			if answer.Verdict != schema.AcceptedToContinue {
				break
			}
		}
		r.must(schema.Recorded, schema.RoleOperator, "anna", schema.KindInterrupt, &schema.Interrupt{
			Type: schema.Type(schema.KindInterrupt), Token: first.Token, Note: strings.Repeat("注", 2000),
		})
		r.View(func(s *State) {
			if status := s.Recovery(first.Token); status.State != schema.Cancelled || len(s.holds) != len(status.Problems) {
				t.Errorf("%s, %d holds of %d problems", status.State, len(s.holds), len(status.Problems))
			}
		})
	})
}

// What a replay takes for an entry that fits is what the log takes.
func TestFitsIsWhatTheLogTakes(t *testing.T) {
	for _, more := range []int{-20, -1, 0, 1, 20} {
		e := &schema.Entry{Type: schema.Type(schema.KindEntry), System: testSystem, Entry: 7, At: epoch, Inputs: []schema.EntryInput{{Kind: schema.KindNote, Message: []byte(`{ "a" : 1 }`)}, {Kind: schema.KindNote}}}
		for i := range 4 {
			e.Documents = append(e.Documents, schema.Document{Key: fmt.Sprintf("hold/e/key/\x01é\"%d", i), Value: []byte(`"` + strings.Repeat("x", 200<<10) + `"`)})
		}
		e.Documents = append(e.Documents, schema.Document{Key: "hold/gone"})
		payload, err := encodeEntry(e)
		if err != nil {
			t.Fatal(err)
		}
		e.Documents[0].Value = []byte(`"` + strings.Repeat("x", 200<<10+schema.MaxEntry-len(payload)+more) + `"`)
		if payload, err = encodeEntry(e); err != nil {
			t.Fatal(err)
		}
		if log := len(payload) <= schema.MaxEntry; fits(e) != log {
			t.Errorf("an entry of %d bytes fits: %t", len(payload), fits(e))
		}
	}
}

package agent

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// impatient offers an action that stops when its agent is cut off for that long.
type impatient struct {
	*Simulator
	after time.Duration
}

func (i impatient) Actions() []schema.Action {
	after := schema.Duration(i.after)
	return []schema.Action{{Name: "recycle", CutOff: &after}}
}

// Ensures that an action which wants it is stopped when no controller was reached for
// that long, that this is told when one is back, and that a shorter cut stops nothing.
func TestCutOff(t *testing.T) {
	for name, c := range map[string]struct {
		away    time.Duration
		outcome string
		effect  int
	}{
		"for longer than it may":   {time.Minute, schema.OutcomeFailed, 0},
		"for less than it may":     {25 * time.Second, schema.OutcomeDone, 1},
		"again and again, briefly": {0, schema.OutcomeDone, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, d := newFake(offer("cms-1", `{"simulate":{"mode":"hang","for":"5m"}}`)), newCounting()
				start(t, f, impatient{NewSimulator(1, 1, d), 30 * time.Second}, journalIn(t))
				until(t, "granted", func() bool { return f.granted() == 1 })
				down := func(is bool) { f.locked(func() { f.down = is }) }
				time.Sleep(time.Minute)
				if c.away > 0 {
					down(true)
					time.Sleep(c.away)
					down(false)
				} else {
					for range 10 {
						down(true)
						time.Sleep(20 * time.Second)
						down(false)
						time.Sleep(2 * time.Second)
					}
				}
				until(t, "the result", told(f))
				r := one(t, f)
				if r.Outcome != c.outcome || d.total() != c.effect {
					t.Fatalf("%+v, device %d", r, d.total())
				}
				if c.outcome == schema.OutcomeDone {
					return
				}
				if took := r.Ended.Sub(*r.Started); took < 88*time.Second || took > 92*time.Second {
					t.Errorf("stopped after %s", took)
				}
				if !strings.Contains(r.Text, "no controller could be reached for 30s") || r.AbortedBy != nil {
					t.Errorf("%+v", r)
				}
			})
		})
	}
}

// Ensures that a controller that only refuses counts as reached, and that an action which
// allows next to nothing outlasts the time between two askings.
func TestCutOffIsNoRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", `{"simulate":{"mode":"hang","for":"1m"}}`)), newCounting()
		refusing := refuses{f}
		start(t, refusing, impatient{NewSimulator(1, 1, d), time.Millisecond}, journalIn(t))
		until(t, "the result", told(f))
		if r := one(t, f); r.Outcome != schema.OutcomeDone || d.total() != 1 {
			t.Fatalf("%+v, device %d", r, d.total())
		}
	})
}

// refuses answers everything about what goes on with a refusal, once something was granted.
type refuses struct{ *fake }

func (r refuses) Next(c context.Context, next schema.Next) (schema.WorkList, error) {
	if r.granted() > 0 {
		return schema.WorkList{}, &schema.Error{Code: 503, Text: "it is starting"}
	}
	return r.fake.Next(c, next)
}

func (r refuses) Progress(context.Context, schema.Progress) (schema.Instruction, error) {
	return schema.Instruction{}, &schema.Error{Code: 503, Text: "it is starting"}
}

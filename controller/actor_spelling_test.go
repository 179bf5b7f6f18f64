package controller

import (
	"context"
	"testing"
	"testing/synctest"

	"expertcontroller/schema"
)

// A request whose numbers are spelled as some languages do is folded by everybody who
// reads the entry: the replica beside, the one that begins with the log, and the one that
// comes back and has only its database.
func TestActorFoldsARequestAsItWasSpelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a, b := c.start("a", nil), c.start("b", nil)
		a.ready()
		b.ready()
		a.offers("l0")
		for _, ask := range []struct{ payload, verdict string }{
			{`{"type":"recovery.v1.request","id":"x1","priority":1e1,"problem":{"id":"101","title":"t"},
				"steps":[{"title":"a","action":"recycle","agent":"l0","attempts":2.0,"parameters":{"n":2.0}}]}`, schema.Accepted},
			{`{"type":"recovery.v1.request","id":"x2","priority":10.0,"problem":{"id":"102","title":"t"},"steps":[{"title":"a","by_hand":true,"attempts":20e-1}]}`, schema.Rejected},
		} {
			out, bad := a.Call(context.Background(), sender(schema.RoleExpert, "daq", schema.KindRequest), []byte(ask.payload))
			if bad != nil {
				t.Fatal(bad)
			}
			if answer, err := schema.Read[schema.Answer](out); err != nil || answer.Verdict != ask.verdict {
				t.Fatalf("%s, %v", out, err)
			}
		}
		await(t, "the other replica to fold it", func() bool { return b.Entry() == a.Entry() })
		fresh := c.start("c", nil)
		fresh.ready()
		a.stop()
		back := c.start("a", func(config *Config) { config.Projection = a.projection })
		back.ready()
		same(t, a, b, fresh, back)
		for _, r := range []*replica{a, b, fresh, back} {
			r.View(func(s *State) {
				found := 0
				for _, status := range s.recoveries {
					if found++; status.Request.Priority != 10 || status.Request.Steps[0].Attempts != 2 {
						t.Errorf("%+v", status.Request)
					}
				}
				if found != 1 {
					t.Errorf("%d recoveries", found)
				}
			})
		}
	})
}

// A time in which nobody could do anything is refused before the log, asked or told.
func TestActorRefusesNoTimeAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a := c.start("a", nil)
		a.ready()
		a.offers("l0")
		none := schema.Duration(0)
		for field, change := range map[string]func(*schema.Request){
			"steps[0].timeout":        func(m *schema.Request) { m.Steps[0].Timeout = &none },
			"steps[0].needed.timeout": func(m *schema.Request) { m.Steps[0].Needed = &schema.Probe{Action: "look", Timeout: &none} },
			"probe.timeout": func(m *schema.Request) {
				m.Cure, m.Probe = schema.CureProbe, &schema.Probe{Action: "look", Timeout: &none}
			},
		} {
			m := testRequest("101", "x"+field[:1])
			change(m)
			before := a.Entry()
			if _, bad := a.call(schema.RoleExpert, "daq", schema.KindRequest, m); bad == nil || bad.Field != field || bad.Code != 400 || a.Entry() != before {
				t.Errorf("%s: %+v, %d entries more", field, bad, a.Entry()-before)
			}
			c.inbox.tell(testSystem, schema.RoleExpert, "daq", schema.KindRequest, mustEncode(t, m))
			await(t, "what was told to be decided", func() bool { return a.Entry() > before })
			a.View(func(s *State) {
				if len(s.recoveries) > 0 {
					t.Errorf("%s: it became a recovery", field)
				}
			})
		}
	})
}

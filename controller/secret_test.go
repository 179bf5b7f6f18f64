package controller

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// A secret that a request spells out is refused, asked and published, and is
// nowhere in the log; one that is named is taken.
func TestSecretsNeverEnterTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		next := testNext()
		next.Actions = []schema.Action{{Name: "recycle", Parameters: json.RawMessage(`{"type":"object","properties":{"password":{"secret":true},"user":{"type":"string"}}}`)}}
		if _, bad := r.call(schema.RoleAgent, "l0", schema.KindNext, next); bad != nil {
			t.Fatal(bad)
		}
		request := func(id, parameters string) *schema.Request {
			m := testRequest(id, id)
			m.Steps[0].Parameters = json.RawMessage(parameters)
			return m
		}
		literal := request("101", `{"password":"hunter2","user":"x"}`)
		if _, bad := r.call(schema.RoleExpert, "daq", schema.KindRequest, literal); bad == nil || bad.Code != 400 || bad.Field != "steps[0].parameters.password" || strings.Contains(bad.Error(), "hunter2") {
			t.Fatalf("it is answered %+v", bad)
		}
		asks := request("103", `{"user":"x"}`)
		asks.Steps[0].Needed = &schema.Probe{Action: "recycle", Parameters: json.RawMessage(`{"password":"hunter2"}`)}
		if _, bad := r.call(schema.RoleExpert, "daq", schema.KindRequest, asks); bad == nil || bad.Field != "steps[0].needed.parameters.password" {
			t.Fatalf("a question whether a step is needed is answered %+v", bad)
		}
		c.inbox.tell(testSystem, schema.RoleExpert, "daq", schema.KindRequest, mustEncode(t, literal))
		time.Sleep(time.Second) // virtual
		r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, request("102", `{"password":{"secret":"vault"},"user":"x"}`))
		for _, e := range c.log.entries(t) {
			if text := string(mustEncode(t, e)); strings.Contains(text, "hunter2") {
				t.Errorf("entry %d holds it: %s", e.Entry, text)
			}
		}
		last := c.log.entries(t)
		malformed := 0
		for _, e := range last {
			for _, event := range e.Events {
				if event.Kind == schema.EventMalformed {
					malformed++
				}
			}
		}
		if malformed != 1 {
			t.Errorf("the published one is recorded %d times as malformed", malformed)
		}
		r.stop()
	})
}

// What came in before any agent said that it is a secret stands in the log, and is not
// repeated on the status subject from then on.
func TestSecretsThatCameEarlierAreNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		next := testNext()
		next.Actions = []schema.Action{{Name: "recycle"}}
		if _, bad := r.call(schema.RoleAgent, "l0", schema.KindNext, next); bad != nil {
			t.Fatal(bad)
		}
		m := testRequest("101", "101")
		m.Steps[0].Parameters = json.RawMessage(`{"password":"hunter2"}`)
		first := r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, m)
		next.Actions = []schema.Action{{Name: "recycle", Parameters: json.RawMessage(`{"properties":{"password":{"secret":true}}}`)}}
		time.Sleep(offersEvery) // virtual
		if _, bad := r.call(schema.RoleAgent, "l0", schema.KindNext, next); bad != nil {
			t.Fatal(bad)
		}
		r.must(schema.Recorded, schema.RoleOperator, "anna", schema.KindInterrupt, &schema.Interrupt{Type: schema.Type(schema.KindInterrupt), Token: first.Token})
		time.Sleep(time.Second) // virtual
		heard := c.net.heard(schema.SubjectStatus(testSystem, first.Token))
		if len(heard) < 2 {
			t.Fatalf("%d statuses were published", len(heard))
		}
		last := string(heard[len(heard)-1])
		if strings.Contains(last, "hunter2") || !strings.Contains(last, `"password":"(redacted)"`) || !strings.Contains(last, `"state":"cancelled"`) {
			t.Error(last)
		}
		r.stop()
	})
}

package controller

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// What was asked by somebody who has given up, while the log took nothing, is not decided
// afterwards: nobody would hear of it. Whoever still waits is answered.
func TestActorLetsGoWhatNobodyWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		r.offers("l0")
		c.log.meets(func(string, *schema.Entry) fault { return notSent })
		waited := make(chan schema.Answer, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() {
			waited <- r.must(schema.Accepted, schema.RoleExpert, "daq", schema.KindRequest, testRequest("102", "waits"))
		}()
		_, bad := r.Call(ctx, sender(schema.RoleExpert, "daq", schema.KindRequest), mustEncode(t, testRequest("101", "leaves")))
		if bad == nil || bad.Code != 503 || bad.Reason != schema.CodeUnknown {
			t.Fatalf("it heard %v", bad)
		}
		c.log.meets(nil)
		if answer := <-waited; answer.Token != "cms-1" {
			t.Errorf("who waited got %+v", answer)
		}
		for _, e := range c.log.entries(t) {
			for _, in := range e.Inputs {
				if in.ID == "leaves" {
					t.Errorf("entry %d decides what nobody waits for", e.Entry)
				}
			}
		}
		r.stop()
	})
}

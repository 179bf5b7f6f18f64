package bridge

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// What was never sent is not unknown: whoever clicked while the broker was away hears that
// nothing was decided. What may have been sent stays unknown.
func TestWhatWasNotSentIsNotUnknown(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		before       func(*testing.T, *server.Server, *nats.Conn)
	}{
		{"without a controller", codeUnavailable, func(*testing.T, *server.Server, *nats.Conn) {}},
		{"with a controller that says nothing", schema.CodeUnknown, func(t *testing.T, _ *server.Server, nc *nats.Conn) {
			if _, err := nc.Subscribe("recovery.cms.bridge.>", func(*nats.Msg) {}); err != nil {
				t.Fatal(err)
			}
		}},
		{"without a broker", codeUnavailable, func(_ *testing.T, s *server.Server, _ *nats.Conn) {
			s.Shutdown()
			s.WaitForShutdown()
		}},
	} {
		// Each takes as long as a bridge lets a request take.
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, nc := quiet(t)
			r := relay(t, func(o *Options) {
				o.Client = client.New(nc, client.Options{System: "cms", As: "bridge", Timeout: time.Second, Patient: true})
			})
			c.before(t, s, nc)
			_, text := r.ask("POST", apiRoot+"/systems/cms/recoveries/cms-1/interrupt", "{}", http.Header{"Cookie": {cookieName + "=anna"}, "Origin": {r.url}})
			var bad schema.Error
			if err := json.Unmarshal([]byte(text), &bad); err != nil {
				t.Fatal(err)
			}
			if bad.Reason != c.reason {
				t.Errorf("%+v, not %s", bad, c.reason)
			}
		})
	}
}

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
	t.Parallel()
	s, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	nc, err := nats.Connect("", nats.InProcessServer(s), nats.MaxReconnects(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	r := relay(t, func(o *Options) {
		o.Client = client.New(nc, client.Options{System: "cms", As: "bridge", Timeout: time.Second, Patient: true})
	})
	post := func() *schema.Error {
		t.Helper()
		_, text := r.ask("POST", apiRoot+"/systems/cms/recoveries/cms-1/interrupt", "{}", http.Header{"Cookie": {cookieName + "=anna"}, "Origin": {r.url}})
		var bad schema.Error
		if err := json.Unmarshal([]byte(text), &bad); err != nil {
			t.Fatal(err)
		}
		return &bad
	}
	if bad := post(); bad.Reason != codeUnavailable {
		t.Errorf("without a controller: %+v", bad)
	}
	silent, err := nc.Subscribe("recovery.cms.bridge.>", func(*nats.Msg) {})
	if err != nil {
		t.Fatal(err)
	}
	if bad := post(); bad.Reason != schema.CodeUnknown {
		t.Errorf("with a controller that says nothing: %+v", bad)
	}
	if err := silent.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	s.Shutdown()
	s.WaitForShutdown()
	if bad := post(); bad.Reason != codeUnavailable {
		t.Errorf("without a broker: %+v", bad)
	}
}

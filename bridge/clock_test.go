package bridge

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// A bridge may run on a machine whose clock is wrong: what it tells of times goes by the
// controllers' clock, and so does what is asked for as "so long ago".
func TestTimesAreTheControllers(t *testing.T) {
	_, nc := quiet(t)
	const off = -time.Hour
	theirs := func() time.Time { return time.Now().Add(off).UTC() }
	asked := make(chan schema.HistoryQuery, 1)
	for query, answer := range map[string]func(m *nats.Msg) any{
		"overview": func(*nats.Msg) any { return schema.Overview{System: "cms", At: theirs()} },
		"history": func(m *nats.Msg) any {
			q, err := schema.Read[schema.HistoryQuery](m.Data)
			if err != nil {
				t.Error(err)
			}
			asked <- q
			return schema.History{System: "cms"}
		},
	} {
		if _, err := nc.Subscribe("recovery.cms.query."+query, func(m *nats.Msg) {
			if err := m.Respond(mustEncode(answer(m))); err != nil {
				t.Error(err)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	r := relay(t, func(o *Options) {
		o.Client = client.New(nc, client.Options{System: "cms", As: "bridge", Timeout: time.Second})
	})
	near := func(at time.Time) bool { return at.Sub(theirs()).Abs() < time.Minute }
	r.until("the bridge knows the controllers' time", func() bool { return near(r.bridge.clock.now()) })

	conn, _, err := r.ws(nil)
	if err != nil {
		t.Fatal(err)
	}
	write(t, conn, `{"type":"recovery.v1.hello"}`)
	for _, kind := range []string{"welcome", "heartbeat"} {
		var frame struct {
			ServerTime time.Time `json:"server_time"`
		}
		if err := json.Unmarshal(await(t, conn, kind), &frame); err != nil {
			t.Fatal(err)
		}
		if !near(frame.ServerTime) {
			t.Errorf("a %s says that it is %s; by the controllers it is %s", kind, frame.ServerTime, theirs())
		}
	}
	got, err := http.Get(r.url + "/api/v1/systems/cms/recoveries?since=30m")
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	if q := <-asked; q.Since == nil || !near(q.Since.Add(30*time.Minute)) {
		t.Errorf("asked for the last 30 minutes: since %v; by the controllers it is %s", q.Since, theirs())
	}

	// Once the two agree, this machine's own clock counts again.
	now := time.Now()
	r.bridge.clock.hears(now.UTC(), now, now, slog.New(slog.DiscardHandler))
	if own := r.bridge.clock.now(); time.Since(own).Abs() > time.Minute {
		t.Errorf("it is %s, and this machine's clock, which agrees, says %s", own, time.Now())
	}
}

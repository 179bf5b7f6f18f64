package cmd

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"expertcontroller/broker"
	"expertcontroller/schema"
)

// Whoever was answered can look it up at once, without saying what was seen.
func TestWhatWasAnsweredCanBeLookedUp(t *testing.T) {
	p := serveHere(t, onFreePorts(t)...)
	nc, err := nats.Connect(p.url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	ask := func(subject, payload string) *nats.Msg {
		t.Helper()
		m, err := nc.Request(subject, []byte(payload), longest)
		if err != nil {
			t.Fatalf("%s: %v", subject, err)
		}
		return m
	}
	for i := range 200 {
		m := ask("recovery.default.call.expert.e.request", fmt.Sprintf(`{"type":"recovery.v1.request","problem":{"id":"p%d","title":"t"},"steps":[{"by_hand":true}]}`, i))
		answer, err := schema.Read[schema.Answer](m.Data)
		if err != nil || answer.Token == "" {
			t.Fatalf("%s %v", m.Data, err)
		}
		m = ask("recovery.default.query.status", fmt.Sprintf(`{"token":%q}`, answer.Token))
		if s, err := schema.Read[schema.Status](m.Data); err != nil || s.Token != answer.Token {
			t.Fatalf("%s was answered, and then looked up: %s", answer.Token, m.Data)
		}
	}
	for payload, code := range map[string]string{
		`{"token":"default-9999"}`:              "503",
		`{"token":"other-1"}`:                   "404",
		`{"id":"never","expert":"e"}`:           "404",
		`{"problem":"never","expert":"e"}`:      "404",
		`{}`:                                    "400",
		`{"token":"default-1","consume":true}`:  "400",
		`{"token":"default-1","after":1000000}`: "503",
		`{"nonsense":1}`:                        "400",
	} {
		m := ask("recovery.default.query.status", payload)
		if got := m.Header.Get(micro.ErrorCodeHeader); got != code {
			t.Errorf("%s: code %s, want %s: %s", payload, got, code, m.Data)
		}
	}
}

// What the broker finds out is told to the actor in the words that both know.
func TestOutcomesHaveOneName(t *testing.T) {
	for theirs, shared := range map[error]error{
		broker.ErrConflict: schema.ErrConflict, broker.ErrNotSent: schema.ErrNotSent,
		broker.ErrForeign: schema.ErrForeign, broker.ErrBroken: schema.ErrBroken,
	} {
		err := common(fmt.Errorf("appending: %w", theirs))
		if !errors.Is(err, shared) || !errors.Is(err, theirs) {
			t.Errorf("%v has to be %v, too", err, shared)
		}
	}
	if err := common(nil); err != nil {
		t.Errorf("no error became %v", err)
	}
}

// Who asks for what no replica has yet, and waits for it, keeps out nobody else: when all
// places to wait are taken, one more hears at once that it isn't there.
func TestWaitingQueriesKeepNobodyOut(t *testing.T) {
	p := serveHere(t, onFreePorts(t, "--simulate", "--system", "cms")...)
	nc, err := nats.Connect(p.url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	subject, absent := schema.SubjectQuery("cms", schema.QueryStatus), []byte(`{"token":"cms-1","after":9007199254740991}`)
	behind := func(m *nats.Msg) {
		t.Helper()
		if e, err := schema.Read[schema.Error](m.Data); err != nil || e.Code != 503 || e.Reason != schema.CodeBehind {
			t.Fatalf("answered %s", m.Data)
		}
	}
	const more = 72
	answers := make(chan *nats.Msg, waitsAtOnce+more)
	inbox := nc.NewRespInbox()
	if _, err := nc.ChanSubscribe(inbox, answers); err != nil {
		t.Fatal(err)
	}
	// round tells whether one more was answered while the others still waited.
	round := func() bool {
		for range waitsAtOnce + more {
			if err := nc.PublishRequest(subject, inbox, absent); err != nil {
				t.Fatal(err)
			}
		}
		receive := func(n int) {
			for range n {
				select {
				case m := <-answers:
					behind(m)
				case <-time.After(longest):
					t.Fatal("not all were answered")
				}
			}
		}
		receive(more) // all others wait now, or have waited
		one, err := nc.Request(subject, absent, longest)
		if err != nil {
			t.Fatal(err)
		}
		behind(one)
		overview, err := nc.Request(schema.SubjectQuery("cms", schema.QueryOverview), []byte(`{}`), longest)
		if err != nil || overview.Header.Get(micro.ErrorCodeHeader) != "" {
			t.Fatalf("an overview meanwhile: %v %s", err, overview.Data)
		}
		still := len(answers) == 0
		receive(waitsAtOnce)
		return still
	}
	for range 5 { // a busy machine may be late
		if round() {
			return
		}
	}
	t.Error("one more is answered only when the others have waited")
}

package client

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

// What is told is in the inbox when Tell returns, with a type and an id; what is no
// valid message never gets there.
func TestTell(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	nc, err := nats.Connect(b.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	inbox, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: schema.StreamInbox, Subjects: []string{schema.InboxExperts, schema.InboxOperators}})
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, b.ClientURL())
	ctx := t.Context()
	req := stuck()
	req.ID = "7f1c"
	for _, msg := range []any{stuck(), &req, json.RawMessage(`{"problem":{"id":"1","title":"t"},"steps":[{"by_hand":true,"title":"look"}]}`)} {
		if err := c.Tell(ctx, schema.KindRequest, msg); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Tell(ctx, schema.KindCleared, schema.Cleared{Problem: "101"}); err != nil {
		t.Fatal(err)
	}
	for seq, want := range []string{"request", "request", "request", "cleared"} {
		m, err := inbox.GetMsg(ctx, uint64(seq+1))
		if err != nil || m.Subject != "recovery.cms.expert.daqexpert."+want {
			t.Fatal(m, err)
		}
		var head struct{ Type, ID string }
		if err := json.Unmarshal(m.Data, &head); err != nil || head.Type != "recovery.v1."+want || head.ID == "" || (seq == 1) != (head.ID == "7f1c") {
			t.Fatal(string(m.Data), err)
		}
	}
	var said *schema.Error
	for _, msg := range []any{json.RawMessage(`{"problem":{"id":"1","title":"t"},"stepz":[]}`), json.RawMessage(`{"id":7}`),
		schema.Request{Problem: schema.Problem{ID: "1", Title: strings.Repeat("x", schema.MaxInput)}}} {
		if err := c.Tell(ctx, schema.KindRequest, msg); !errors.As(err, &said) {
			t.Fatal(err)
		}
	}
	if err := c.Tell(ctx, schema.KindMode, schema.Mode{Mode: schema.ModeManual}); err == nil || !strings.Contains(err.Error(), "expert") {
		t.Fatal("an expert changes no modes:", err)
	}
	if info, err := inbox.Info(ctx); err != nil || info.State.Msgs != 4 {
		t.Fatal(info, err)
	}
	// A stream in between that is not the inbox is not mistaken for it.
	if err := js.DeleteStream(ctx, schema.StreamInbox); err != nil {
		t.Fatal(err)
	}
	// The server may still be clearing away the first one's files, and says so.
	soon(t, "another stream can be made", func() bool {
		_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"recovery.*.expert.>"}})
		return err == nil
	})
	if err := c.Tell(ctx, schema.KindRequest, stuck()); err == nil || !strings.Contains(err.Error(), "OTHER") {
		t.Fatal(err)
	}
}

// Answers to what was told, bells and signs of life go where they belong.
func TestListening(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	c := connect(t, b.ClientURL())
	nc, err := nats.Connect(b.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	answers, bells := make(chan schema.Answer, 1), make(chan schema.Bell, 2)
	stopAnswers, err := c.Answers(func(a schema.Answer) { answers <- a })
	if err != nil {
		t.Fatal(err)
	}
	stopBell, err := c.As(schema.RoleAgent, "l0").Bell(func(b schema.Bell) { bells <- b })
	if err != nil {
		t.Fatal(err)
	}
	publish := func(subject string, v any) {
		t.Helper()
		payload, err := schema.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := nc.Publish(subject, payload); err != nil {
			t.Fatal(err)
		}
	}
	publish("recovery.cms.answer.expert.daqexpert", "no answer")
	publish("recovery.cms.answer.expert.daqexpert", schema.Answer{Verdict: schema.Accepted, Token: "cms-1", Entry: 4711})
	if a := <-answers; a.Token != "cms-1" || c.Seen() != 4711 {
		t.Fatal(a, c.Seen())
	}
	publish("recovery.cms.bell.l0", schema.Bell{Abort: &schema.Abort{Work: schema.Work{Token: "cms-1"}}})
	publish("recovery.cms.bell.l0", "?")
	if bell := <-bells; bell.Abort == nil || bell.Abort.Token != "cms-1" {
		t.Fatal(bell)
	}
	if bell := <-bells; bell.Abort != nil {
		t.Fatal(bell)
	}
	stopAnswers()
	stopBell()
	stopBell()

	alive := make(chan *nats.Msg, 16)
	sub, err := nc.ChanSubscribe("recovery.cms.alive.daqexpert", alive)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Unsubscribe()
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Alive(ctx, 5*time.Millisecond) }()
	<-alive
	<-alive
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err := c.As(schema.RoleAgent, "l0").Alive(t.Context(), time.Second); err == nil {
		t.Fatal("an agent is no expert")
	}
	if err := c.Alive(t.Context(), 0); err == nil {
		t.Fatal("a pause of 0")
	}
}

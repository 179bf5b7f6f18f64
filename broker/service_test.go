package broker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
	"expertcontroller/schema"
)

// serving is a service that repeats what it is asked, and a client beside it.
type serving struct {
	b       *broker.Broker
	nc      *nats.Conn
	service *broker.Service
	mu      sync.Mutex
	refused []string
	senders []schema.Sender
}

func serve(t testing.TB, change func(*broker.ServiceConfig)) *serving {
	t.Helper()
	e := brokertest.Start(t)
	s := &serving{b: brokertest.Open(t, brokertest.Connect(t, e), 1), nc: brokertest.Dial(t, e.URL())}
	c := broker.ServiceConfig{
		Systems: []string{"cms", "lab"}, Version: "1.2.3",
		Call: func(_ context.Context, from schema.Sender, payload []byte) ([]byte, *schema.Error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.senders = append(s.senders, from)
			return payload, nil
		},
		Query: func(_ context.Context, system, query string, payload []byte) ([]byte, *schema.Error) {
			return fmt.Appendf(nil, "%s %s %s", system, query, payload), nil
		},
		Refused: func(subject string, e *schema.Error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.refused = append(s.refused, fmt.Sprint(e.Code, " ", subject))
		},
		Logger: brokertest.Quiet(),
	}
	if change != nil {
		change(&c)
	}
	var err error
	if s.service, err = s.b.Serve(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.service.Stop)
	return s
}

// from lists who was heard.
func (s *serving) from() []schema.Sender {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.senders)
}

// ask gives the answer, or the error that the service gave.
func (s *serving) ask(t testing.TB, m *nats.Msg) (*nats.Msg, *schema.Error) {
	t.Helper()
	reply, err := s.nc.RequestMsg(m, patience)
	if err != nil {
		t.Fatalf("asking %s: %v", m.Subject, err)
	}
	code := reply.Header.Get(micro.ErrorCodeHeader)
	if code == "" {
		return reply, nil
	}
	e, err := schema.Read[schema.Error](reply.Data)
	if err != nil || fmt.Sprint(e.Code) != code || reply.Header.Get(micro.ErrorHeader) == "" || e.Type != "recovery.v1.error" || e.Text == "" {
		t.Fatalf("an error without its words: %v %q %s", err, reply.Header, reply.Data)
	}
	return reply, &e
}

func TestService(t *testing.T) {
	s := serve(t, nil)
	t.Run("a call is answered, and says who asks", func(t *testing.T) {
		reply, e := s.ask(t, &nats.Msg{Subject: "recovery.cms.call.operator.anna.decide", Data: []byte("x")})
		want := schema.Sender{System: "cms", Kind: "decide", By: schema.By{Role: "operator", Name: "anna", Via: "call", Auth: "subject"}}
		if from := s.from(); e != nil || string(reply.Data) != "x" || from[0] != want {
			t.Fatalf("got %q, %v, from %+v", reply.Data, e, from)
		}
	})
	t.Run("a bridge says for whom it asks, and how it knows who that is", func(t *testing.T) {
		for _, subject := range []string{"recovery.cms.bridge.key.operator.anna.decide", "recovery.lab.bridge.proxy.expert.daqexpert.request"} {
			if _, e := s.ask(t, &nats.Msg{Subject: subject, Data: []byte("x")}); e != nil {
				t.Fatal(subject, e)
			}
		}
		from := s.from()
		if got := from[len(from)-2].By; got != (schema.By{Role: "operator", Name: "anna", Via: "bridge", Auth: "key"}) {
			t.Errorf("got %+v", got)
		}
		if got := from[len(from)-1]; got.System != "lab" || got.By != (schema.By{Role: "expert", Name: "daqexpert", Via: "bridge", Auth: "proxy"}) {
			t.Errorf("got %+v", got)
		}
		if _, e := s.ask(t, &nats.Msg{Subject: "recovery.cms.bridge.subject.operator.anna.decide", Data: []byte("x")}); e == nil || e.Code != 400 || !strings.Contains(e.Text, "none, key or proxy") {
			t.Errorf("a bridge can't say that the broker authenticated somebody: %v", e)
		}
	})
	t.Run("a query is answered for its system", func(t *testing.T) {
		reply, e := s.ask(t, &nats.Msg{Subject: "recovery.lab.query.status", Data: []byte("{}")})
		if e != nil || string(reply.Data) != "lab status {}" {
			t.Fatalf("got %q, %v", reply.Data, e)
		}
	})
	t.Run("no header of the caller comes back", func(t *testing.T) {
		reply, _ := s.ask(t, &nats.Msg{Subject: "recovery.cms.call.expert.e.request", Header: nats.Header{"Nats-Msg-Id": {"1"}, "X": {"y"}}})
		if len(reply.Header) != 0 {
			t.Fatalf("got %v", reply.Header)
		}
	})
	t.Run("sizes: at the limit and beyond", func(t *testing.T) {
		for size, code := range map[int]int{0: 0, 1: 0, schema.MaxInput - 1: 0, schema.MaxInput: 0, schema.MaxInput + 1: 413, 10 * schema.MaxInput: 413} {
			_, e := s.ask(t, &nats.Msg{Subject: "recovery.cms.call.expert.e.request", Data: make([]byte, size)})
			if (e == nil) != (code == 0) || e != nil && e.Code != code {
				t.Fatalf("%d bytes: %v", size, e)
			}
		}
	})
	t.Run("a name that is none is refused with words", func(t *testing.T) {
		for _, name := range []string{strings.Repeat("n", 65), "a$b", "ä"} {
			_, e := s.ask(t, &nats.Msg{Subject: "recovery.cms.call.expert." + name + ".request"})
			if e == nil || e.Code != 400 || !strings.Contains(e.Text, "A-Z") {
				t.Fatalf("%q: %v", name, e)
			}
		}
	})
	t.Run("nobody answers where nothing is served", func(t *testing.T) {
		for _, subject := range []string{"recovery.other.call.expert.e.request", "recovery.cms.call.expert.e.decide", "recovery.cms.call.expert.e.f.request", "recovery.cms.query.secrets"} {
			if _, err := s.nc.Request(subject, nil, patience); err != nats.ErrNoResponders {
				t.Fatalf("%s: %v", subject, err)
			}
		}
	})
	t.Run("a reply subject that is no inbox gets nothing, nor is it decided", func(t *testing.T) {
		sub, err := s.nc.SubscribeSync(schema.SubjectLog("cms"))
		if err != nil {
			t.Fatal(err)
		}
		before := len(s.from())
		for _, reply := range []string{schema.SubjectLog("cms"), "", "x._INBOX.y"} {
			if err := s.nc.PublishMsg(&nats.Msg{Subject: "recovery.cms.call.expert.e.request", Reply: reply, Data: []byte("forged")}); err != nil {
				t.Fatal(err)
			}
		}
		// The endpoint takes one after another: once this is answered, those are through.
		s.ask(t, &nats.Msg{Subject: "recovery.cms.call.expert.e.request"})
		if n, _, err := sub.Pending(); err != nil || n != 0 {
			t.Fatalf("%d messages in the log, %v", n, err)
		}
		if n := len(s.from()) - before; n != 1 {
			t.Fatalf("%d were decided", n)
		}
	})
	t.Run("what was refused was told", func(t *testing.T) {
		s.mu.Lock()
		defer s.mu.Unlock()
		counts := map[string]int{}
		for _, r := range s.refused {
			counts[r[:3]]++
		}
		if counts["413"] != 2 || counts["400"] != 4 || counts["403"] != 3 {
			t.Fatalf("got %v", counts)
		}
	})
	t.Run("the service describes itself with its schemas", func(t *testing.T) {
		reply, err := s.nc.Request("$SRV.INFO.recovery", nil, patience)
		if err != nil {
			t.Fatal(err)
		}
		var info micro.Info
		if err := json.Unmarshal(reply.Data, &info); err != nil || info.Version != "1.2.3" {
			t.Fatal(info.Version, err)
		}
		var got []string
		for _, e := range info.Endpoints {
			got = append(got, e.Subject)
			for _, key := range []string{"request", "response"} {
				if schema.New(schema.Kind(e.Metadata[key])) == nil {
					t.Fatalf("%s: its %s is %q", e.Subject, key, e.Metadata[key])
				}
			}
		}
		for _, want := range []string{"recovery.cms.call.expert.*.request", "recovery.cms.call.agent.*.claim", "recovery.lab.call.operator.*.policy", "recovery.lab.query.entries",
			"recovery.cms.bridge.*.operator.*.decide", "recovery.cms.bridge.*.expert.*.request"} {
			if !slices.Contains(got, want) {
				t.Fatalf("%s is not among %v", want, got)
			}
		}
		if len(got) != 2*(3+9+4+3+9+9) {
			t.Fatalf("%d endpoints", len(got))
		}
	})
}

package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"expertcontroller/schema"
)

const (
	// callsAtOnce and queriesAtOnce bound what is under way in one process; queries
	// have their own share, so that slow ones never keep a call out.
	callsAtOnce   = 2048
	queriesAtOnce = 256
	// interruptsAtOnce is how many interrupts have places of their own, so that a call to
	// stop is heard when calls that the log does not take fill all others.
	interruptsAtOnce = 64
	// answerWithin ends a call's or query's context: who asked has gone by then.
	answerWithin = 30 * time.Second
	// drainWithin is how long Stop waits for what is under way.
	drainWithin = 5 * time.Second
)

// ServiceConfig says what the service serves and who answers.
type ServiceConfig struct {
	Systems []string
	// Version is the program's, as in 1.2.3.
	Version string
	// Call decides what an expert, operator or agent asked. It is called from many
	// goroutines; the payload is its own.
	Call func(ctx context.Context, from schema.Sender, payload []byte) ([]byte, *schema.Error)
	// Query answers a question about a system. As Call.
	Query func(ctx context.Context, system, query string, payload []byte) ([]byte, *schema.Error)
	// Refused hears of each message that was refused here, before Call or Query saw it;
	// may be nil.
	Refused func(subject string, e *schema.Error)
	Logger  *slog.Logger
	// Calls and Queries bound how many are under way at once; 0: 2048 and 256.
	Calls   int
	Queries int
}

// Service answers at the endpoints until it is stopped.
type Service struct {
	c       ServiceConfig
	nc      *nats.Conn
	micro   micro.Service
	calls   chan struct{}
	queries chan struct{}
	stops   chan struct{}
	workers *workers[question]
	ctx     context.Context
	cancel  context.CancelFunc
	// refused counts what was refused before anybody decided, for the statistics.
	refused atomic.Int64
	under   atomic.Int64
}

// Serve makes the service "recovery" with the endpoints of each system. Replicas share
// the calls among themselves. Each call costs a core request and its reply, besides what
// Call does.
func (b *Broker) Serve(c ServiceConfig) (*Service, error) {
	if c.Logger == nil {
		c.Logger = b.log
	}
	if c.Calls == 0 {
		c.Calls = callsAtOnce
	}
	if c.Queries == 0 {
		c.Queries = queriesAtOnce
	}
	for _, system := range c.Systems {
		if !schema.ValidName(system) {
			return nil, fmt.Errorf("serving system %q: no name of a system: use 1 to %d of A-Z a-z 0-9 _ -", clip(system), schema.MaxName)
		}
	}
	s := &Service{c: c, nc: b.nc, calls: make(chan struct{}, c.Calls), queries: make(chan struct{}, c.Queries), stops: make(chan struct{}, interruptsAtOnce)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.workers = newWorkers(s.ctx, s.answer)
	m, err := micro.AddService(b.nc, micro.Config{
		Name: schema.ServiceName, Version: c.Version,
		Description: "recoveries for a system under control",
		StatsHandler: func(*micro.Endpoint) any {
			return map[string]int64{"refused": s.refused.Load(), "under_way": s.under.Load()}
		},
	})
	if err != nil {
		s.cancel()
		return nil, fmt.Errorf("serving: %w", err)
	}
	s.micro = m
	for _, system := range c.Systems {
		for _, e := range endpoints(system) {
			if err := m.AddEndpoint(e.name, micro.HandlerFunc(s.take(e)), micro.WithEndpointSubject(e.subject), micro.WithEndpointMetadata(e.metadata())); err != nil {
				s.cancel()
				return nil, errors.Join(fmt.Errorf("serving %s: %w", e.subject, err), m.Stop())
			}
		}
	}
	// Whoever asks from now on is heard.
	if err := b.nc.FlushTimeout(5 * time.Second); err != nil {
		s.cancel()
		return nil, errors.Join(fmt.Errorf("serving: telling the broker where: %w", err), m.Stop())
	}
	return s, nil
}

// take checks what is cheap and hands the message to a goroutine: an endpoint takes one
// message at a time.
func (s *Service) take(e endpoint) func(micro.Request) {
	places, work, full := s.calls, s.call(schema.ParseCall), "this controller decides %d calls already: ask again in a moment, with the same id"
	switch {
	case e.request == schema.KindInterrupt:
		places = s.stops
	case e.query != "":
		places, full = s.queries, "this controller answers %d queries already: ask again in a moment"
		work = func(ctx context.Context, _ string, payload []byte) ([]byte, *schema.Error) {
			return s.c.Query(ctx, e.system, e.query, payload)
		}
	}
	if e.bridge {
		work = s.call(schema.ParseBridge)
	}
	return func(req micro.Request) {
		subject, reply, payload := req.Subject(), req.Reply(), req.Data()
		if !schema.ReplyAllowed(reply) {
			s.refuse(subject, "", refusal(403, schema.CodeMalformed, "no reply subject under _INBOX: ask as a request, or publish where messages are told: recovery.<system>.expert|operator.<name>.<kind>"))
			return
		}
		if len(payload) > schema.MaxInput {
			s.refuse(subject, reply, refusal(413, schema.CodeTooLarge, fmt.Sprintf("the message has %d bytes: send at most %d", len(payload), schema.MaxInput)))
			return
		}
		select {
		case places <- struct{}{}:
		default:
			s.refuse(subject, reply, refusal(503, schema.CodeFull, fmt.Sprintf(full, cap(places))))
			return
		}
		s.under.Add(1)
		s.workers.hand(question{subject, reply, payload, work, places})
	}
}

// question is a message that has its place among those under way.
type question struct {
	subject, reply string
	payload        []byte
	work           answering
	places         chan struct{}
}

// call reads who asks from the subject, exactly.
func (s *Service) call(parse func(subject string) (schema.Sender, error)) answering {
	return func(ctx context.Context, subject string, payload []byte) ([]byte, *schema.Error) {
		from, err := parse(subject)
		if err != nil {
			e := refusal(400, schema.CodeMalformed, err.Error())
			s.count(subject, e)
			return nil, e
		}
		return s.c.Call(ctx, from, payload)
	}
}

type answering func(ctx context.Context, subject string, payload []byte) ([]byte, *schema.Error)

func (s *Service) answer(q question) {
	defer func() {
		s.under.Add(-1)
		<-q.places
	}()
	ctx, cancel := context.WithTimeout(s.ctx, answerWithin)
	defer cancel()
	body, e := unharmed(s.c.Logger, q.subject, func() ([]byte, *schema.Error) { return q.work(ctx, q.subject, q.payload) })
	s.send(q.subject, q.reply, body, e)
}

// unharmed keeps one message from ending the process for everybody.
func unharmed(log *slog.Logger, subject string, work func() ([]byte, *schema.Error)) (body []byte, e *schema.Error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("answering panicked", "subject", subject, "panic", p, "stack", string(debug.Stack()))
			body, e = nil, refusal(503, schema.CodeInternal, "this message met a fault of the program, which is in the controller's log: don't repeat it, report it")
		}
	}()
	return work()
}

// refuse answers without handing on.
func (s *Service) refuse(subject, reply string, e *schema.Error) {
	s.count(subject, e)
	if reply != "" {
		s.send(subject, reply, nil, e)
	}
}

func (s *Service) count(subject string, e *schema.Error) {
	s.refused.Add(1)
	if s.c.Refused != nil {
		s.c.Refused(subject, e)
	}
}

// send replies with a message of our own making: nothing of the caller's is in it.
func (s *Service) send(subject, reply string, body []byte, e *schema.Error) {
	if err := respond(s.nc, reply, body, e); err != nil {
		s.c.Logger.Warn("an answer did not leave: who asked will ask again", "subject", subject, "error", err)
	}
}

// respond sends an answer or an error. An answer that is too large becomes an error.
func respond(nc *nats.Conn, reply string, body []byte, e *schema.Error) error {
	if e == nil {
		err := nc.Publish(reply, body)
		if !errors.Is(err, nats.ErrMaxPayload) {
			return err
		}
		e = refusal(413, schema.CodeTooLarge, fmt.Sprintf("the answer has %d bytes, more than the broker carries: ask for less, with limit", len(body)))
	}
	if e.Type == "" {
		whole := *e
		whole.Type, e = schema.Type(schema.KindError), &whole
	}
	body, err := schema.Encode(e)
	if err != nil {
		return err
	}
	return nc.PublishMsg(&nats.Msg{Subject: reply, Data: body, Header: nats.Header{
		micro.ErrorCodeHeader: {strconv.Itoa(e.Code)},
		micro.ErrorHeader:     {headerText(e.Error())},
	}})
}

// headerText keeps a sentence on one line, and within what a header should hold.
func headerText(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r < ' ' {
			out[i] = ' '
		}
	}
	return string(out[:min(len(out), 500)])
}

func refusal(code int, reason, text string) *schema.Error {
	return &schema.Error{Type: schema.Type(schema.KindError), Code: code, Reason: reason, Text: text}
}

// Stop takes no more calls, waits until those that came are answered, for 5 s at most,
// and then ends the contexts of those that are left.
func (s *Service) Stop() {
	defer s.cancel()
	if err := s.micro.Stop(); err != nil {
		s.c.Logger.Warn("ending the endpoints", "error", err)
	}
	ctx, cancel := context.WithTimeout(s.ctx, drainWithin)
	defer cancel()
	// What the broker sent before it knew is here after the flush.
	if err := s.nc.FlushWithContext(ctx); err != nil {
		s.c.Logger.Debug("waiting for the last calls", "error", err)
	}
	for s.under.Load() > 0 && pause(ctx, time.Millisecond) {
	}
	if n := s.under.Load(); n > 0 {
		s.c.Logger.Warn("stopping although calls are under way: who asked will ask again", "calls", n)
	}
	if err := s.nc.FlushTimeout(time.Second); err != nil {
		s.c.Logger.Debug("sending the last answers", "error", err)
	}
}

package client

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// A lost answer is repeated with the same id and the same bytes, and decided once.
func TestLostAnswerIsAskedForAgain(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL(), func(o *Options) { o.Timeout = 100 * time.Millisecond })
	s.with(func() { s.lose = 2 })
	began := time.Now()
	a, err := c.Submit(t.Context(), stuck())
	if err != nil {
		t.Fatal(err)
	}
	// On a busy machine an answer that comes may be waited for in vain, too.
	calls, most := s.calls(), 1+int(time.Since(began)/c.o.Timeout)
	if len(calls) < 3 || len(calls) > most {
		t.Fatalf("asked %d times, of 3 to %d: %v", len(calls), most, calls)
	}
	for _, call := range calls {
		if call != calls[0] {
			t.Fatalf("asked differently: %v", calls)
		}
	}
	if calls[0].subject != "recovery.cms.call.expert.daqexpert.request" {
		t.Fatal(calls[0].subject)
	}
	if a.Token != "cms-1" || a.ID == "" || !strings.Contains(calls[0].data, a.ID) || len(s.statuses) != 1 {
		t.Fatalf("answer %+v, %d recoveries", a, len(s.statuses))
	}
	if c.Seen() != a.Entry {
		t.Fatalf("seen %d, answered in %d", c.Seen(), a.Entry)
	}
	if found, err := c.Find(t.Context(), "daqexpert", a.ID); err != nil || found.Token != a.Token {
		t.Fatal(found, err)
	}
}

// When no answer ever comes, the outcome is called unknown, with the id to repeat it by.
func TestNoAnswerIsUnknown(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL(), func(o *Options) { o.Timeout = 50 * time.Millisecond })
	s.with(func() { s.lose = 1000 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	req := stuck()
	req.ID = "7f1c"
	_, err := c.Submit(ctx, req)
	var none *NoAnswer
	if !errors.As(err, &none) || none.ID != "7f1c" || none.Tries < 2 {
		t.Fatalf("%#v", err)
	}
	if !errors.Is(err, ErrNoAnswer) || !errors.Is(err, context.DeadlineExceeded) || NotSent(err) || !strings.Contains(err.Error(), "7f1c") {
		t.Fatal(err)
	}
	for tries, says := range map[int]string{1: "no answer to one try, so", 2: "no answer to 2 tries, so"} {
		if none.Tries = tries; !strings.Contains(err.Error(), says) {
			t.Errorf("%d: %v", tries, err)
		}
	}
	// Once one try may have arrived, an absent controller does not make it "not sent".
	// The pauses are such that none of the tries is under way when the time is over.
	c.pace.first, c.pace.most = 500*time.Millisecond, time.Hour
	ctx, cancel = context.WithTimeout(t.Context(), 2300*time.Millisecond)
	defer cancel()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for calls := s.calls(); len(calls) == 0 || !strings.Contains(calls[len(calls)-1].data, "7f1d"); calls = s.calls() {
			time.Sleep(time.Millisecond)
		}
		s.leave()
	}()
	req.ID = "7f1d"
	_, err = c.Submit(ctx, req)
	<-gone
	if !errors.As(err, &none) || !errors.Is(err, ErrNoController) || !errors.Is(err, context.DeadlineExceeded) || NotSent(err) {
		t.Fatal(err)
	}
}

// A broker without a controller and no broker at all are told apart, at once, with the remedy.
func TestNobodyThere(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	c := connect(t, b.ClientURL())
	began := time.Now()
	_, err := c.Submit(t.Context(), stuck())
	if !errors.Is(err, ErrNoController) || errors.Is(err, ErrNoBroker) || !NotSent(err) || !strings.Contains(err.Error(), "expertcontroller serve") {
		t.Fatal(err)
	}
	if err := c.Ping(t.Context()); !errors.Is(err, ErrNoController) {
		t.Fatal(err)
	}
	if err := c.Tell(t.Context(), schema.KindRequest, stuck()); !errors.Is(err, ErrNoInbox) {
		t.Fatal(err)
	}
	stop(b)
	soon(t, "the cut is noticed", func() bool { return !c.nc.IsConnected() })
	for _, err := range []error{
		func() error { _, err := c.Submit(t.Context(), stuck()); return err }(),
		func() error { _, err := c.Status(t.Context(), "cms-1"); return err }(),
		func() error { _, err := Connect(t.Context(), Options{Servers: b.ClientURL()}); return err }(),
		c.Ping(t.Context()),
	} {
		if !errors.Is(err, ErrNoBroker) || errors.Is(err, ErrNoController) || !NotSent(err) ||
			!strings.Contains(err.Error(), "start `expertcontroller serve`, or say --server") || !strings.Contains(err.Error(), b.ClientURL()) {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took > patience/2 {
		t.Fatalf("it took %s to hear that nobody is there", took)
	}
	c.Close()
	if _, err := c.Submit(t.Context(), stuck()); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
}

// A patient client starts before the broker, and asks until somebody is there.
func TestPatient(t *testing.T) {
	isolate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := connect(t, "nats://"+at, func(o *Options) { o.Patient = true })
	got := make(chan error, 1)
	go func() {
		_, err := c.Submit(t.Context(), stuck())
		got <- err
	}()
	b := broker(t, t.TempDir(), port)
	soon(t, "the client connects", c.nc.IsConnected)
	serve(t, b.ClientURL())
	if err := <-got; err != nil {
		t.Fatal(err)
	}
}

// What is refused before it is decided comes as the controller's own words.
func TestRefused(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL())
	for _, x := range []struct {
		said *schema.Error
		kind error
	}{
		{&schema.Error{Code: 400, Field: "steps[0].timeout", Text: "write 20s", Reason: schema.CodeMalformed}, nil},
		{&schema.Error{Code: 403, Text: "not yours"}, ErrNotPermitted},
		{&schema.Error{Code: 404, Text: "no"}, ErrUnknown},
		{&schema.Error{Code: 410, Text: "gone"}, ErrRemoved},
		{&schema.Error{Code: 503, Reason: schema.CodeInternal, Text: "don't repeat it, report it"}, nil},
	} {
		s.with(func() { s.refuse = x.said; s.heard = nil })
		_, err := c.Submit(t.Context(), stuck())
		var said *schema.Error
		if !errors.As(err, &said) || said.Code != x.said.Code || said.Field != x.said.Field || said.Text != x.said.Text {
			t.Fatalf("%v: %v", x.said, err)
		}
		if x.kind != nil && !errors.Is(err, x.kind) {
			t.Fatalf("%v is not %v", err, x.kind)
		}
		if n := len(s.calls()); n != 1 {
			t.Fatalf("%v: asked %d times", x.said, n)
		}
	}
	// Not able at the moment: asked again until it is.
	s.with(func() { s.refuse, s.heard = refuse(503, "", "the clock is off"), nil })
	got := make(chan error, 1)
	go func() {
		_, err := c.Submit(t.Context(), stuck())
		got <- err
	}()
	soon(t, "asked again", func() bool { return len(s.calls()) >= 2 })
	s.with(func() { s.refuse = nil })
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	// Full is asked again for one call's time.
	s.with(func() { s.refuse, s.heard = refuse(503, "full", "full"), nil })
	quick := connect(t, b.ClientURL(), func(o *Options) { o.Timeout = 500 * time.Millisecond })
	if _, err := quick.Submit(t.Context(), stuck()); !errors.Is(err, ErrFull) || errors.Is(err, ErrNoAnswer) || len(s.calls()) < 2 {
		t.Fatal(err, len(s.calls()))
	}
	// What may still be decided is unknown, not refused.
	s.with(func() { s.refuse = refuse(503, schema.CodeUnknown, "may still be decided") })
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	var none *NoAnswer
	if _, err := c.Submit(ctx, stuck()); !errors.As(err, &none) || NotSent(err) {
		t.Fatal(err)
	}
	s.with(func() { s.refuse = nil })
	// A message too large for the broker is refused with the limit.
	req := stuck()
	req.Problem.Description = strings.Repeat("x", 2<<20)
	var said *schema.Error
	if _, err := c.Submit(t.Context(), req); !errors.As(err, &said) || said.Code != 413 {
		t.Fatal(err)
	}
}

// Every call goes to the system that its token or prompt names, as who asks.
func TestCallsGoWhereTheyBelong(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	anna := connect(t, b.ClientURL()).As(schema.RoleOperator, "anna")
	ctx := t.Context()
	must := func(a schema.Answer, err error) {
		t.Helper()
		if err != nil || !a.OK() || a.ID == "" {
			t.Fatal(a, err)
		}
	}
	must(anna.Decide(ctx, schema.Decide{Prompt: "ecal-3.p1", Decision: schema.Approve}))
	must(anna.Interrupt(ctx, schema.Interrupt{Token: "ecal-3"}))
	must(anna.Interrupt(ctx, schema.Interrupt{}))
	must(anna.Note(ctx, schema.Note{Token: "ecal-3", Text: "called"}))
	must(anna.Mode(ctx, schema.Mode{Mode: schema.ModeManual}))
	must(anna.Hold(ctx, schema.Hold{Expert: "daqexpert", Key: "k", For: schema.Duration(time.Minute)}))
	must(anna.Policy(ctx, schema.ApplyPolicy{Policy: schema.DefaultPolicy()}))
	must(anna.Clear(ctx, schema.Cleared{Problem: "101", Expert: "daqexpert"}))
	must(anna.As(schema.RoleExpert, "x").Consumed(ctx, schema.Consumed{Token: "cms-1"}))
	var got []string
	for _, h := range s.calls() {
		got = append(got, strings.TrimPrefix(h.subject, "recovery."))
	}
	want := "ecal.call.operator.anna.decide ecal.call.operator.anna.interrupt cms.call.operator.anna.interrupt ecal.call.operator.anna.note " +
		"cms.call.operator.anna.mode cms.call.operator.anna.hold cms.call.operator.anna.policy cms.call.operator.anna.cleared cms.call.expert.x.consumed"
	if strings.Join(got, " ") != want {
		t.Fatal(got)
	}
	// What a role or a name can't ask is said without asking.
	if _, err := anna.As(schema.RoleExpert, "x").Mode(ctx, schema.Mode{Mode: schema.ModeManual}); err == nil || !strings.Contains(err.Error(), "expert") {
		t.Fatal(err)
	}
	if _, err := anna.As(schema.RoleOperator, "anna.b").Mode(ctx, schema.Mode{Mode: schema.ModeManual}); err == nil {
		t.Fatal("a name with a dot was asked with")
	}
}

// A call that the connection's cut leaves without an answer is repeated as soon as there
// is a connection again, not when its time is over.
func TestCutCallIsRepeated(t *testing.T) {
	isolate(t)
	dir := t.TempDir()
	b := broker(t, dir, -1)
	port := portOf(t, b)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL(), func(o *Options) { o.Timeout = time.Minute })
	s.with(func() { s.lose = 1 })
	got := make(chan error, 1)
	var a schema.Answer
	go func() {
		var err error
		a, err = c.Submit(t.Context(), stuck())
		got <- err
	}()
	soon(t, "the request arrives", func() bool { return len(s.calls()) == 1 })
	stop(b)
	broker(t, dir, port)
	select {
	case err := <-got:
		if err != nil || a.Token != "cms-1" || len(s.statuses) != 1 {
			t.Fatal(a, err)
		}
	case <-time.After(patience):
		t.Fatal("still waiting for an answer that was lost")
	}
}

// A connection that is cut while the answer is awaited leaves it unknown whether it was
// decided, however surely the tries after it were not sent.
func TestACutIsNotCertainty(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	nc, err := nats.Connect(b.ClientURL(), nats.NoReconnect())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	arrived := make(chan struct{}, 1)
	if _, err := nc.Subscribe("recovery.cms.call.>", func(*nats.Msg) { arrived <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	c := connect(t, b.ClientURL(), func(o *Options) { o.Timeout = patience })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	go func() {
		<-arrived
		stop(b) // and nobody takes its place
	}()
	_, err = c.Submit(ctx, stuck())
	var none *NoAnswer
	if !errors.As(err, &none) || none.Tries != 1 || none.ID == "" || NotSent(err) || !errors.Is(err, ErrNoAnswer) {
		t.Fatalf("%#v: %v", err, err)
	}
}

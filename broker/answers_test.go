package broker_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/broker"
	"expertcontroller/schema"
)

func TestServiceAnswers(t *testing.T) {
	t.Run("an error goes out as it is, with its type", func(t *testing.T) {
		s := serve(t, func(c *broker.ServiceConfig) {
			c.Call = func(context.Context, schema.Sender, []byte) ([]byte, *schema.Error) {
				return nil, &schema.Error{Code: 404, Field: "token", Text: "line one\nline two", Reason: "unknown"}
			}
		})
		_, e := s.ask(t, &nats.Msg{Subject: "recovery.cms.call.expert.e.request"})
		if e == nil || e.Field != "token" || e.Text != "line one\nline two" {
			t.Fatalf("got %+v", e)
		}
	})
	t.Run("an answer too large becomes an error", func(t *testing.T) {
		s := serve(t, func(c *broker.ServiceConfig) {
			c.Query = func(context.Context, string, string, []byte) ([]byte, *schema.Error) {
				return bytes.Repeat([]byte("x"), 2<<20), nil
			}
		})
		_, e := s.ask(t, &nats.Msg{Subject: "recovery.cms.query.entries"})
		if e == nil || e.Code != 413 || !strings.Contains(e.Text, "limit") {
			t.Fatalf("got %v", e)
		}
	})
	t.Run("a panic is one answer, and the next message is served", func(t *testing.T) {
		s := serve(t, func(c *broker.ServiceConfig) {
			c.Query = func(_ context.Context, _, _ string, payload []byte) ([]byte, *schema.Error) {
				if len(payload) > 0 {
					panic("culprit")
				}
				return nil, nil
			}
		})
		if _, e := s.ask(t, &nats.Msg{Subject: "recovery.cms.query.status", Data: []byte("x")}); e == nil || e.Code != 503 {
			t.Fatalf("got %v", e)
		}
		if _, e := s.ask(t, &nats.Msg{Subject: "recovery.cms.query.status"}); e != nil {
			t.Fatal(e)
		}
	})
	t.Run("when all places are taken the next one hears so, and queries have their own", func(t *testing.T) {
		busy, free := make(chan struct{}), make(chan struct{})
		s := serve(t, func(c *broker.ServiceConfig) {
			c.Calls = 2
			c.Call = func(context.Context, schema.Sender, []byte) ([]byte, *schema.Error) {
				busy <- struct{}{}
				<-free
				return nil, nil
			}
		})
		done := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := s.nc.Request("recovery.cms.call.expert.e.request", nil, patience)
				done <- err
			}()
			<-busy
		}
		_, e := s.ask(t, &nats.Msg{Subject: "recovery.cms.call.expert.e.request"})
		if e == nil || e.Code != 503 || e.Reason != "full" || !strings.Contains(e.Text, "again") {
			t.Fatalf("got %v", e)
		}
		if _, e := s.ask(t, &nats.Msg{Subject: "recovery.cms.query.status"}); e != nil {
			t.Fatal(e)
		}
		close(free)
		for range 2 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("stopping answers what has come, and takes no more", func(t *testing.T) {
		busy, free := make(chan struct{}, 10), make(chan struct{})
		s := serve(t, func(c *broker.ServiceConfig) {
			c.Call = func(context.Context, schema.Sender, []byte) ([]byte, *schema.Error) {
				busy <- struct{}{}
				<-free
				return []byte("answered"), nil
			}
		})
		done := make(chan error, 1)
		go func() {
			m, err := s.nc.Request("recovery.cms.call.expert.e.request", nil, patience)
			if err == nil && string(m.Data) != "answered" {
				err = fmt.Errorf("got %q", m.Data)
			}
			done <- err
		}()
		<-busy
		stopped := make(chan struct{})
		go func() { s.service.Stop(); close(stopped) }()
		until(t, "nobody to answer any more", func() bool {
			_, err := s.nc.Request("recovery.cms.query.status", nil, time.Second)
			return err == nats.ErrNoResponders
		})
		select {
		case <-stopped:
			t.Fatal("stopped before the answer")
		default:
		}
		close(free)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		answered := time.Now()
		<-stopped
		if took := time.Since(answered); took > 2*time.Second {
			t.Errorf("it stopped %s after the last answer", took)
		}
	})
	t.Run("a system whose name is none is refused", func(t *testing.T) {
		s := serve(t, nil)
		_, err := s.b.Serve(broker.ServiceConfig{Systems: []string{"a.b"}, Version: "1.2.3"})
		says(t, err, "a.b", "A-Z")
	})
}

func TestServiceCarries(t *testing.T) {
	// 128 clients at once: everyone is answered with their own.
	s := serve(t, func(c *broker.ServiceConfig) {
		c.Call = func(_ context.Context, _ schema.Sender, payload []byte) ([]byte, *schema.Error) { return payload, nil }
	})
	var wrong atomic.Int64
	var all sync.WaitGroup
	for c := range 128 {
		all.Go(func() {
			for i := range 20 {
				text := fmt.Sprint(c, "-", i)
				m, err := s.nc.Request("recovery.cms.call.expert.e"+fmt.Sprint(c)+".request", []byte(text), patience)
				if err != nil || string(m.Data) != text {
					wrong.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := wrong.Load(); n > 0 {
		t.Fatalf("%d answers were wrong or none", n)
	}
}

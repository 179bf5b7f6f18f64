package broker_test

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"

	"expertcontroller/broker"
	"expertcontroller/schema"
)

// When calls that get no decision fill every place, another one is refused at once, and
// an interrupt is still heard.
func TestServiceHearsAnInterruptWhenFull(t *testing.T) {
	open, entered := make(chan struct{}), make(chan struct{})
	s := serve(t, func(c *broker.ServiceConfig) {
		c.Calls = 1
		c.Call = func(ctx context.Context, from schema.Sender, payload []byte) ([]byte, *schema.Error) {
			if from.Kind != schema.KindInterrupt {
				close(entered)
				select {
				case <-open:
				case <-ctx.Done():
				}
			}
			return payload, nil
		}
	})
	stuck := make(chan error, 1)
	go func() {
		_, err := s.nc.Request("recovery.cms.call.operator.anna.note", []byte("1"), patience)
		stuck <- err
	}()
	<-entered
	if _, bad := s.ask(t, &nats.Msg{Subject: "recovery.cms.call.expert.daq.request", Data: []byte("2")}); bad == nil || bad.Code != 503 || bad.Reason != "full" {
		t.Fatalf("a call that finds no place got %v", bad)
	}
	if reply, bad := s.ask(t, &nats.Msg{Subject: "recovery.cms.call.operator.anna.interrupt", Data: []byte("3")}); bad != nil || string(reply.Data) != "3" {
		t.Errorf("an interrupt got %v", bad)
	}
	close(open)
	if err := <-stuck; err != nil {
		t.Error(err)
	}
}

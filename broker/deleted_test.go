package broker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
	"expertcontroller/schema"
)

// Whoever appends when the log's stream is removed is told so in the end, and does not
// try for ever: nothing else of the controller goes on meanwhile.
func TestAppendToARemovedStreamEnds(t *testing.T) {
	nc := brokertest.Connect(t, brokertest.Start(t))
	log := brokertest.Open(t, nc, 1).Log("cms")
	log.Stands = 200 * time.Millisecond
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := js.DeleteStream(ctx, schema.StreamLog); err != nil {
		t.Fatal(err)
	}
	if _, err := log.Append(ctx, 0, "1", []byte("{}")); !errors.Is(err, broker.ErrForeign) {
		t.Fatalf("appending ended with %v", err)
	}
}

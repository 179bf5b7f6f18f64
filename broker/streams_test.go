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

func TestStreams(t *testing.T) {
	open := func(t *testing.T, e *broker.Embedded, replicas int) error {
		t.Helper()
		_, err := broker.Open(within(t), brokertest.Connect(t, e), broker.StreamOptions{Replicas: replicas, Synced: true, Logger: brokertest.Quiet()})
		return err
	}
	change := func(t *testing.T, e *broker.Embedded, name string, f func(*jetstream.StreamConfig)) {
		t.Helper()
		js, err := jetstream.New(brokertest.Connect(t, e))
		if err != nil {
			t.Fatal(err)
		}
		ctx := within(t)
		s, err := js.Stream(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		c := s.CachedInfo().Config
		f(&c)
		if _, err := js.UpdateStream(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("they are made as the contract says, and found again", func(t *testing.T) {
		e := brokertest.Start(t)
		nc := brokertest.Connect(t, e)
		b := brokertest.Open(t, nc, 0)
		if again := brokertest.Open(t, nc, 1); !again.Log(system).Created().Equal(b.Log(system).Created()) {
			t.Fatal("another stream")
		}
		js, err := jetstream.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		s, err := js.Stream(within(t), schema.StreamLog)
		if err != nil {
			t.Fatal(err)
		}
		c := s.CachedInfo().Config
		if c.AllowDirect || !c.DenyDelete || c.Storage != jetstream.FileStorage || c.MaxAge != 0 || c.MaxMsgs > 0 || c.MaxBytes > 0 {
			t.Fatalf("%+v", c)
		}
		if err := s.DeleteMsg(within(t), 1); err == nil {
			t.Fatal("a message of the log could be deleted")
		}
	})
	t.Run("the broker repeats each entry where others listen", func(t *testing.T) {
		e := brokertest.Start(t)
		nc := brokertest.Connect(t, e)
		b := brokertest.Open(t, nc, 1)
		sub, err := nc.SubscribeSync("recovery.cms.change")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Log(system).Append(within(t), 0, "a", []byte("a")); err != nil {
			t.Fatal(err)
		}
		if m, err := sub.NextMsg(patience); err != nil || string(m.Data) != "a" {
			t.Fatal(m, err)
		}
	})
	t.Run("settings that decisions rest on are named, each with what it is and should be", func(t *testing.T) {
		e := brokertest.Start(t)
		if err := open(t, e, 1); err != nil {
			t.Fatal(err)
		}
		change(t, e, schema.StreamLog, func(c *jetstream.StreamConfig) {
			c.AllowDirect, c.MaxMsgs, c.RePublish = true, 1000, nil
		})
		err := open(t, e, 3)
		says(t, err, schema.StreamLog, "allow_direct is true, should be false", "max_msgs is 1000, should be unlimited",
			"republish is off, should be recovery.*.log to recovery.{{wildcard(1)}}.change, whole", "num_replicas is 1, should be 3", "nats stream edit")
		change(t, e, schema.StreamLog, func(c *jetstream.StreamConfig) {
			c.AllowDirect, c.MaxMsgs = false, -1
			c.RePublish = &jetstream.RePublish{Source: schema.LogSubjects, Destination: schema.ChangeSubjects}
		})
		change(t, e, schema.StreamInbox, func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour })
		says(t, open(t, e, 0), schema.StreamInbox, "max_age is 1h0m0s, should be 24h0m0s")
		change(t, e, schema.StreamInbox, func(c *jetstream.StreamConfig) { c.MaxAge, c.Description = 24*time.Hour, "ours" })
		if err := open(t, e, 0); err != nil {
			t.Fatalf("a description matters: %v", err)
		}
	})
	t.Run("more replicas than servers is told with the flag", func(t *testing.T) {
		says(t, open(t, brokertest.Start(t), 3), "--replicas 1")
	})
	t.Run("subjects that another stream holds are told", func(t *testing.T) {
		e := brokertest.Start(t)
		js, err := jetstream.New(brokertest.Connect(t, e))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.CreateStream(within(t), jetstream.StreamConfig{Name: "ALL", Subjects: []string{"recovery.>"}}); err != nil {
			t.Fatal(err)
		}
		says(t, open(t, e, 1), "another stream", "recovery.*.log")
	})
	t.Run("one server of a cluster waits for the others until its time is over", func(t *testing.T) {
		s := brokertest.StartAlone(t)
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		_, err := broker.Open(ctx, brokertest.Dial(t, s.URL()), broker.StreamOptions{Logger: brokertest.Quiet()})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		says(t, err, "waiting for the stream", "last word")
	})
}

// A replica that was not told on how many servers streams stand makes the inbox as
// another one, which was told, has just made the log.
func TestAnInboxAsItsLog(t *testing.T) {
	c := brokertest.StartCluster(t, 3)
	nc := brokertest.Dial(t, c.URLs())
	brokertest.Open(t, nc, 3)
	recreate(t, nc, schema.StreamInbox)
	b, err := broker.Open(within(t), nc, broker.StreamOptions{Synced: true, Logger: brokertest.Quiet()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Inbox(system).End(within(t)); err != nil {
		t.Fatal(err)
	}
	brokertest.Open(t, nc, 3) // else it is not as it must be
}

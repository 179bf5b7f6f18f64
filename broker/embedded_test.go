package broker_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/broker"
	"expertcontroller/broker/brokertest"
)

func TestEmbedded(t *testing.T) {
	t.Run("one in the process and one over TCP hear each other, and the data lies below the directory", func(t *testing.T) {
		dir := t.TempDir()
		e := brokertest.StartIn(t, dir, "127.0.0.1:0")
		in, out := brokertest.Connect(t, e), brokertest.Dial(t, e.URL())
		sub, err := out.SubscribeSync("x")
		if err != nil || out.Flush() != nil {
			t.Fatal("listening", err)
		}
		if err := in.Publish("x", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := sub.NextMsg(patience); err != nil {
			t.Fatal(err)
		}
		brokertest.Open(t, in, 1)
		if _, err := os.Stat(filepath.Join(dir, "jetstream")); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a second server on the directory is refused, until the first has stopped", func(t *testing.T) {
		dir := t.TempDir()
		e := brokertest.StartIn(t, dir, "127.0.0.1:0")
		_, err := broker.StartEmbedded(broker.EmbeddedOptions{Dir: dir, Listen: "127.0.0.1:0"})
		says(t, err, dir, "another expertcontroller", "--data", "--server")
		e.Stop()
		e.Stop() // twice does no harm
		brokertest.StartIn(t, dir, "127.0.0.1:0")
	})
	t.Run("a port in use is told with the flag that changes it", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		dir := t.TempDir()
		_, err = broker.StartEmbedded(broker.EmbeddedOptions{Dir: dir, Listen: l.Addr().String()})
		says(t, err, l.Addr().String(), "--listen", "--server")
		brokertest.StartIn(t, dir, "127.0.0.1:0") // and the directory is free again
	})
	t.Run("an address that others reach is refused unless it is meant", func(t *testing.T) {
		for _, listen := range []string{"0.0.0.0:0", ":0", "[::]:0", "example.org:0"} {
			_, err := broker.StartEmbedded(broker.EmbeddedOptions{Dir: t.TempDir(), Listen: listen})
			says(t, err, "other machines", "127.0.0.1", "--server")
		}
		e, err := broker.StartEmbedded(broker.EmbeddedOptions{Dir: t.TempDir(), Listen: "0.0.0.0:0", Exposed: true})
		if err != nil {
			t.Fatal(err)
		}
		e.Stop()
	})
	t.Run("an address that is none, a directory that can't be written", func(t *testing.T) {
		for _, listen := range []string{"4222", "127.0.0.1:http", "127.0.0.1:70000"} {
			_, err := broker.StartEmbedded(broker.EmbeddedOptions{Dir: t.TempDir(), Listen: listen})
			says(t, err, "--listen HOST:PORT")
		}
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := broker.StartEmbedded(broker.EmbeddedOptions{Dir: file, Listen: "127.0.0.1:0"})
		says(t, err, "--data")
	})
}

// says fails unless the error holds each text.
func says(t testing.TB, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Fatalf("%q\ndoes not say %q", err, text)
		}
	}
}

func TestConnect(t *testing.T) {
	e := brokertest.Start(t)
	t.Run("nobody there is told at once with what to do", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		_, err = broker.Connect(broker.ConnectOptions{URL: "nats://" + l.Addr().String(), Logger: brokertest.Quiet()})
		says(t, err, l.Addr().String(), "--server")
	})
	t.Run("with Wait the connection comes when the server does", func(t *testing.T) {
		dir := t.TempDir()
		first := brokertest.StartIn(t, dir, "127.0.0.1:0")
		url := first.URL()
		first.Stop()
		nc, err := broker.Connect(broker.ConnectOptions{URL: url, Wait: true, Logger: brokertest.Quiet()})
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		brokertest.StartIn(t, dir, strings.TrimPrefix(url, "nats://"))
		until(t, "the connection", nc.IsConnected)
	})
	t.Run("a context file of the nats command is used, and a URL wins over its own", func(t *testing.T) {
		config := t.TempDir()
		t.Setenv("XDG_CONFIG_HOME", config)
		contexts := filepath.Join(config, "nats", "context")
		if err := os.MkdirAll(contexts, 0o700); err != nil {
			t.Fatal(err)
		}
		write := func(name, url string) {
			if err := os.WriteFile(filepath.Join(contexts, name+".json"), []byte(`{"url":"`+url+`"}`), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("here", e.URL())
		write("elsewhere", "nats://127.0.0.1:1")
		for _, o := range []broker.ConnectOptions{{Context: "here"}, {Context: "elsewhere", URL: e.URL()}} {
			o.Logger = brokertest.Quiet()
			nc, err := broker.Connect(o)
			if err != nil {
				t.Fatal(err)
			}
			if nc.ConnectedUrl() != e.URL() {
				t.Fatalf("connected to %s", nc.ConnectedUrl())
			}
			nc.Close()
		}
		_, err := broker.Connect(broker.ConnectOptions{Context: "none"})
		says(t, err, "none", "nats context ls")
	})
	t.Run("half a certificate, a seed file that is none", func(t *testing.T) {
		_, err := broker.Connect(broker.ConnectOptions{URL: e.URL(), TLSCert: "c.pem"})
		says(t, err, "both")
		_, err = broker.Connect(broker.ConnectOptions{URL: e.URL(), NKey: filepath.Join(t.TempDir(), "seed")})
		says(t, err, "--nkey")
	})
	t.Run("what is sent while away fails at once and is not sent later", func(t *testing.T) {
		s := brokertest.Start(t)
		nc := brokertest.Dial(t, s.URL())
		s.Stop()
		until(t, "the connection to be lost", func() bool { return !nc.IsConnected() })
		if err := nc.Publish("x", nil); err != nats.ErrReconnectBufExceeded {
			t.Fatalf("got %v", err)
		}
	})
}

func TestTimeAndState(t *testing.T) {
	dir := t.TempDir()
	e := brokertest.StartIn(t, dir, "127.0.0.1:0")
	b := brokertest.Open(t, brokertest.Dial(t, e.URL()), 1)
	before := time.Now()
	at, trip, err := b.Time(within(t))
	if err != nil || at.Before(before.Add(-trip)) || at.After(time.Now().Add(trip)) || trip <= 0 {
		t.Fatalf("got %s, %s, %v at %s", at, trip, err, before)
	}
	back := make(chan struct{}, 10)
	b.OnReconnect(func() { back <- struct{}{} })
	e.Stop()
	until(t, "the connection to be lost", func() bool { return !b.Connected() })
	if _, _, err := b.Time(context.Background()); err == nil {
		t.Fatal("a time without a broker")
	}
	brokertest.StartIn(t, dir, strings.TrimPrefix(e.URL(), "nats://"))
	select {
	case <-back:
	case <-time.After(patience):
		t.Fatal("nobody said that the connection is back")
	}
	if !b.Connected() {
		t.Fatal("not connected")
	}
}

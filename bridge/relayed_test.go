package bridge

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// relayed is a bridge on real sockets, over a log that the test writes.
type relayed struct {
	t      testing.TB
	bridge *Bridge
	log    *recorded
	url    string
}

// quiet is a broker without streams, within the test, and a connection that comes back.
func quiet(t testing.TB) (*server.Server, *nats.Conn) {
	t.Helper()
	s, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	nc, err := nats.Connect("", nats.InProcessServer(s), nats.MaxReconnects(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return s, nc
}

func relay(t testing.TB, change func(*Options)) *relayed {
	t.Helper()
	_, nc := quiet(t)
	o := Options{Systems: []string{"cms"}, Client: client.New(nc, client.Options{System: "cms", As: "bridge", Timeout: time.Second}), Build: "test"}
	if change != nil {
		change(&o)
	}
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	r := &relayed{t: t, bridge: b, log: newRecorded("cms", "one")}
	b.feeds["cms"].source = r.log
	r.log.add(schema.Entry{Documents: []schema.Document{{Key: schema.KeyMode, Value: mustEncode(map[string]any{"n": 0})}}})
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		if err := b.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	http := httptest.NewUnstartedServer(b)
	// As short as a test of slow headers can wait for, and as long as a busy machine may stand still.
	http.Config.ReadHeaderTimeout = 3 * time.Second
	http.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	http.Start()
	t.Cleanup(func() {
		cancel()
		all.Wait()
		http.Close()
	})
	r.url = http.URL
	r.until("the picture is known", func() bool { return b.Ready() == nil })
	return r
}

func (r *relayed) until(what string, so func() bool) {
	r.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !so() {
		if time.Now().After(deadline) {
			r.t.Fatalf("never: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// change adds an entry.
func (r *relayed) change(n int) {
	r.log.add(schema.Entry{At: time.Now(), Documents: []schema.Document{{Key: schema.KeyMode, Value: mustEncode(map[string]any{"honest": n})}}})
}

// ws opens a websocket.
func (r *relayed) ws(headers http.Header) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, answer, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(r.url, "http")+"/ws", &websocket.DialOptions{Subprotocols: []string{Subprotocol}, HTTPHeader: headers})
	if err == nil {
		conn.SetReadLimit(1 << 20)
		r.t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, answer, err
}

// open says hello and reads the welcome.
func (r *relayed) open(headers http.Header) *websocket.Conn {
	r.t.Helper()
	conn, _, err := r.ws(headers)
	if err != nil {
		r.t.Fatal(err)
	}
	write(r.t, conn, `{"type":"recovery.v1.hello"}`)
	await(r.t, conn, "welcome")
	return conn
}

func write(t testing.TB, conn *websocket.Conn, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// await reads until a frame of this type comes.
func await(t testing.TB, conn *websocket.Conn, kind string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			t.Fatalf("waiting for a %s: %v", kind, err)
		}
		var f struct{ Type string }
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatal(err)
		}
		if f.Type == schema.Type(kind) {
			return b
		}
	}
}

// ended reads until the socket is closed, and gives the bye's code and the close code.
func ended(t testing.TB, conn *websocket.Conn) (string, websocket.StatusCode) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	code := ""
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return code, websocket.CloseStatus(err)
		}
		var f struct{ Type, Code string }
		if json.Unmarshal(b, &f) == nil && f.Type == "recovery.v1.bye" {
			code = f.Code
		}
	}
}

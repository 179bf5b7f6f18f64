package bridge

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"expertcontroller/schema"
)

// honest is a client that must notice nothing of the others.
func (r *relayed) honest() func() {
	r.t.Helper()
	conn := r.open(nil)
	await(r.t, conn, "snapshot")
	n := 0
	return func() {
		r.t.Helper()
		n++
		r.change(n)
		began := time.Now()
		for !strings.Contains(string(await(r.t, conn, "delta")), fmt.Sprintf(`"honest":%d}`, n)) {
		}
		// As long as one stalled client may hold a write up: that it waited for one is the
		// fault. How fast it is, the benchmark tells.
		if took := time.Since(began); took > 4*time.Second {
			r.t.Errorf("an honest client waits %s for a change", took)
		}
	}
}

func TestHostileClients(t *testing.T) {
	r := relay(t, nil)
	check := r.honest()
	for _, c := range []struct {
		name, bye string
		close     websocket.StatusCode
		do        func(*testing.T, *websocket.Conn)
	}{
		{"no JSON", byeBadFrame, websocket.StatusPolicyViolation, func(t *testing.T, c *websocket.Conn) { write(t, c, "hello?") }},
		{"an unknown type", byeBadFrame, websocket.StatusPolicyViolation, func(t *testing.T, c *websocket.Conn) { write(t, c, `{"type":"recovery.v1.decide"}`) }},
		{"invalid UTF-8", byeBadFrame, websocket.StatusPolicyViolation, func(t *testing.T, c *websocket.Conn) { write(t, c, "{\"type\":\"\xff\xfe\"}") }},
		{"a binary frame", byeBadFrame, websocket.StatusPolicyViolation, func(t *testing.T, c *websocket.Conn) {
			_ = c.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"recovery.v1.hello"}`))
		}},
		{"a frame of 1 MB", "", websocket.StatusMessageTooBig, func(t *testing.T, c *websocket.Conn) {
			_ = c.Write(t.Context(), websocket.MessageText, make([]byte, 1<<20))
		}},
		{"a flood of frames", byeFlood, websocket.StatusPolicyViolation, func(t *testing.T, c *websocket.Conn) {
			for range 1000 {
				if c.Write(t.Context(), websocket.MessageText, []byte(`{"type":"recovery.v1.looking","system":"cms"}`)) != nil {
					return
				}
			}
		}},
		{"a flood of hellos", byeFlood, websocket.StatusPolicyViolation, func(t *testing.T, c *websocket.Conn) {
			for range 10 {
				if c.Write(t.Context(), websocket.MessageText, []byte(`{"type":"recovery.v1.hello"}`)) != nil {
					return
				}
			}
		}},
		{"no hello", byeBadFrame, websocket.StatusPolicyViolation, func(*testing.T, *websocket.Conn) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, _, err := r.ws(nil)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(c.name, "a flood") {
				write(t, conn, `{"type":"recovery.v1.hello"}`)
			}
			c.do(t, conn)
			if bye, code := ended(t, conn); bye != c.bye || code != c.close {
				t.Errorf("ended with %q, %d; want %q, %d", bye, code, c.bye, c.close)
			}
			check()
		})
	}
	t.Run("a message in endless empty fragments", func(t *testing.T) {
		conn, read := raw(t, r.url)
		if _, err := conn.Write([]byte{0x01, 0x80, 0, 0, 0, 0}); err != nil { // text, not the last part, masked, empty
			t.Fatal(err)
		}
		stop := time.Now().Add(time.Minute)
		for time.Now().Before(stop) {
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			if _, err := conn.Write([]byte{0x00, 0x80, 0, 0, 0, 0}); err != nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if !time.Now().Before(stop) {
			t.Error("it is never ended")
		}
		if frames := read(); !strings.Contains(frames, byeBadFrame) {
			t.Errorf("it was not told why: %q", frames)
		}
		check()
	})
	t.Run("a flood of pings", func(t *testing.T) {
		conn, read := raw(t, r.url)
		for range 10_000 {
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			if _, err := conn.Write([]byte{0x89, 0x80, 0, 0, 0, 0}); err != nil {
				break
			}
		}
		if frames := read(); !strings.Contains(frames, byeFlood) {
			t.Errorf("it was not told why: %q", frames)
		}
		check()
	})
	t.Run("slow headers", func(t *testing.T) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("GET /ws HTTP/1.1\r\nHost: x\r\nX-Slow: ")); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := bufio.NewReader(conn).ReadString(0); err == nil || strings.Contains(err.Error(), "timeout") {
			t.Errorf("it may take its time: %v", err)
		}
		check()
	})
	t.Run("one that takes nothing is closed, and nobody waits for it", func(t *testing.T) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.(*net.TCPConn).SetReadBuffer(1 << 10)
		upgrade(t, conn)
		before := r.bridge.figures.stalled.Load()
		n := 0
		r.until("the stalled one is closed", func() bool {
			n++
			r.log.add(schema.Entry{At: time.Now(), Documents: []schema.Document{{Key: schema.KeyPolicy, Value: mustEncode(map[string]any{"n": n, "x": strings.Repeat("y", 60<<10)})}}})
			check()
			return r.bridge.figures.stalled.Load() > before
		})
	})
}

// raw opens a websocket by hand and says hello; read gives what came until the end.
func raw(t *testing.T, url string) (net.Conn, func() string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	upgrade(t, conn)
	return conn, func() string {
		_ = conn.SetReadDeadline(time.Now().Add(15 * time.Second))
		var all []byte
		buffer := make([]byte, 4096)
		for {
			n, err := conn.Read(buffer)
			all = append(all, buffer[:n]...)
			if err != nil {
				return string(all)
			}
		}
	}
}

func upgrade(t *testing.T, conn net.Conn) {
	t.Helper()
	hello := `{"type":"recovery.v1.hello"}`
	frame := append([]byte{0x81, 0x80 | byte(len(hello)), 0, 0, 0, 0}, hello...)
	if _, err := fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: %s\r\n\r\n%s", Subprotocol, frame); err != nil {
		t.Fatal(err)
	}
}

func TestOrigins(t *testing.T) {
	r := relay(t, nil)
	cookie := "expertcontroller=anna"
	for _, c := range []struct {
		name    string
		headers http.Header
		want    int
	}{
		{"none, and no cookie", http.Header{}, 101},
		{"the bridge's own", http.Header{"Origin": {r.url}, "Cookie": {cookie}}, 101},
		{"another site's", http.Header{"Origin": {"https://evil.example"}}, 403},
		{"another site's, with a cookie", http.Header{"Origin": {"https://evil.example"}, "Cookie": {cookie}}, 403},
		{"another port's", http.Header{"Origin": {"http://127.0.0.1:1"}, "Cookie": {cookie}}, 403},
		{"none, although a cookie authenticates", http.Header{"Cookie": {cookie}}, 403},
		{"null", http.Header{"Origin": {"null"}}, 403},
		{"several", http.Header{"Origin": {r.url, r.url}}, 403},
		{"a page that says it is another site's", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, answer, err := r.ws(c.headers)
			if err == nil {
				_ = conn.CloseNow()
			}
			if answer == nil || answer.StatusCode != c.want {
				t.Errorf("%v, %v; want %d", answer, err, c.want)
			}
		})
	}
	t.Run("another name for this machine", func(t *testing.T) {
		q, err := http.NewRequest("GET", r.url+"/api/v1/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Host = "evil.example"
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 403 {
			t.Errorf("answered %d", answer.StatusCode)
		}
	})
	http.DefaultClient.CloseIdleConnections()
}

func TestSessions(t *testing.T) {
	t.Run("Who looks at a prompt is seen by the others, until she leaves or the prompt closes", func(t *testing.T) {
		r := relay(t, nil)
		r.log.add(schema.Entry{Documents: []schema.Document{{Key: "recovery/cms-1", Value: []byte(`{"state":"awaiting_approval","prompt":{"id":"cms-1.p1"}}`)}}})
		r.until("it is shown", func() bool { return r.bridge.feeds["cms"].entry() == 2 })
		anna := r.open(http.Header{"Cookie": {"expertcontroller=anna"}, "Origin": {r.url}})
		bernd := r.open(http.Header{"Cookie": {"expertcontroller=bernd"}, "Origin": {r.url}})
		write(t, anna, `{"type":"recovery.v1.looking","system":"cms","prompt":"cms-1.p1"}`)
		if b := await(t, bernd, "looking"); !strings.Contains(string(b), `"prompt":"cms-1.p1","who":["anna"],"more":0`) {
			t.Errorf("%s", b)
		}
		write(t, bernd, `{"type":"recovery.v1.looking","system":"cms","prompt":"cms-1.p7"}`) // not open
		_ = anna.CloseNow()
		if b := await(t, bernd, "looking"); !strings.Contains(string(b), `"who":[]`) {
			t.Errorf("%s", b)
		}
	})
	t.Run("Who leaves is forgotten, though she followed another system or said no hello", func(t *testing.T) {
		r := relay(t, nil)
		r.log.add(schema.Entry{Documents: []schema.Document{{Key: "recovery/cms-1", Value: []byte(`{"state":"awaiting_approval","prompt":{"id":"cms-1.p1"}}`)}}})
		r.until("it is shown", func() bool { return r.bridge.feeds["cms"].entry() == 2 })
		bernd := r.open(http.Header{"Cookie": {"expertcontroller=bernd"}, "Origin": {r.url}})
		for name, hello := range map[string]string{"anna": `{"type":"recovery.v1.hello","systems":[]}`, "carl": ""} {
			conn, _, err := r.ws(http.Header{"Cookie": {"expertcontroller=" + name}, "Origin": {r.url}})
			if err != nil {
				t.Fatal(err)
			}
			if hello != "" {
				write(t, conn, hello)
			}
			write(t, conn, `{"type":"recovery.v1.looking","system":"cms","prompt":"cms-1.p1"}`)
			if b := await(t, bernd, "looking"); !strings.Contains(string(b), `"who":["`+name+`"]`) {
				t.Errorf("%s", b)
			}
			_ = conn.CloseNow()
			if b := await(t, bernd, "looking"); !strings.Contains(string(b), `"who":[]`) {
				t.Errorf("%s", b)
			}
		}
	})
	t.Run("A bridge that stops says so, and where it stood another one goes on", func(t *testing.T) {
		r := relay(t, nil)
		conn := r.open(nil)
		await(t, conn, "snapshot")
		go r.bridge.stop()
		if bye, code := ended(t, conn); bye != byeShutdown || code != websocket.StatusGoingAway {
			t.Errorf("%q %d", bye, code)
		}
	})
	t.Run("When there are too many clients the next one is turned away", func(t *testing.T) {
		r := relay(t, func(o *Options) { o.Clients = 1 })
		r.open(nil)
		if _, answer, err := r.ws(nil); err == nil || answer == nil || answer.StatusCode != 503 {
			t.Errorf("%v %v", answer, err)
		}
	})
}

package bridge

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"expertcontroller/schema"
)

// Hundreds who do their worst at once cost a bounded amount of memory, their own side of
// it included, and an honest client notices nothing.
func TestMemoryUnderAttack(t *testing.T) {
	const each, most = 150, 96 << 20
	r := relay(t, nil)
	check := r.honest()
	held := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	before := held()
	stop := make(chan struct{})
	var all sync.WaitGroup
	address := strings.TrimPrefix(r.url, "http://")
	hostile := func(do func(net.Conn)) {
		for range each {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				defer conn.Close()
				do(conn)
			})
		}
	}
	hello := `{"type":"recovery.v1.hello"}`
	opened := fmt.Sprintf("GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: %s\r\n\r\n", Subprotocol) +
		string(append([]byte{0x81, 0x80 | byte(len(hello)), 0, 0, 0, 0}, hello...))
	send := func(conn net.Conn, text string) bool {
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, err := io.WriteString(conn, text)
		return err == nil
	}
	until := func(conn net.Conn, again string) {
		for send(conn, again) {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
		<-stop
	}
	hostile(func(conn net.Conn) { send(conn, opened); <-stop }) // takes nothing
	hostile(func(conn net.Conn) {
		send(conn, opened+"\x01\x80\x00\x00\x00\x00")
		until(conn, "\x00\x80\x00\x00\x00\x00")
	}) // never ends a message
	hostile(func(conn net.Conn) { // says that it sends much
		send(conn, opened+"\x81\xff\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00")
		until(conn, strings.Repeat("x", 64<<10))
	})
	hostile(func(conn net.Conn) { send(conn, "GET / HTTP/1.1\r\nX-Slow: "); until(conn, "x") }) // headers that never end
	hostile(func(conn net.Conn) {                                                               // a body that never ends
		send(conn, "POST "+apiRoot+"/systems/cms/requests HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic YW5uYTo=\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
		until(conn, "10000\r\n"+strings.Repeat(" ", 64<<10)+"\r\n")
	})
	var peak uint64
	large := strings.Repeat("y", 60<<10)
	for n := range 60 {
		r.log.add(schema.Entry{At: time.Now(), Documents: []schema.Document{{Key: schema.KeyPolicy, Value: mustEncode(map[string]any{"n": n, "x": large})}}})
		check()
		if n%10 == 9 {
			peak = max(peak, held())
		}
	}
	close(stop)
	all.Wait()
	grown := int64(peak) - int64(before)
	t.Logf("%d hostile clients of five kinds: at most %.1f MB more than before", 5*each, float64(grown)/1e6)
	if grown > most {
		t.Errorf("memory grew by %d bytes, at most %d", grown, most)
	}
	r.until("all have gone but the honest one", func() bool {
		r.bridge.mu.Lock()
		defer r.bridge.mu.Unlock()
		return len(r.bridge.sessions) == 1
	})
}

// A body larger than any message is refused, not read.
func TestABodyThatIsTooLarge(t *testing.T) {
	r := relay(t, nil)
	answer, text := r.ask("POST", apiRoot+"/systems/cms/requests", string(bytes.Repeat([]byte(" "), 65<<10)), http.Header{"Authorization": {"Basic YW5uYTo="}})
	if answer.StatusCode != 413 && answer.StatusCode != 400 {
		t.Errorf("%d %s", answer.StatusCode, text)
	}
}

package bridge

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// ask sends a request with these headers, and gives the answer.
func (r *relayed) ask(method, path, body string, headers http.Header) (*http.Response, string) {
	r.t.Helper()
	q, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if headers != nil {
		q.Header = headers.Clone()
	}
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	q.Close = true
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer, string(text)
}

func prefixes(text ...string) (out []netip.Prefix) {
	for _, one := range text {
		out = append(out, netip.MustParsePrefix(one))
	}
	return out
}

func TestWhoTheProxySays(t *testing.T) {
	const overview, requests = apiRoot + "/systems", apiRoot + "/systems/cms/requests"
	behind := relay(t, func(o *Options) {
		o.Identity.Proxy = &Proxy{Header: "X-Remote-User", RoleHeader: "X-Role", From: prefixes("127.0.0.0/8")}
	})
	for _, c := range []struct {
		name, method, path string
		headers            http.Header
		want               int
		says               string
	}{
		{"nobody", "GET", overview, http.Header{}, 401, "log in first"},
		{"an operator looks", "GET", overview, http.Header{"X-Remote-User": {"anna"}, "X-Role": {"operator"}}, 200, "systems"},
		{"a viewer looks", "GET", overview, http.Header{"X-Remote-User": {"viola"}, "X-Role": {"viewer"}}, 200, "systems"},
		{"a viewer asks for something", "POST", requests, http.Header{"X-Remote-User": {"viola"}, "X-Role": {"viewer"}, "Origin": {behind.url}}, 403, "viola is a viewer"},
		{"an operator asks; no controller answers", "POST", requests, http.Header{"X-Remote-User": {"anna"}, "X-Role": {"operator"}, "Origin": {behind.url}}, 400, "problem"},
		{"an operator asks, and nobody knows from which page", "POST", requests, http.Header{"X-Remote-User": {"anna"}, "X-Role": {"operator"}}, 403, "Origin is missing"},
		{"two names", "GET", overview, http.Header{"X-Remote-User": {"anna", "bernd"}, "X-Role": {"operator"}}, 403, "one name"},
		{"no name", "GET", overview, http.Header{"X-Remote-User": {"anna > *"}, "X-Role": {"operator"}}, 403, "one name"},
		{"an empty name", "GET", overview, http.Header{"X-Remote-User": {""}, "X-Role": {"operator"}}, 403, "one name"},
		{"no role", "GET", overview, http.Header{"X-Remote-User": {"anna"}}, 403, "X-Role"},
		{"a role that is none", "GET", overview, http.Header{"X-Remote-User": {"anna"}, "X-Role": {"admin"}}, 403, "X-Role"},
		{"two roles", "GET", overview, http.Header{"X-Remote-User": {"anna"}, "X-Role": {"viewer", "operator"}}, 403, "X-Role"},
		{"a cookie of another time", "GET", overview, http.Header{"Cookie": {"expertcontroller=anna"}}, 401, "log in first"},
		{"a name that is typed", "POST", apiRoot + "/login", http.Header{"Origin": {behind.url}}, 403, "the proxy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := ""
			if c.method == "POST" {
				body = `{"name":"anna"}`
			}
			answer, text := behind.ask(c.method, c.path, body, c.headers)
			if answer.StatusCode != c.want || !strings.Contains(text, c.says) {
				t.Errorf("%d %s; want %d and %q", answer.StatusCode, text, c.want, c.says)
			}
		})
	}
	t.Run("a websocket", func(t *testing.T) {
		conn, _, err := behind.ws(http.Header{"X-Remote-User": {"anna"}, "X-Role": {"operator"}, "Origin": {behind.url}})
		if err != nil {
			t.Fatal(err)
		}
		write(t, conn, `{"type":"recovery.v1.hello"}`)
		if w := string(await(t, conn, "welcome")); !strings.Contains(w, `"user":"anna","role":"operator","auth":"proxy"`) {
			t.Error(w)
		}
		for _, headers := range []http.Header{{}, {"X-Remote-User": {"anna"}, "X-Role": {"operator"}}} {
			if _, answer, err := behind.ws(headers); err == nil || answer.StatusCode < 400 {
				t.Errorf("let in with %v", headers)
			}
		}
	})
	t.Run("the header of somebody who is not the proxy", func(t *testing.T) {
		elsewhere := relay(t, func(o *Options) {
			o.Identity.Proxy = &Proxy{Header: "X-Remote-User", From: prefixes("10.0.0.5/32")}
		})
		if answer, text := elsewhere.ask("GET", overview, "", http.Header{"X-Remote-User": {"anna"}}); answer.StatusCode != 403 || !strings.Contains(text, "--proxy-from") {
			t.Errorf("%d %s", answer.StatusCode, text)
		}
		if _, _, err := elsewhere.ws(http.Header{"X-Remote-User": {"anna"}, "Origin": {elsewhere.url}}); err == nil {
			t.Error("a websocket is let in")
		}
	})
}

// keysOf writes a file of keys, and gives each name's key.
func keysOf(t *testing.T, names ...string) (*Keys, string, map[string]string) {
	t.Helper()
	path, keys, text := filepath.Join(t.TempDir(), "keys"), map[string]string{}, ""
	for _, name := range names {
		key, line, err := NewKey(name, RoleOperator)
		if err != nil {
			t.Fatal(err)
		}
		keys[name], text = key, text+line+"\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	return k, path, keys
}

func TestARevokedKey(t *testing.T) {
	t.Parallel()
	keys, path, secret := keysOf(t, "anna", "bernd")
	r := relay(t, func(o *Options) { o.Identity.Keys = keys })
	anna := r.open(http.Header{"Authorization": {"Bearer " + secret["anna"]}})
	session := r.open(http.Header{"Cookie": {"expertcontroller=" + sessionOf(secret["anna"])}, "Origin": {r.url}})
	bernd := r.open(http.Header{"Authorization": {"Bearer " + secret["bernd"]}})
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n")
	if err := os.WriteFile(path, []byte(rest), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, conn := range []*websocket.Conn{anna, session} {
		if bye, code := ended(t, conn); bye != byeUnauthorized || code != websocket.StatusPolicyViolation {
			t.Errorf("%q %d", bye, code)
		}
	}
	await(t, bernd, "heartbeat")
	if answer, _ := r.ask("GET", apiRoot+"/systems", "", http.Header{"Authorization": {"Bearer " + secret["anna"]}}); answer.StatusCode != 401 {
		t.Errorf("asking is answered with %d", answer.StatusCode)
	}
}

func TestOneAddressIsNotAll(t *testing.T) {
	t.Run("connections", func(t *testing.T) {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer inner.Close()
		r := relay(t, nil)
		l := r.bridge.Listen(inner).(*sharedListener)
		l.most, l.free = 2, func(netip.Addr) bool { return false }
		accepted := make(chan net.Conn, 10)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					close(accepted)
					return
				}
				accepted <- conn
			}
		}()
		dial := func(from string) net.Conn {
			t.Helper()
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 30 * time.Second}
			conn, err := d.Dial("tcp", inner.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			return conn
		}
		dial("127.0.0.1")
		dial("127.0.0.1")
		one, two := <-accepted, <-accepted
		third := dial("127.0.0.1")
		_ = third.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, err := third.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
			t.Errorf("a third connection stays: %v", err)
		}
		if n := r.bridge.figures.crowded.Load(); n != 1 {
			t.Errorf("%d refusals are counted", n)
		}
		dial("127.0.0.2")
		(<-accepted).Close()
		one.Close()
		one.Close() // a second time gives no second place
		dial("127.0.0.1")
		(<-accepted).Close()
		two.Close()
		r.until("all places are free again", func() bool { l.sharers.mu.Lock(); defer l.sharers.mu.Unlock(); return len(l.sharers.have) == 0 })
	})
	t.Run("websockets of one whom a proxy names", func(t *testing.T) {
		r := relay(t, func(o *Options) {
			o.Identity.Proxy, o.ClientsEach = &Proxy{Header: "X-User", From: prefixes("127.0.0.0/8")}, 2
		})
		as := func(name string) http.Header { return http.Header{"X-User": {name}, "Origin": {r.url}} }
		first := r.open(as("anna"))
		r.open(as("anna"))
		if _, answer, err := r.ws(as("anna")); err == nil || answer == nil || answer.StatusCode != 429 || answer.Header.Get("Retry-After") == "" {
			t.Errorf("%v %v", answer, err)
		}
		r.open(as("bernd"))
		_ = first.CloseNow()
		r.until("there is room for anna", func() bool {
			_, _, err := r.ws(as("anna"))
			return err == nil
		})
	})
	t.Run("who shares with whom", func(t *testing.T) {
		for address, want := range map[string]string{
			"127.0.0.1:4": "", "[::1]:4": "", "10.0.0.7:4": "address 10.0.0.7", "[::ffff:10.0.0.7]:4": "address 10.0.0.7", "[2001:db8::1]:4": "address 2001:db8::/64", "[2001:db8::2]:4": "address 2001:db8::/64",
		} {
			if got := (Identity{}).sharer(address, person{}); got != want {
				t.Errorf("%s: %q, want %q", address, got, want)
			}
		}
	})
}

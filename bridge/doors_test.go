package bridge

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAHeartbeatNamesWhatIsSilent(t *testing.T) {
	t.Parallel()
	r := relay(t, nil) // nobody answers there
	r.until("nobody answers", r.bridge.feeds["cms"].silent.Load)
	conn := r.open(nil)
	var h struct {
		Broker  bool
		Entries map[string]uint64
		Silent  []string
	}
	if err := json.Unmarshal(await(t, conn, "heartbeat"), &h); err != nil {
		t.Fatal(err)
	}
	if !h.Broker || h.Entries["cms"] != 1 || len(h.Silent) != 1 || h.Silent[0] != "cms" {
		t.Errorf("%+v", h)
	}
}

func TestRetryAfter(t *testing.T) {
	r := relay(t, nil)
	for n := range loginsAtOnce + 1 {
		answer, text := r.ask("POST", apiRoot+"/login", `{"name":"anna"}`, nil)
		switch {
		case n < loginsAtOnce && answer.StatusCode != 200:
			t.Fatalf("login %d: %d %s", n+1, answer.StatusCode, text)
		case n == loginsAtOnce && (answer.StatusCode != 429 || answer.Header.Get("Retry-After") != "1" || !strings.Contains(text, "ask again in")):
			t.Errorf("one too many: %d, Retry-After %q, %s", answer.StatusCode, answer.Header.Get("Retry-After"), text)
		}
	}
}

func TestDoorsBesideTheAPI(t *testing.T) {
	keys, _, secret := keysOf(t, "prometheus")
	for _, c := range []struct {
		name     string
		identity Identity
		headers  http.Header
		want     int
	}{
		{"this machine only", Identity{}, nil, 200},
		{"keys, and none is sent", Identity{Keys: keys}, nil, 401},
		{"keys, and another one is sent", Identity{Keys: keys}, http.Header{"Authorization": {"Bearer eck_x"}}, 401},
		{"keys", Identity{Keys: keys}, http.Header{"Authorization": {"Bearer " + secret["prometheus"]}}, 200},
		{"a proxy that says nobody", Identity{Proxy: &Proxy{Header: "X-User", From: prefixes("127.0.0.0/8")}}, nil, 401},
		{"a proxy", Identity{Proxy: &Proxy{Header: "X-User", From: prefixes("127.0.0.0/8")}}, http.Header{"X-User": {"anna"}}, 200},
		{"not the proxy", Identity{Proxy: &Proxy{Header: "X-User", From: prefixes("10.0.0.5/32")}}, http.Header{"X-User": {"anna"}}, 403},
		{"another site's page", Identity{}, http.Header{"Origin": {"https://evil.example"}}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := relay(t, func(o *Options) { o.Identity = c.identity })
			inside := httptest.NewServer(r.bridge.Inside(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "figures") })))
			defer inside.Close()
			answer, text := (&relayed{t: t, url: inside.URL}).ask("GET", "/", "", c.headers)
			if answer.StatusCode != c.want || (c.want == 200) != (text == "figures") {
				t.Errorf("%d %s; want %d", answer.StatusCode, text, c.want)
			}
		})
	}
}

func TestACellIsNoFormula(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "FED stuck": "FED stuck", "-3": "-3", "+7": "+7", "=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)", "-2+3": "'-2+3", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "\t=1": "'\t=1", "\r=1": "'\r=1",
	} {
		if got := plainCell(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

package cmd

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// dashboard is a websocket client that reads frames.
type dashboardClient struct {
	t    *testing.T
	conn *websocket.Conn
}

func dial(t *testing.T, url string) *dashboardClient {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(url, "http")+"/ws", &websocket.DialOptions{Subprotocols: []string{"expertcontroller.v1.json"}})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(4 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &dashboardClient{t, conn}
}

func (d *dashboardClient) say(text string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	if err := d.conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		d.t.Fatal(err)
	}
}

// hear reads until a frame of this type comes.
func (d *dashboardClient) hear(kind string) map[string]any {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	for {
		_, b, err := d.conn.Read(ctx)
		if err != nil {
			d.t.Fatalf("waiting for a %s: %v", kind, err)
		}
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			d.t.Fatal(err)
		}
		if m["type"] == "recovery.v1."+kind {
			return m
		}
	}
}

// send sends JSON to a bridge and gives the answer.
func (p *inProcess) send(method, path, body string, headers ...string) (code int, text string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.page+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

// speak is send, with an answer that is an object.
func (p *inProcess) speak(method, path, body string, headers ...string) (code int, out map[string]any) {
	p.t.Helper()
	code, text := p.send(method, path, body, headers...)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		p.t.Fatalf("%s %s: %d %s", method, path, code, text)
	}
	return code, out
}

const recycleRequest = `{"problem":{"id":"101","title":"FED stuck"},"steps":[{"title":"Recycle","action":"recycle"}],"cure":"result"}`

func TestAClickAndWhatEverybodySees(t *testing.T) {
	p := serveHere(t, onFreePorts(t, "--simulate", "--system", "cms")...)
	anna := []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("anna:")), "Idempotency-Key", "first"}
	d := dial(t, p.page)
	d.say(`{"type":"recovery.v1.hello"}`)
	if w := d.hear("welcome"); w["user"] != "" || w["role"] != "viewer" || w["auth"] != "none" || fmt.Sprint(w["systems"]) != "[cms]" {
		t.Errorf("welcome: %v", w)
	}
	snapshot := d.hear("snapshot")
	if snapshot["simulated"] != true || snapshot["system"] != "cms" {
		t.Errorf("snapshot: %v", snapshot)
	}
	code, answer := p.speak("POST", "/systems/cms/requests", recycleRequest, anna...)
	if code != 200 || answer["verdict"] != "accepted" || answer["token"] != "cms-1" {
		t.Fatalf("%d %v", code, answer)
	}
	delta := d.hear("delta")
	if delta["previous"] != snapshot["entry"] {
		t.Errorf("a delta that doesn't follow the snapshot of entry %v: %v", snapshot["entry"], delta)
	}
	if code, again := p.speak("POST", "/systems/cms/requests", recycleRequest, anna...); code != 200 || !reflect.DeepEqual(again, answer) {
		t.Errorf("the same key gets the same answer: %d %v", code, again)
	}
	anna[3] = "second"
	if code, answer := p.speak("POST", "/systems/cms/prompts/cms-1.p1/decision", `{"decision":"approve"}`, anna...); code != 200 || answer["verdict"] != "recorded" {
		t.Fatalf("%d %v", code, answer)
	}
	for {
		delta := d.hear("delta")
		if text := fmt.Sprint(delta["events"]); strings.Contains(text, "completed") {
			break
		}
	}
	status := p.ask("show", "cms-1")
	if !strings.Contains(status, "anna") {
		t.Errorf("show: %s", status)
	}
	_, trail := p.speak("GET", "/systems/cms/recoveries/cms-1/events", "")
	text := fmt.Sprint(trail)
	if !strings.Contains(text, "auth:none name:anna role:operator via:bridge") {
		t.Errorf("who approved, via what, and how that is known: %s", text)
	}
}

func TestToysOfTheDemo(t *testing.T) {
	p := serveHere(t, "demo", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", t.TempDir(), "--speed", "50")
	anna := []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("anna:"))}
	decided := func(prompt, decision string) {
		t.Helper()
		token, _, _ := strings.Cut(prompt, ".")
		p.eventually(func() bool {
			_, s := p.speak("GET", "/systems/demo/recoveries/"+token, "")
			open, _ := s["prompt"].(map[string]any)
			return open["id"] == prompt
		})
		if code, a := p.speak("POST", "/systems/demo/prompts/"+prompt+"/decision", decision, anna...); code != 200 || a["verdict"] != "recorded" {
			t.Fatalf("%s: %d %v", prompt, code, a)
		}
	}
	if _, me := p.speak("GET", "/me", ""); me["demo"] != true || fmt.Sprint(me["simulated"]) != "[demo]" {
		t.Errorf("me: %v", me)
	}
	decided("demo-1.p1", `{"decision":"decline"}`)
	if code, a := p.speak("POST", "/demo/break", "{}", anna...); code != 200 || !strings.Contains(fmt.Sprint(a["text"]), "about to ask") {
		t.Fatalf("%d %v", code, a)
	}
	if code, a := p.speak("POST", "/demo/agent", `{"vanish":true}`, anna...); code != 200 || !strings.Contains(fmt.Sprint(a["text"]), "vanish") {
		t.Fatalf("%d %v", code, a)
	}
	// A page that is loaded now is told that the machine is away, or about to be.
	if _, me := p.speak("GET", "/me", ""); me["vanished"] != true {
		t.Errorf("me, once it was told to vanish: %v", me)
	}
	// One whose first step is by an agent.
	_, s := p.speak("GET", "/systems/demo/recoveries/demo-1", "")
	if s["state"] != "cancelled" {
		t.Errorf("demo-1: %v", s["state"])
	}
	p.eventually(func() bool {
		_, s := p.speak("GET", "/systems/demo/recoveries/demo-2", "")
		return s["state"] == "awaiting_approval" || s["state"] == "running"
	})
	if code, _ := p.speak("POST", "/demo/agent", `{"vanish":false}`, anna...); code != 200 {
		t.Error(code)
	}
	if _, me := p.speak("GET", "/me", ""); me["vanished"] != false {
		t.Errorf("me, once it was told to come back: %v", me)
	}
	if code, a := p.speak("POST", "/demo/agent", `{"vanish":"x"}`, anna...); code != 400 {
		t.Errorf("%d %v", code, a)
	}
	if code, a := p.speak("POST", "/demo/break", "{}"); code != 401 {
		t.Errorf("who breaks things has to say who she is: %d %v", code, a)
	}
}

// eventually waits for a fact.
func (p *inProcess) eventually(so func() bool) {
	p.t.Helper()
	deadline := time.Now().Add(longest)
	for !so() {
		if time.Now().After(deadline) {
			p.t.Fatal("it does not come")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

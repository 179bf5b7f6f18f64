package cmd

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"expertcontroller/bridge/bridgetest"
)

var annaSays = []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("anna:"))}

// A dashboard that goes from one replica's bridge to another's, over real sockets, goes on
// where it was: no change is missed, none comes twice, and no picture is sent again.
func TestADashboardMovesBetweenReplicas(t *testing.T) {
	url := newBroker(t)
	start := func(name string) *inProcess {
		return serveHere(t, "serve", "--server", url, "--http", "127.0.0.1:0", "--data", t.TempDir(), "--replica", name, "--system", "cms", "--simulate", "--force-simulate", "--speed", "20")
	}
	replicas := []*inProcess{start("first"), start("second")}
	var lineage string
	var entry float64
	seen := map[string]int{}
	for n := range 12 {
		r := replicas[n%2]
		d := dial(t, r.page)
		if n == 0 {
			d.say(`{"type":"recovery.v1.hello"}`)
			s := d.hear("snapshot")
			lineage, entry = s["lineage"].(string), s["entry"].(float64)
		} else {
			d.say(fmt.Sprintf(`{"type":"recovery.v1.hello","resume":{"cms":{"lineage":%q,"entry":%.0f}}}`, lineage, entry))
		}
		// A change through the other one, which the first has to show.
		note := fmt.Sprintf("change %d", n)
		if code, a := replicas[(n+1)%2].speak("PUT", "/systems/cms/mode", fmt.Sprintf(`{"mode":"approval","note":%q}`, note), annaSays...); code != 200 {
			t.Fatalf("%d %v", code, a)
		}
		for seen[note] == 0 {
			delta := d.hear("delta")
			if delta["previous"] != entry {
				t.Fatalf("socket %d, at entry %v: a delta from %v to %v", n, entry, delta["previous"], delta["entry"])
			}
			entry = delta["entry"].(float64)
			for _, c := range delta["changes"].([]any) {
				if c := c.(map[string]any); c["key"] == "mode" {
					seen[fmt.Sprint(c["value"].(map[string]any)["note"])]++
				}
			}
		}
		_ = d.conn.CloseNow()
		if n == 7 { // one replica goes and comes back with nothing
			replicas[0].end(0)
			replicas[0] = start("third")
		}
	}
	for note, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", note, n)
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d of 12 changes came: %v", len(seen), seen)
	}
}

// What a real controller answers is what the document says.
func TestAnswersAreAsDescribed(t *testing.T) {
	p := serveHere(t, onFreePorts(t, "--simulate", "--system", "cms")...)
	_, text := p.get("/api/v1/openapi.json")
	document, err := bridgetest.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]bool{}
	filled := strings.NewReplacer("{system}", "cms", "{token}", "cms-1", "{prompt}", "cms-1.p1")
	// ask holds an answer against the schema that the document names for it.
	ask := func(method, path, body string) map[string]any {
		t.Helper()
		code, raw := p.send(method, filled.Replace(path), body, annaSays...)
		if code != 200 {
			t.Fatalf("%s %s: %d %s", method, path, code, raw)
		}
		path, _, _ = strings.Cut(path, "?")
		key := method + " " + path
		held[key] = true
		if err := document.Fits(document.Paths[path][strings.ToLower(method)].Responses["200"], raw); err != nil {
			t.Errorf("%s answers %s, which its description does not allow: %v", key, raw, err)
		}
		var m map[string]any
		if err := json.Unmarshal([]byte(raw), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	ask("GET", "/systems/{system}/overview", "")
	ask("POST", "/systems/{system}/requests", `{"problem":{"id":"1","title":"FED stuck","key":"FED stuck/HCAL"},"steps":[{"title":"Look","action":"check","parameters":{"red":["HCAL"]}},{"title":"Call","by_hand":true}],"aftercare":{"completed":["Make a log entry"]}}`)
	ask("POST", "/systems/{system}/recoveries/{token}/notes", `{"text":"seen"}`)
	ask("GET", "/systems", "")
	ask("GET", "/systems/{system}/overview", "")
	ask("POST", "/systems/{system}/prompts/{prompt}/decision", `{"decision":"approve"}`)
	ask("POST", "/systems/{system}/prompts/{prompt}/decision", `{"decision":"approve"}`) // too late
	p.eventually(func() bool {
		s := ask("GET", "/systems/{system}/recoveries/{token}", "")
		return s["state"] == "observing" || s["state"] == "awaiting_approval"
	})
	ask("POST", "/systems/{system}/recoveries/{token}/interrupt", `{"note":"enough"}`)
	ask("POST", "/systems/{system}/cleared", `{"problem":"1"}`)
	ask("POST", "/systems/{system}/holds", `{"expert":"daq","key":"x","for":"10m","note":"not today"}`)
	ask("PUT", "/systems/{system}/mode", `{"mode":"manual","note":"by hand"}`)
	ask("POST", "/systems/{system}/requests", `{"problem":{"id":"2","title":"B"},"steps":[{"action":"check"}]}`) // rejected
	p.eventually(func() bool { return ask("GET", "/systems/{system}/recoveries/{token}", "")["terminal"] == true })
	for path := range document.Paths {
		if document.Paths[path]["get"].Responses != nil && !strings.HasSuffix(path, "openapi.json") {
			ask("GET", path, "")
		}
	}
	if shift := ask("GET", "/systems/{system}/handover?since=0s", ""); shift["policy"] != nil {
		t.Errorf("the policy was changed before this shift: %v", shift)
	}
	// The hash beside an event is what the next entry says of that one.
	trail := ask("GET", "/systems/{system}/recoveries/{token}/events", "")["events"].([]any)
	for _, one := range trail {
		event := one.(map[string]any)
		var said any
		if next := ask("GET", fmt.Sprintf("/systems/{system}/entries?after=%.0f&limit=1", event["entry"]), "")["entries"].([]any); len(next) > 0 {
			said = next[0].(map[string]any)["previous"]
		}
		if event["hash"] != said {
			t.Errorf("event %v of entry %v has the hash %v, the next entry says %v", event["kind"], event["entry"], event["hash"], said)
		}
	}
	if len(trail) < 5 || trail[0].(map[string]any)["hash"] == nil {
		t.Errorf("a trail of %d events: %v", len(trail), trail)
	}
	for _, since := range []string{"-8h", "yesterday"} {
		if code, raw := p.send("GET", "/systems/cms/statistics?since="+since, "", annaSays...); code != 400 || !strings.Contains(raw, "since") {
			t.Errorf("since %s: %d %s", since, code, raw)
		}
	}
	for _, format := range []string{"json", "csv"} {
		if code, raw := p.send("GET", "/systems/cms/recoveries?after=nowhere&format="+format, "", annaSays...); code != 400 || !strings.Contains(raw, `"field":"after"`) {
			t.Errorf("a page that is none: %d %s", code, raw)
		}
	}
	ask("GET", "/systems/{system}/recoveries?state=cancelled&limit=1", "")
	ask("GET", "/systems/{system}/entries?after=1&limit=3", "")
	ask("POST", "/login", `{"name":"anna"}`)
	ask("POST", "/logout", `{}`)
	notHere := regexp.MustCompile(`^(POST /demo/|GET /openapi.json)`)
	for path, methods := range document.Paths {
		for method := range methods {
			if key := strings.ToUpper(method) + " " + path; !held[key] && !notHere.MatchString(key) {
				t.Errorf("%s was not tried", key)
			}
		}
	}
}

package cmd

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

func TestPolicyFile(t *testing.T) {
	t.Run("every field may be left out", func(t *testing.T) {
		for _, text := range []string{"", "# nothing\n", "{}\n"} {
			if p, err := parsePolicy("p.yaml", []byte(text)); err != nil || !reflect.DeepEqual(p, schema.Policy{}) {
				t.Errorf("%q: %+v %v", text, p, err)
			}
		}
	})
	t.Run("the contract's example is read", func(t *testing.T) {
		p, err := parsePolicy("p.yaml", []byte("mode: approval\nobserve: 0s\nexpert_silence: 0\nautomation: true\nbreaker: {max: 2, window: 10m}\nqueue: {max: 16, expire: 1h}\nroutes: {recycle: l0, \"*\": simulator}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if p.Observe.D() != 0 || p.ExpertSilence.D() != 0 || !*p.Automation || *p.Breaker.Max != 2 || p.Breaker.Window.D() != 10*time.Minute || p.Routes["*"] != "simulator" || p.Hold != nil {
			t.Errorf("read %+v", p)
		}
	})
	t.Run("what is wrong is refused with its line", func(t *testing.T) {
		for text, words := range map[string][]string{
			"mode: approval\nobserv: 20s\n":      {"p.yaml:2", "observ"},
			"# why\n\nobserve: 20\n":             {"p.yaml:3", "observe"},
			"observe: 20 seconds\n":              {"p.yaml:1", "20s"},
			"breaker:\n  max: 2\n  windw: 10m\n": {"p.yaml:3", "windw"},
			"mode: fast\n":                       {"p.yaml:1", "mode", "manual"},
			"hold: 10m\nhold: 5m\n":              {"line 2", "hold"},
			"routes: [a, b]\n":                   {"line 1", "routes"},
			"observe: [\n":                       {"p.yaml"},
			"just a text\n":                      {"p.yaml"},
		} {
			_, err := parsePolicy("p.yaml", []byte(text))
			if err == nil {
				t.Errorf("%q was taken", text)
				continue
			}
			for _, w := range words {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q: %q has to say %q", text, err, w)
				}
			}
		}
	})
	t.Run("what show prints can be applied, and marks the defaults", func(t *testing.T) {
		given, err := parsePolicy("p.yaml", []byte("observe: 5s\nbreaker: {max: 7}\nroutes: {\"*\": simulator}\n"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := policyYAML(given)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parsePolicy("p.yaml", text)
		if err != nil || !reflect.DeepEqual(again, given.WithDefaults()) {
			t.Errorf("read back %+v: %v\n%s", again, err, text)
		}
		for _, line := range []string{"observe: 5s\n", "approval_timeout: 1h # default\n", "  max: 7\n", "  window: 10m # default\n"} {
			if !strings.Contains(string(text), line) {
				t.Errorf("it has to hold %q:\n%s", line, text)
			}
		}
	})
}

func TestPolicyApply(t *testing.T) {
	r := newResponder(t)
	given := schema.Policy{Routes: map[string]string{"*": "l0"}}
	r.on(schema.QueryPolicy, schema.PolicyAnswer{System: "default", Given: schema.PolicyDocument{Policy: given}, Effective: given.WithDefaults()},
		schema.Answer{Verdict: schema.Recorded})
	t.Run("what it changes is listed, and that the mode stays", func(t *testing.T) {
		r.on(schema.QueryOverview, schema.Overview{System: "default", Mode: schema.ModeDocument{Mode: schema.ModeApproval}})
		r.runWith(t.Context(), "observe: 5s\nmode: manual\n", "policy", "apply", "-").want(t, 0, "",
			"mode: approval -> manual", "observe: 20s -> 5s", "routes.*: l0 -> none", "recorded", "the mode stays approval", "mode manual")
	})
	t.Run("an empty file is no policy", func(t *testing.T) {
		n := len(r.heard)
		for _, text := range []string{"", "# observe: 20s\n"} {
			r.runWith(t.Context(), text, "policy", "apply", "-").want(t, 1, "", "it is empty", "write {}")
		}
		if len(r.heard) != n {
			t.Error("something was sent")
		}
	})
	t.Run("what is no YAML says how it has to look", func(t *testing.T) {
		r.runWith(t.Context(), "mode: approval\n  observe: 3s\n", "policy", "apply", "-").want(t, 1, "", "line 2", "indented alike with spaces")
	})
}

package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"expertcontroller/schema"
)

const fedStuck = `{"problem":{"id":"101","title":"FED stuck"},"steps":[{"action":"recycle","title":"Recycle HCAL"}]}`

func accepted(token string) schema.Answer {
	return schema.Answer{Type: schema.Type(schema.KindAnswer), Verdict: schema.Accepted, Token: token, Entry: 7}
}

func TestRequest(t *testing.T) {
	r := newResponder(t)
	file := filepath.Join(t.TempDir(), "fed-stuck.json")
	if err := os.WriteFile(file, []byte(fedStuck), 0o600); err != nil {
		t.Fatal(err)
	}

	t.Run("prints the bare token on stdout and the verdict on stderr", func(t *testing.T) {
		r.on("request", accepted("default-1"))
		r.run("request", file).want(t, 0, "default-1\n", "accepted: default-1")
		subject, sent := r.last("request")
		if subject != "recovery.default.call.operator.anna.request" {
			t.Errorf("sent to %s", subject)
		}
		if id, _ := sent["id"].(string); id == "" {
			t.Error("a request without id has to get one, so that a retry is safe")
		}
		for _, field := range []string{"expires", "not_before", "relation"} {
			if _, there := sent[field]; there {
				t.Errorf("%s was not in the file and must stay out", field)
			}
		}
	})
	t.Run("asks as the expert named, from stdin, and flags override the relation", func(t *testing.T) {
		r.on("request", accepted("default-2"))
		in := strings.TrimSuffix(fedStuck, "}") + `,"id":"7f1c","relation":{"kind":"by_priority"}}`
		r.runWith(t.Context(), in, "request", "-", "--expert", "daqexpert", "--preempt", "default-1").want(t, 0, "default-2\n")
		subject, sent := r.last("request")
		relation, _ := sent["relation"].(map[string]any)
		if subject != "recovery.default.call.expert.daqexpert.request" || sent["id"] != "7f1c" || relation["kind"] != "preempt" || relation["to"] != "default-1" {
			t.Errorf("sent to %s: %v", subject, sent)
		}
	})
	t.Run("a rejection is exit code 5, and says by what it is blocked", func(t *testing.T) {
		r.on("request", schema.Answer{Type: schema.Type(schema.KindAnswer), Verdict: schema.Rejected, Token: "default-3",
			Reason: schema.Reason{Code: "busy", Text: "default-1 is under way"}, BlockedBy: &schema.BlockedBy{Token: "default-1", Problems: []string{"99"}}})
		r.run("request", file).want(t, 5, "default-3\n", "rejected: default-3 (busy): default-1 is under way; blocked by default-1, problem 99")
	})
	t.Run("a held problem's hold can be lifted by what is said", func(t *testing.T) {
		r.on("request", schema.Answer{Verdict: schema.Rejected, Token: "default-3", Reason: schema.Reason{Code: schema.CodeHeld, Text: "held by anna"}})
		r.run("request", file, "--expert", "daqexpert").want(t, 5, "default-3\n", "to lift it", "hold --expert daqexpert --problem '101' --for 0s")
		in := strings.Replace(fedStuck, `"id":"101"`, `"id":"101","key":"HCAL's FED"`, 1)
		r.runWith(t.Context(), in, "request", "-", "--expert", "daqexpert").want(t, 5, "default-3\n", `--key 'HCAL'\''s FED' --for 0s`)
	})
	t.Run("what is no object is refused in people's words", func(t *testing.T) {
		for text, word := range map[string]string{"[]": "has to be one JSON object: { ... }", "": "it is empty", "{\n\n x": "line 3: invalid character 'x'"} {
			g := r.runWith(t.Context(), text, "request", "-")
			g.want(t, 1, "", word)
			if strings.Contains(g.err, "Go value") {
				t.Errorf("%q: %s", text, g.err)
			}
			runCommand(t.Context(), text, "schema", "validate", "-").want(t, 1, "", word)
		}
		runCommand(t.Context(), "{}", "schema", "validate", "-").want(t, 1, "", "type is missing", "--kind")
	})
	t.Run("an action needs no file, and its success is enough", func(t *testing.T) {
		r.on("request", accepted("default-4"))
		r.run("request", "--action", "recycle", "--param", `red:=["HCAL"]`, "--param", "level=0").want(t, 0, "default-4\n")
		_, sent := r.last("request")
		step := sent["steps"].([]any)[0].(map[string]any)
		parameters := step["parameters"].(map[string]any)
		if sent["cure"] != "result" || step["action"] != "recycle" || parameters["level"] != "0" || parameters["red"].([]any)[0] != "HCAL" {
			t.Errorf("sent %v", sent)
		}
	})
	t.Run("what a controller refuses is exit code 1, with field and remedy", func(t *testing.T) {
		r.on("request", &schema.Error{Type: schema.Type(schema.KindError), Code: 400, Field: "steps[0].agent", Text: "no such agent; say another"})
		r.run("request", file).want(t, 1, "", "expertcontroller: ", "steps[0].agent: no such agent; say another")
	})
	t.Run("what is no request is refused here", func(t *testing.T) {
		r.runWith(t.Context(), `{"problem":{"id":"1","title":"x"},"steps":[{"action":"a"}],"colour":"red"}`, "request", "-").want(t, 1, "", "colour")
		r.runWith(t.Context(), `[1`, "request", "-").want(t, 1, "", "one JSON object")
	})
	t.Run("a wrong command line is exit code 2", func(t *testing.T) {
		r.run("request").want(t, 2, "", "--action")
		r.run("request", file, "--preempt", "default-1", "--postpone", "default-2").want(t, 2, "", "can't be used together")
		r.run("request", "--action", "a", "--param", "novalue").want(t, 2, "", "name=text")
	})
	t.Run("with --wait the exit code says how it ended, and stdout stays the token", func(t *testing.T) {
		r.on("request", accepted("default-5"))
		r.on("status", recovery("default-5", schema.Running), recovery("default-5", schema.Failed))
		r.run("request", file, "--wait").want(t, 3, "default-5\n", "default-5 running", "failed")
	})
	t.Run("with --json stdout is the answer", func(t *testing.T) {
		r.on("request", accepted("default-6"))
		g := r.run("request", file, "--json")
		if a, err := schema.Read[schema.Answer]([]byte(g.out)); err != nil || a.Token != "default-6" || g.code != 0 {
			t.Errorf("%d %q %v", g.code, g.out, err)
		}
	})
}

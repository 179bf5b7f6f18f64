package actions

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"expertcontroller/schema"
)

var work = schema.Work{Token: "cms-37", Step: 1, Attempt: 2}

func read(t *testing.T, text string) *Set {
	t.Helper()
	set, err := Read("a.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func bind(t *testing.T, set *Set, name, parameters string) *Bound {
	t.Helper()
	b, err := set.Bind(set.Find(name), work, json.RawMessage(parameters))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every complaint says its line, and the first wrong action hides no other.
func TestComplaintsSayTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":               {"", "a.yaml:1: the file is empty"},
		"no file of ours":     {"- 1\n", "a.yaml:1: is no actions file"},
		"no YAML":             {"actions:\n  - name: a\n   x: 1\n", "did not find expected"},
		"two documents":       {"actions: []\n---\nactions: []\n", "a.yaml:2: a second document"},
		"a name twice":        {"actions:\n  - name: a\n    name: b\n", `a.yaml:3: "name" is there twice`},
		"a reference":         {"actions:\n  - &x {name: a}\n  - *x\n", "a.yaml:3: is a reference"},
		"misspelt":            {"actions:\n  - name: a\n    description: b\n    exec:\n      command: [/bin/true]\n      comand: 1\n", "a.yaml:6: actions[0].exec.comand: is not known here: did you mean command?"},
		"unknown above":       {"acts: 1\nactions:\n  - name: a\n    description: b\n    exec: {command: [/bin/true]}\n", "a.yaml:1: acts: is not known here"},
		"an action twice":     {"actions:\n  - {name: a, description: b, nats: {subject: s.a}}\n  - {name: a, description: b, nats: {subject: s.a}}\n", "a.yaml:3: actions[1].name: a is there twice"},
		"no timeout":          {"actions:\n  - name: a\n    description: b\n    timeout: 0s\n    nats: {subject: s.a}\n", "a.yaml:4: actions[0].timeout: is 0s"},
		"no schema":           {"actions:\n  - name: a\n    description: b\n    parameters: {properties: {x: {type: strung}}}\n    nats: {subject: s.a}\n", "a.yaml:4: actions[0].parameters: the schema of the parameters is none"},
		"a wrong default":     {"actions:\n  - name: a\n    description: b\n    parameters:\n      properties:\n        x: {type: integer, default: y}\n    nats: {subject: s.a}\n", "a.yaml:6: actions[0].parameters.properties.x.default: the default doesn't fit"},
		"a deep secret":       {"actions:\n  - name: a\n    description: b\n    parameters: {properties: {x: {type: object, properties: {y: {secret: true}}}}}\n    nats: {subject: s.a}\n", "a.yaml:4: actions[0].parameters: secret: true stands deeper"},
		"controllers'":        {"actions:\n  - name: a\n    description: b\n    nats: {subject: recovery.cms.log}\n", "a.yaml:4: actions[0].nats.subject: recovery.> belongs"},
		"a shell line":        {"actions:\n  - name: a\n    description: b\n    parameters: {properties: {x: {type: string}}, required: [x]}\n    exec: {command: [/usr/bin/env, bash, -ec, 'echo {{x}}']}\n", "a.yaml:5: actions[0].exec.command[3]: would be read as a program by bash"},
		"a secret in the URL": {"secrets: [{name: s, env: ACTIONS_TEST_SECRET}]\nactions:\n  - name: a\n    description: b\n    http:\n      url: http://h/x?k={{secret.s}}\n", "a.yaml:6: actions[0].http.url: {{secret.s}} is a secret"},
		"an argument":         {"secrets: [{name: s, env: ACTIONS_TEST_SECRET}]\nactions:\n  - name: a\n    description: b\n    exec:\n      command: [/bin/true, '{{secret.s}}']\n", "a.yaml:6: actions[0].exec.command[1]: {{secret.s}} is a secret"},
		"no such answer":      {"actions:\n  - name: a\n    description: b\n    http:\n      url: http://h/x\n      poll: {url: 'http://h/{{answer.id}}', state: /s, done: [D]}\n", "a.yaml:6: actions[0].http.poll.url: {{answer.id}}: nothing of that name is taken"},
		"never, and how":      {"actions:\n  - name: a\n    description: b\n    abort: {do: never}\n    nats: {subject: s.a, abort: {subject: s.b}}\n", "a.yaml:4: actions[0].abort.do: says never"},
		"stop, and no way":    {"actions:\n  - name: a\n    description: b\n    cut_off: {do: stop, after: 1m}\n    nats: {subject: s.a}\n", "a.yaml:4: actions[0].cut_off.do: says stop, and nothing says how"},
		"no directory":        {"actions:\n  - name: a\n    description: b\n    exec: {command: [/bin/true], directory: /no/such}\n", "a.yaml:4: actions[0].exec.directory: /no/such is no directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("ACTIONS_TEST_SECRET", "sesame")
			_, err := Read("a.yaml", []byte(c.text))
			var complaints *Complaints
			if !errors.As(err, &complaints) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
	_, err := Read("a.yaml", []byte("actions:\n  - {name: a}\n  - {name: b, description: c, nats: {subject: 's.*'}}\n"))
	var complaints *Complaints
	if !errors.As(err, &complaints) || len(complaints.List) != 2 || complaints.List[0].Line != 2 || complaints.List[1].Line != 3 {
		t.Errorf("%v", err)
	}
}

const plant = `
secrets: [{name: s, env: ACTIONS_TEST_SECRET}]
actions:
  - name: a
    description: b
    parameters:
      properties:
        text: {type: string}
        n: {type: integer, default: 3}
        list: {type: array, items: {type: string}}
        maybe: {type: string}
        key: {secret: true}
      required: [text]
    exec:
      command: [/bin/true, "{{text}}", "--n={{n}}", "{{list...}}", "--maybe={{maybe?}}", "{{attempt.id}}"]
      environment: {TEXT: "{{text}}", KEY: "{{key?}}", WHERE: "/data/{{text}}/x"}
  - name: w
    description: b
    parameters:
      properties:
        text: {type: string}
        list: {type: array, items: {type: string}}
        n: {type: number}
      required: [text]
    http:
      url: http://h:1/x/{{text}}/y?q={{text}}
      headers: {A: "{{text}}", S: "Bearer {{secret.s}}"}
      json: {t: "a {{text}}", list: "{{list?}}", n: "{{n?}}", deep: [{x: "{{text}}"}], plain: 5}
`

// A value stays one thing wherever it is put, or is refused.
func TestAValueStaysOneThing(t *testing.T) {
	t.Setenv("ACTIONS_TEST_SECRET", "sesame")
	set := read(t, plant)
	b := bind(t, set, "a", `{"text":"a b\"; $(x)\n'","list":["x y","z"]}`)
	args, err := b.Command()
	if err != nil || strings.Join(args, "|") != "/bin/true|a b\"; $(x)\n'|--n=3|x y|z|cms-37.s1.2" {
		t.Errorf("%q, %v", args, err)
	}
	for value, want := range map[string]string{"-rf": "begins with -", "a\x00b": "zero byte"} {
		text, err := json.Marshal(map[string]string{"text": value})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bind(t, set, "a", string(text)).Command(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", value, err)
		}
	}
	for _, value := range []string{"..", "../x", "/etc", "", "a/b", `a\b`} {
		text, err := json.Marshal(map[string]string{"text": value})
		if err != nil {
			t.Fatal(err)
		}
		if env, err := bind(t, set, "a", string(text)).Environment(); err == nil {
			t.Errorf("%q: %v", value, env)
		}
		if to, err := bind(t, set, "w", string(text)).URL(set.Find("w").HTTP.URL); err == nil {
			t.Errorf("%q: %s", value, to)
		}
	}
	w := bind(t, set, "w", `{"text":"a b?&=#%","list":["\"},{"],"n":1e3}`)
	if to, err := w.URL(w.HTTP.URL); err != nil || to != "http://h:1/x/a%20b%3F&=%23%25/y?q=a+b%3F%26%3D%23%25" {
		t.Errorf("%s, %v", to, err)
	}
	if body, err := w.JSON(w.HTTP.JSON); err != nil || string(body) != `{"deep":[{"x":"a b?\u0026=#%"}],"list":["\"},{"],"n":1e3,"plain":5,"t":"a a b?\u0026=#%"}` {
		t.Errorf("%s, %v", body, err)
	}
	if _, err := bind(t, set, "w", `{"text":"a\r\nX: y"}`).Headers(w.HTTP.Headers); err == nil {
		t.Error("a header became two")
	}
}

// A parameter that names a secret is offered with the names, takes no literal, and
// is filled with the value.
func TestSecretsAreNamed(t *testing.T) {
	t.Setenv("ACTIONS_TEST_SECRET", "sesame")
	set := read(t, plant)
	b := bind(t, set, "a", `{"text":"x","key":{"secret":"s"}}`)
	if env, err := b.Environment(); err != nil || env["KEY"] != "sesame" {
		t.Errorf("%v, %v", env, err)
	}
	_, err := set.Bind(set.Find("a"), work, json.RawMessage(`{"text":"x","key":"geheim"}`))
	if err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("%v", err)
	}
	if offered := string(set.Offered()[0].Parameters); !strings.Contains(offered, `"enum":["s"]`) || strings.Contains(offered, "sesame") || !strings.Contains(offered, `"additionalProperties":false`) {
		t.Errorf("%s", offered)
	}
	file := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(file, []byte("first-value\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rotating := read(t, "secrets: [{name: s, file: "+file+"}]\nactions:\n  - {name: a, description: b, exec: {command: [/bin/true], environment: {S: '{{secret.s}}'}}}\n")
	for _, value := range []string{"second-value", "third-value"} {
		if err := os.WriteFile(file, []byte(value+"\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if env, err := bind(t, rotating, "a", "").Environment(); err != nil || env["S"] != value {
			t.Errorf("%v, %v", env, err)
		}
	}
}

package actions

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever an action's author gets wrong is said before an agent starts with it: each of
// these would else be met in the middle of a recovery.
func TestWhatAnActionCantBe(t *testing.T) {
	t.Setenv("ACTIONS_TEST_SECRET", "sesame")
	exec, http, nats := "exec: {command: [/bin/true]}", "http: {url: 'http://h/x'}", "nats: {subject: s.a}"
	takes := func(parameters, way string) string {
		return "parameters: {properties: {" + parameters + "}}\n    " + way
	}
	for body, want := range map[string]string{
		"usual: 721h\n    " + exec:          "actions[0].usual: is 721h: give more than 0s, and at most 720h",
		"abort: {grace: 0s}\n    " + exec:   "actions[0].abort.grace: is 0s",
		"abort: {signal: INT}\n    " + http: "actions[0].abort.signal: is for programs",
		"abort: {do: never}\n    http: {url: 'http://h/x', abort: {url: 'http://h/y'}}":                               "actions[0].abort.do: says never, and http.abort says how",
		"cut_off: {do: stop, after: 0s}\n    " + exec:                                                                 "actions[0].cut_off.after: is 0s",
		"abort: {do: never}\n    cut_off: {do: stop, after: 1m}\n    " + exec:                                         "actions[0].cut_off.do: says stop, and nothing says how",
		"exec: {command: [bin/true]}":                                                                                 "actions[0].exec.command[0]: \"bin/true\" is no absolute path",
		"exec: {command: [/bin]}":                                                                                     "actions[0].exec.command[0]: /bin can't be executed",
		"exec: {command: [/etc/passwd]}":                                                                              "actions[0].exec.command[0]: /etc/passwd can't be executed",
		"exec: {command: [/no/such]}":                                                                                 "no such file or directory: name a program of this host",
		takes("x: {default: true}", "exec: {command: ['/bin/{{x}}']}"):                                                "actions[0].exec.command[0]: the program itself can't be a parameter",
		takes("x: {}", "exec: {command: [/bin/true, '{{x}}']}"):                                                       "actions[0].exec.command[1]: {{x}}: the parameter may be missing",
		takes("x: {}", "exec: {command: [/bin/true, '-{{x...}}']}"):                                                   "actions[0].exec.command[1]: {{x...}} stands for several arguments",
		takes("x: {}", "exec: {command: [/bin/true], environment: {A: '{{x...}}'}}"):                                  "actions[0].exec.environment.A: {{x...}} stands for several",
		"exec: {command: [/bin/true, '{{y}}']}":                                                                       "{{y}}: the action has no such parameter",
		"exec: {command: [/bin/true, '{{attempt.when}}']}":                                                            "{{attempt.when}}: of an attempt there are",
		"exec: {command: [/bin/true, '{{secret.t}}']}":                                                                "{{secret.t}}: there is no such secret",
		"exec: {command: [/bin/true, '{{attempt.id?}}']}":                                                             "{{attempt.id?}}: only a parameter may be missing",
		takes("k: {secret: true}", "exec: {command: [/bin/true, '{{k?}}']}"):                                          "actions[0].exec.command[1]: {{k}} is a secret",
		"exec: {command: [/bin/true], directory: tmp}":                                                                "actions[0].exec.directory: tmp is no directory",
		"exec: {command: [/bin/true], directory: /bin/true}":                                                          "actions[0].exec.directory: /bin/true is no directory",
		"exec: {command: [/bin/true], environment: {1A: x}}":                                                          "actions[0].exec.environment.1A: can't be the name",
		"exec: {command: [/bin/true], environment: {" + Marker + ": x}}":                                              "can't be the name of a variable",
		"exec: {command: [/bin/true], inherit: ['A=']}":                                                               `actions[0].exec.inherit[0]: "A=" is no name`,
		"exec: {command: [/bin/true], done: [256]}":                                                                   "actions[0].exec.done[0]: is 256",
		"exec: {command: [/bin/true], done: [-1]}":                                                                    "actions[0].exec.done[0]: ",
		"exec: {command: [/bin/true], user: nobody-of-this-name}":                                                     "actions[0].exec.user: ",
		"http: {url: 'ftp://h/x'}":                                                                                    "actions[0].http.url: begin with http://",
		"http: {url: 'http:///x'}":                                                                                    "actions[0].http.url: begin with http://",
		takes("x: {default: a}", "http: {url: 'http://{{x}}/y'}"):                                                     "actions[0].http.url: begin with http://",
		takes("x: {default: a}", "http: {url: 'http://h{{x}}/y'}"):                                                    "actions[0].http.url: a parameter may only stand behind the host",
		"http: {url: 'http://anna:sesame@h/x'}":                                                                       "actions[0].http.url: holds a name and a password",
		"http: {url: 'http://h/x#y'}":                                                                                 "actions[0].http.url: holds a #",
		"http: {url: 'http://h/%zz'}":                                                                                 "actions[0].http.url: parse",
		takes("x: {}", "http: {url: 'http://h/{{x?}}'}"):                                                              "actions[0].http.url: {{x?}} may be missing, and this can't be left out",
		"http: {url: 'http://h/x', headers: {'A B': c}}":                                                              "actions[0].http.headers.A B: is no name of a header",
		"http: {url: 'http://h/x', method: GET, json: {a: 1}}":                                                        "actions[0].http.json: GET has no body",
		"http: {url: 'http://h/x', method: HEAD, form: {a: b}}":                                                       "actions[0].http.form: HEAD has no body",
		"http: {url: 'http://h/x', json: {a: 1}, form: {a: b}}":                                                       "actions[0].http.form: stands beside json",
		"http: {url: 'http://h/x', json: {a: [{'{{x}}': 1}]}}":                                                        "actions[0].http.json.a[0]: a name can't be a parameter",
		"http: {url: 'http://h/x', json: {a: [{b: '{{x}}'}]}}":                                                        "actions[0].http.json.a[0].b: {{x}}: the action has no such parameter",
		"http: {url: 'http://h/x', form: {a: '{{x}}'}}":                                                               "actions[0].http.form.a: {{x}}: the action has no such parameter",
		"http: {url: 'http://h/x', expect: [99]}":                                                                     "actions[0].http.expect[0]: is 99",
		"http: {url: 'http://h/x', failed: [600]}":                                                                    "actions[0].http.failed[0]: is 600",
		"http: {url: 'http://h/x', timeout: 0s}":                                                                      "actions[0].http.timeout: is 0s",
		"http: {url: 'http://h/x', take: {'a-b': /a}}":                                                                "actions[0].http.take.a-b: is no name",
		"http: {url: 'http://h/x', take: {a: b}}":                                                                     "actions[0].http.take.a: ",
		"http: {url: 'http://h/x', poll: {url: 'http://h/y', state: s, done: [D]}}":                                   "actions[0].http.poll.state: ",
		"http: {url: 'http://h/x', poll: {url: 'http://h/y', state: /s, done: [D], text: t}}":                         "actions[0].http.poll.text: ",
		"http: {url: 'http://h/x', poll: {url: 'http://h/y', state: /s, done: [D], every: 0s}}":                       "actions[0].http.poll.every: is 0s",
		"http: {url: 'http://h/x', poll: {url: 'http://h/y', state: /s, done: [D], failed: [D]}}":                     `"D" stands under `,
		"http: {url: 'http://h/x', poll: {url: 'http://h/y', headers: {A: '{{answer.b}}'}, state: /s, done: [D]}}":    "actions[0].http.poll.headers.A: {{answer.b}}: nothing of that name",
		"http: {url: 'http://h/x', headers: {A: '{{answer.id}}'}, take: {id: /id}}":                                   "actions[0].http.headers.A: {{answer.id}}: nothing of that name",
		"http: {url: 'http://h/x', abort: {url: 'h/y'}}":                                                              "actions[0].http.abort.url: begin with http://",
		"http: {url: 'http://h/x', ca: /no/such}":                                                                     "actions[0].http.ca: /no/such is no file",
		"nats: {subject: 's..a'}":                                                                                     "actions[0].nats.subject: is no subject to send to",
		"nats: {subject: 's.>'}":                                                                                      "actions[0].nats.subject: is no subject to send to",
		takes("x: {default: a}", "nats: {subject: '{{x}}.a'}"):                                                        "actions[0].nats.subject: its first part can't be a parameter",
		takes("x: {default: a}", "nats: {subject: 's{{x}}.a'}"):                                                       "actions[0].nats.subject: its first part can't be a parameter",
		"nats: {subject: $SYS.REQ}":                                                                                   "actions[0].nats.subject: $SYS.> belongs",
		"nats: {subject: _INBOX.a}":                                                                                   "actions[0].nats.subject: _INBOX.> belongs",
		"nats: {subject: s.a, abort: {subject: recovery.cms.log}}":                                                    "actions[0].nats.abort.subject: recovery.> belongs",
		"nats: {subject: s.a, done: [D]}":                                                                             "actions[0].nats.state: is missing",
		"nats: {subject: s.a, aborted: [A]}":                                                                          "actions[0].nats.state: is missing",
		"nats: {subject: s.a, state: /s}":                                                                             "actions[0].nats.done: is missing",
		"nats: {subject: s.a, state: s, done: [D]}":                                                                   "actions[0].nats.state: ",
		"parameters: {type: array}\n    " + nats:                                                                      "actions[0].parameters.type: parameters are an object",
		"parameters: {properties: [x]}\n    " + nats:                                                                  "actions[0].parameters.properties: is no list of names",
		takes("k: {secret: maybe}", nats):                                                                             "actions[0].parameters.properties.k.secret: is neither true nor false",
		takes("k: {secret: true, default: x}", nats):                                                                  "actions[0].parameters.properties.k.default: a secret has no default",
		takes("k: {secret: true, enum: [t]}", nats):                                                                   "actions[0].parameters.properties.k.enum: t is no secret",
		"parameters: {properties: {x: {}}, required: [x]}\n    exec: {command: [/bin/bash, -c, --, '{{x}}']}":         "would be read as a program by bash",
		"parameters: {properties: {x: {}}, required: [x]}\n    exec: {command: [/usr/bin/python3, -Ec, -B, '{{x}}']}": "would be read as a program by python3",
	} {
		text := "secrets: [{name: s, env: ACTIONS_TEST_SECRET}]\nactions:\n  - name: a\n    description: b\n    " + body + "\n"
		_, err := Read("a.yaml", []byte(text))
		var complaints *Complaints
		if !errors.As(err, &complaints) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
	}
}

// A secret has one place, which the agent can read and others can't.
func TestWhatASecretCantBe(t *testing.T) {
	t.Setenv("ACTIONS_TEST_SECRET", "sesame")
	t.Setenv("ACTIONS_TEST_SHORT", "abc")
	t.Chdir(t.TempDir())
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	read := func(secrets string) (*Set, error) {
		return Read("a.yaml", []byte("secrets: ["+secrets+"]\nactions:\n  - {name: a, description: b, nats: {subject: s.a}}\n"))
	}
	for secrets, want := range map[string]string{
		"{name: s, env: ACTIONS_TEST_SECRET}, {name: s, env: ACTIONS_TEST_SECRET}":         "secrets[1].name: s is there twice",
		"{name: s, env: ACTIONS_TEST_NOT_SET}":                                             "the variable ACTIONS_TEST_NOT_SET is not set",
		"{name: s, env: ACTIONS_TEST_SHORT}":                                               "it has 3 bytes",
		"{name: s, file: s}":                                                               "secrets[0].file: s is no absolute path",
		"{name: s, file: " + dir + "}":                                                     "is no file of at most 16 KiB",
		"{name: s, file: " + dir + "/none}":                                                "put it there, readable by the agent",
		"{name: s, file: " + write("zero", "a\x00bcd", 0o600) + "}":                        "it holds a zero byte",
		"{name: s, file: " + write("large", strings.Repeat("x", maxSecret+1), 0o600) + "}": "is no file of at most 16 KiB",
	} {
		if _, err := read(secrets); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s\ngot  %v\nwant %s", secrets, err, want)
		}
	}
	for mode, warnings := range map[os.FileMode]int{0o600: 0, 0o640: 0, 0o604: 1} {
		set, err := read("{name: s, file: " + write("right", "sesame\n", mode) + "}, {name: e, env: ACTIONS_TEST_SECRET}")
		if err != nil || len(set.Warnings) != warnings {
			t.Errorf("%o: %v, %v", mode, set.Warnings, err)
		}
	}
}

// What is meant well is taken: a check that refused it would be in everybody's way.
func TestWhatAnActionMayBe(t *testing.T) {
	t.Setenv("ACTIONS_TEST_SECRET", "sesame")
	for _, body := range []string{
		"usual: 720h\n    abort: {signal: INT, grace: 20s}\n    cut_off: {do: stop, after: 1m}\n    exec: {command: [/bin/true], directory: /, done: [0, 255], inherit: [A_1]}",
		"abort: {do: never}\n    exec: {command: [/bin/bash, -c, 'echo \"$1\"', script, '{{x}}']}",
		"exec: {command: [/usr/bin/env, bash, -c, 'echo \"$1\"', -x, '{{x}}'], secret_arguments: true}",
		"exec: {command: [/bin/true, '{{secret.s}}'], secret_arguments: true}",
		"http: {method: GET, url: 'https://h:1/a/{{x}}?q={{x}}&r={{o?}}', expect: [100, 599]}",
		"http: {url: 'http://h/x', take: {id: /a~1b/0}, poll: {url: 'http://h/{{answer.id}}', state: '', done: [D], failed: [F, G]}, abort: {url: 'http://h/{{answer.id}}'}}",
		"nats: {subject: 's.{{x}}', state: /s, done: [D], aborted: [A], json: {a: '{{o?}}', k: '{{secret.s}}'}}",
	} {
		body = strings.ReplaceAll(body, "&r={{o?}}", "")
		text := "secrets: [{name: s, env: ACTIONS_TEST_SECRET}]\nactions:\n  - name: a\n    description: b\n    parameters: {properties: {x: {type: string}, o: {}}, required: [x]}\n    " + body + "\n"
		if _, err := Read("a.yaml", []byte(text)); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
}

// ssh makes one line of its arguments, for a shell on the other host: what is one argument
// here is a program there, which is said, since only the author knows what values there are.
func TestAnotherHostsShell(t *testing.T) {
	for command, want := range map[string]int{
		"[/usr/bin/env, ssh, n1, systemctl, restart, '{{x}}']": 1,
		"[/usr/bin/env, ssh, n1, systemctl, restart, web]":     0,
		"[/usr/bin/env, systemctl, restart, '{{x}}']":          0,
	} {
		set := read(t, "actions:\n  - name: a\n    description: b\n    parameters: {properties: {x: {type: string}}, required: [x]}\n    exec: {command: "+command+"}\n")
		if len(set.Warnings) != want || want > 0 && (set.Warnings[0].Field != "actions[0].exec.command[5]" || !strings.Contains(set.Warnings[0].Text, "shell on the other host")) {
			t.Errorf("%s: %v", command, set.Warnings)
		}
	}
}

// A file is read up to its limit, and what it says of a service is told to operators.
func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "actions.yaml")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "name the file with --actions") {
		t.Errorf("%v", err)
	}
	body := "actions:\n  - {name: a, description: b, nats: {subject: s.a}}\n  - {name: c, description: d, cut_off: {do: stop, after: 90s}, nats: {subject: s.a, abort: {subject: s.b}}}\n" +
		"  - {name: e, description: f, abort: {do: never}, exec: {command: [/bin/true]}}\n  - {name: g, description: h, exec: {command: [/bin/true]}}\n"
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(body + strings.Repeat("#", maxFile-len(body)))
	set, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	offered := set.Offered()
	for i, stops := range []bool{false, true, false, true} {
		if *offered[i].Abortable != stops {
			t.Errorf("%s is told to be abortable: %t", offered[i].Name, *offered[i].Abortable)
		}
	}
	if offered[1].CutOff == nil || offered[1].CutOff.String() != "1m30s" || offered[0].CutOff != nil {
		t.Errorf("cut off after %v, %v", offered[1].CutOff, offered[0].CutOff)
	}
	write(body + strings.Repeat("#", maxFile-len(body)+1))
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "at most 1048576 are read") {
		t.Errorf("%v", err)
	}
	long := "actions:\n"
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		long += "  - {name: " + name + ", description: b, parameters: {properties: {x: {description: " + strings.Repeat("x", 7900) + "}}}, nats: {subject: s.a}}\n"
	}
	if _, err := Read("a.yaml", []byte(long)); err == nil || !strings.Contains(err.Error(), "can be offered") {
		t.Errorf("%v", err)
	}
}

// What begins with - is an option wherever a program could take it for one, and a number
// or what the author wrote is not.
func TestOptionsAreGuarded(t *testing.T) {
	t.Setenv("ACTIONS_TEST_SECRET", "-sesame")
	set := read(t, `
secrets: [{name: s, env: ACTIONS_TEST_SECRET}]
actions:
  - name: a
    description: b
    parameters: {properties: {x: {}, list: {type: array}}}
    exec:
      command: [/bin/true, "{{x?}}", "{{list...}}", "{{secret.s}}", --, "{{x?}}", "{{list...}}"]
      secret_arguments: true
  - name: behind
    description: b
    parameters: {properties: {x: {}, list: {type: array}}}
    exec: {command: [/bin/true, --, "{{x?}}", "{{list...}}", "--x={{x?}}"]}
`)
	for _, c := range []struct{ action, parameters, want string }{
		{"a", `{"x":-5}`, "/bin/true|-5|-sesame|--|-5"},
		{"a", `{"x":"-5"}`, ""},
		{"a", `{"x":["-5"]}`, ""},
		{"a", `{"list":["x","-rf"]}`, ""},
		{"behind", `{"x":"-5","list":["-rf"]}`, "/bin/true|--|-5|-rf|--x=-5"},
	} {
		args, err := bind(t, set, c.action, c.parameters).Command()
		if got := strings.Join(args, "|"); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s %s: %q, %v; want %q", c.action, c.parameters, got, err, c.want)
		}
	}
}

func TestAt(t *testing.T) {
	value := map[string]any{"a/b": []any{"x", map[string]any{"~": true}}, "n": nil}
	for pointer, want := range map[string]any{"/a~1b/0": "x", "/a~1b/1/~0": true} {
		if got, there := At(value, pointer); !there || got != want {
			t.Errorf("%s: %v %t", pointer, got, there)
		}
	}
	if got, there := At(value, "/n"); !there || got != nil {
		t.Errorf("/n: %v %t", got, there)
	}
	for _, pointer := range []string{"/b", "/a~1b/2", "/a~1b/-1", "/a~1b/x", "/a~1b/0/0", "/n/x", "a"} {
		if got, there := At(value, pointer); there {
			t.Errorf("%s: %v", pointer, got)
		}
	}
	if whole, there := At(value, ""); !there || whole == nil {
		t.Errorf("the whole: %v %t", whole, there)
	}
}

package runner

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"expertcontroller/agent"
	"expertcontroller/agent/actions"
	"expertcontroller/schema"
)

var work = schema.Work{Token: "cms-1", Attempt: 1}

var anna = &agent.Aborted{Abort: schema.Abort{By: schema.By{Role: schema.RoleOperator, Name: "anna"}, Reason: schema.Reason{Text: "enough"}}}

// stage is a Runner of a file, and what its jobs report.
type stage struct {
	*Runner
	dir string
	mu  sync.Mutex
	got strings.Builder
}

func newStage(t *testing.T, file string, ask Asker) *stage {
	t.Helper()
	dir := t.TempDir()
	set, err := actions.Read("a.yaml", []byte(strings.ReplaceAll(file, "DIR", dir)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(Config{Actions: set, Asker: ask, Beside: filepath.Join(dir, "journal")})
	if err != nil {
		t.Fatal(err)
	}
	return &stage{Runner: r, dir: dir}
}

func (s *stage) run(ctx context.Context, action, parameters string) agent.Outcome {
	return s.Run(ctx, agent.Job{Work: work, Action: action, Parameters: json.RawMessage(parameters), Timeout: 20 * time.Second,
		Report: func(text string, _ int, output string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.got.WriteString(text + "\n" + output)
		}})
}

func (s *stage) reported() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.String()
}

// until waits for a fact.
func until(t *testing.T, what string, fact func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !fact(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: never happened", what)
		}
	}
}

func holds(t *testing.T, out agent.Outcome, outcome, text string) {
	t.Helper()
	if out.Outcome != outcome || !strings.Contains(out.Text, text) {
		t.Fatalf("%s: %q, output %q; want %s with %q", out.Outcome, out.Text, out.Output, outcome, text)
	}
}

const programs = `

secrets: [{name: s, env: RUNNER_TEST_SECRET}]
actions:
  - name: env
    description: Prints its environment
    parameters: {properties: {text: {type: string}}}
    exec: {command: [/usr/bin/env], directory: DIR, environment: {TEXT: "{{text?}}", S: "{{secret.s}}"}, inherit: [RUNNER_TEST_INHERITED]}
  - name: cat
    description: Prints what it is given
    parameters: {properties: {text: {type: string}, key: {secret: true}}}
    exec: {command: [/bin/cat], stdin: parameters}
  - name: data
    description: Gives data
    parameters: {properties: {data: {type: string}}, required: [data]}
    exec: {command: [/bin/sh, -c, 'printf %s "$D" >&3; exit 3'], environment: {D: "{{data}}"}, data: true, done: [0, 3]}
  - name: dies
    description: Is ended by a signal
    exec: {command: [/bin/sh, -c, 'kill -9 $$']}
  - name: missing
    description: Can't be started
    exec: {command: [DIRmissing]}
  - name: finishes
    description: Ends well when it is asked to stop
    exec: {command: [/bin/sh, -c, 'trap "exit 0" TERM; echo ready; while :; do sleep 0.01; done']}
  - name: limited
    description: Is out of its own time
    timeout: 50ms
    exec: {command: [/bin/sleep, "60"]}
  - name: floods
    description: Prints a lot
    exec: {command: [/bin/sh, -c, 'echo first; head -c 3000000 /dev/urandom; echo; echo last']}
`

func newPrograms(t *testing.T) *stage {
	t.Helper()
	t.Setenv("RUNNER_TEST_SECRET", "sesame-open")
	t.Setenv("RUNNER_TEST_INHERITED", "handed on")
	t.Setenv("RUNNER_TEST_OTHER", "not handed on")
	missing := filepath.Join(t.TempDir(), "missing")
	if err := os.WriteFile(missing, []byte("#!/no/such/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return newStage(t, strings.ReplaceAll(programs, "DIRmissing", missing), nil)
}

// A program gets what the file states and nothing else, and no secret comes out.
func TestAProgramGetsWhatIsStated(t *testing.T) {
	s := newPrograms(t)
	out := s.run(t.Context(), "env", `{"text":"a=b\nc"}`)
	holds(t, out, schema.OutcomeDone, "env ended with status 0")
	for _, want := range []string{"PATH=" + standardPath + "\n", "LANG=C.UTF-8\n", "TEXT=a=b\nc\n", "S=" + actions.Hidden, "RUNNER_TEST_INHERITED=handed on\n"} {
		if !strings.Contains(out.Output, want) {
			t.Errorf("it lacks %q: %q", want, out.Output)
		}
	}
	if strings.Contains(out.Output+out.Text+s.reported(), "sesame") || strings.Contains(out.Output, "RUNNER_TEST_OTHER") {
		t.Errorf("%q", out.Output)
	}
	if lines := strings.Count(out.Output, "="); lines != 9 {
		t.Errorf("%d variables: %q", lines, out.Output)
	}
	out = s.run(t.Context(), "cat", `{"text":"$(x)","key":{"secret":"s"}}`)
	holds(t, out, schema.OutcomeDone, "")
	if out.Output != `{"key":"`+actions.Hidden+`","text":"$(x)"}`+"\n" {
		t.Errorf("%q", out.Output)
	}
}

func TestDataAndStatus(t *testing.T) {
	s := newPrograms(t)
	for data, want := range map[string]string{`{"a":1}`: "", `{"s":"sesame-open"}`: "", `[1]`: "no JSON object", `{"a":"` + strings.Repeat("x", maxData) + `"}`: "more than"} {
		parameters, err := json.Marshal(map[string]string{"data": data})
		if err != nil {
			t.Fatal(err)
		}
		out := s.run(t.Context(), "data", string(parameters))
		holds(t, out, schema.OutcomeDone, want)
		if *out.ExitStatus != 3 || (want == "") == (out.Data == nil) || strings.Contains(string(out.Data), "sesame") {
			t.Errorf("%s: %+v", data, out)
		}
	}
	holds(t, s.run(t.Context(), "dies", ""), schema.OutcomeFailed, "sh was ended by signal 9")
	holds(t, s.run(t.Context(), "missing", ""), schema.OutcomeFailed, "nothing was done")
	holds(t, s.run(t.Context(), "limited", ""), schema.OutcomeTimedOut, "the action's own time was over")
	out := s.run(t.Context(), "floods", "")
	holds(t, out, schema.OutcomeDone, "last")
	if len(out.Output) > keepFirst+keepLast+100 || !strings.HasPrefix(out.Output, "first\n") || !strings.HasSuffix(out.Output, "last\n") {
		t.Errorf("%d bytes of output", len(out.Output))
	}
}

// What ends with success after it was told to stop may have finished: it is said so.
func TestItMayHaveFinished(t *testing.T) {
	s := newPrograms(t)
	ctx, stop := context.WithCancelCause(t.Context())
	go func() {
		for !strings.Contains(s.reported(), "ready") {
			time.Sleep(5 * time.Millisecond)
		}
		stop(anna)
	}()
	holds(t, s.run(ctx, "finishes", ""), schema.OutcomeAborted, "enough; sh ended with status 0, so it may have finished its work")
	holds(t, s.run(ctx, "env", ""), schema.OutcomeAborted, "before it began: nothing was done")
}

// After a crash of the agent it is told what still runs of its attempt, and nothing of others.
func TestWhatIsLeft(t *testing.T) {
	s := newStage(t, "actions:\n  - {name: a, description: b, exec: {command: [/bin/sleep, '60']}}\n", nil)
	ctx, stop := context.WithCancelCause(t.Context())
	ended := make(chan agent.Outcome, 1)
	go func() { ended <- s.run(ctx, "a", "") }()
	again, err := New(Config{Actions: s.Config.Actions, Beside: s.Beside})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "it runs", func() bool { return strings.Contains(again.Left(work), "it is still running as pid ") })
	other := work
	other.Attempt++
	if text := again.Left(other); text != "" {
		t.Errorf("of another attempt: %q", text)
	}
	stop(anna)
	holds(t, <-ended, schema.OutcomeAborted, "nothing of it runs any more")
	if text := again.Left(work); text != "nothing of it runs any more, as far as can be seen" {
		t.Errorf("%q", text)
	}
}

// asker answers as a test says.
type asker func(ctx context.Context, subject string, payload []byte) (Reply, error)

// Ask answers.
func (a asker) Ask(ctx context.Context, subject string, _ map[string]string, payload []byte) (Reply, error) {
	return a(ctx, subject, payload)
}

func TestWhatAReplyMeans(t *testing.T) {
	const file = `
actions:
  - name: plain
    description: Asks
    parameters: {properties: {n: {type: integer}}}
    nats: {subject: plant.do}
  - name: stateful
    description: Asks
    abort: {grace: 100ms}
    nats: {subject: plant.do, state: /state, done: [ok], aborted: [stopped], abort: {subject: plant.stop}}
`
	for name, c := range map[string]struct {
		action  string
		reply   Reply
		err     error
		outcome string
		text    string
	}{
		"a reply":           {"plain", Reply{Data: []byte("5")}, nil, schema.OutcomeDone, "plant.do has answered"},
		"an error":          {"plain", Reply{Error: "500 broken"}, nil, schema.OutcomeFailed, "answered with an error (500 broken)"},
		"nobody":            {"plain", Reply{}, ErrNotSent, schema.OutcomeFailed, "nothing was done"},
		"no reply":          {"plain", Reply{}, context.DeadlineExceeded, schema.OutcomeUnknown, "has not answered"},
		"success":           {"stateful", Reply{Data: []byte(`{"state":"ok"}`)}, nil, schema.OutcomeDone, "says ok"},
		"no success":        {"stateful", Reply{Data: []byte(`{"state":"no"}`)}, nil, schema.OutcomeFailed, "says no"},
		"stopped by others": {"stateful", Reply{Data: []byte(`{"state":"stopped"}`)}, nil, schema.OutcomeFailed, "says stopped"},
		"no state":          {"stateful", Reply{Data: []byte(`nonsense`)}, nil, schema.OutcomeUnknown, "holds no state"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, file, asker(func(_ context.Context, _ string, payload []byte) (Reply, error) {
				if c.action == "plain" && string(payload) != `{"n":3}` {
					return Reply{}, errors.New("the payload is " + string(payload))
				}
				return c.reply, c.err
			}))
			parameters := ""
			if c.action == "plain" {
				parameters = `{"n":3}`
			}
			holds(t, s.run(t.Context(), c.action, parameters), c.outcome, c.text)
		})
	}
	for reply, want := range map[string]string{"stopped": schema.OutcomeAborted, "ok": schema.OutcomeDone, "": schema.OutcomeUnknown} {
		t.Run("told to stop, it says "+strconv.Quote(reply), func(t *testing.T) {
			ctx, stop := context.WithCancelCause(t.Context())
			told := make(chan struct{})
			s := newStage(t, file, asker(func(ctx context.Context, subject string, _ []byte) (Reply, error) {
				if subject == "plant.stop" {
					close(told)
					return Reply{}, nil
				}
				stop(anna)
				<-told
				if reply == "" {
					<-ctx.Done()
					return Reply{}, ctx.Err()
				}
				return Reply{Data: []byte(`{"state":"` + reply + `"}`)}, nil
			}))
			holds(t, s.run(ctx, "stateful", ""), want, "enough")
		})
	}
}

// Another user's program runs as that user; only root may say so.
func TestAnotherUser(t *testing.T) {
	file := "actions:\n  - {name: a, description: b, exec: {command: [/usr/bin/id, -u], user: nobody}}\n"
	if os.Geteuid() != 0 {
		if _, err := actions.Read("a.yaml", []byte(file)); err == nil || !strings.Contains(err.Error(), "can't start programs as nobody") {
			t.Errorf("%v", err)
		}
		return
	}
	account, err := actions.Credential("nobody")
	if err != nil {
		t.Fatal(err)
	}
	out := newStage(t, file, nil).run(t.Context(), "a", "")
	if strings.TrimSpace(out.Output) != strconv.Itoa(int(account.Credential.Uid)) {
		t.Errorf("%q, %q", out.Output, out.Text)
	}
}

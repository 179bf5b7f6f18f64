package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"expertcontroller/schema"
)

// responder plays a controller by a script: what it answers to each kind of message
// and to each query, in order; the last answer stays.
type responder struct {
	t   *testing.T
	url string
	nc  *nats.Conn

	mu      sync.Mutex
	answers map[string][]any
	heard   []*nats.Msg
}

// longest is how long a test waits for a fact. It costs nothing when all is well, and a
// busy machine with a slow disk takes its time.
const longest = 2 * time.Minute

// newResponder starts a broker and a scripted controller on it.
func newResponder(t *testing.T) *responder {
	t.Helper()
	return newResponderFor(t, "", "")
}

// newResponderFor starts a broker that only one user may use.
func newResponderFor(t *testing.T, user, password string) *responder {
	t.Helper()
	rememberHere(t)
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, Username: user, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(longest) {
		t.Fatal("the broker did not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	r := &responder{t: t, url: s.ClientURL(), answers: map[string][]any{}}
	if r.nc, err = nats.Connect(r.url, nats.UserInfo(user, password)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.nc.Close)
	for _, subject := range []string{"recovery.*.call.>", "recovery.*.query.>"} {
		if _, err := r.nc.Subscribe(subject, r.answer); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return r
}

// rememberHere keeps tokens that a test gets out of its user's own state directory.
func rememberHere(t testing.TB) {
	t.Helper()
	if os.Getenv("XDG_STATE_HOME") == "" {
		t.Setenv("XDG_STATE_HOME", t.TempDir())
	}
}

// on scripts the answers to a kind of message or query.
func (r *responder) on(kind string, answers ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[kind] = answers
}

func (r *responder) answer(m *nats.Msg) {
	kind := m.Subject[strings.LastIndexByte(m.Subject, '.')+1:]
	r.mu.Lock()
	r.heard = append(r.heard, m)
	script := r.answers[kind]
	var say any
	if len(script) > 0 {
		say = script[0]
		if len(script) > 1 {
			r.answers[kind] = script[1:]
		}
	}
	r.mu.Unlock()
	reply := nats.NewMsg(m.Reply)
	if e, ok := say.(*schema.Error); ok {
		reply.Header.Set(micro.ErrorCodeHeader, strconv.Itoa(e.Code))
		reply.Header.Set(micro.ErrorHeader, e.Text)
	}
	if say == nil {
		return
	}
	b, err := schema.Encode(say)
	if err != nil {
		r.t.Error(err)
		return
	}
	reply.Data = b
	if err := m.RespondMsg(reply); err != nil {
		r.t.Error(err)
	}
}

// last gives the last message of a kind that was heard, and its subject.
func (r *responder) last(kind string) (string, map[string]any) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.heard) - 1; i >= 0; i-- {
		if m := r.heard[i]; strings.HasSuffix(m.Subject, "."+kind) {
			var v map[string]any
			if err := json.Unmarshal(m.Data, &v); err != nil {
				r.t.Fatal(err)
			}
			return m.Subject, v
		}
	}
	r.t.Fatalf("no %s was heard", kind)
	return "", nil
}

// ran is what a command printed, and how it ended.
type ran struct {
	out, err string
	code     int
}

// run runs a command in this process against the responder's broker.
func (r *responder) run(args ...string) ran { return r.runWith(r.t.Context(), "", args...) }

func (r *responder) runWith(ctx context.Context, stdin string, args ...string) ran {
	r.t.Helper()
	return runCommand(ctx, stdin, append([]string{"--server", r.url, "--as", "anna"}, args...)...)
}

func runCommand(ctx context.Context, stdin string, args ...string) ran {
	var out, errs lockedBuffer
	code := Main(ctx, args, strings.NewReader(stdin), &out, &errs)
	return ran{out.String(), errs.String(), code}
}

// lockedBuffer takes writes of several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// want checks how a command ended; on a difference everything it printed is shown.
func (g ran) want(t *testing.T, code int, out string, words ...string) {
	t.Helper()
	ok := g.code == code && (out == "*" || g.out == out)
	for _, w := range words {
		ok = ok && strings.Contains(g.err, w)
	}
	if !ok {
		t.Errorf("exit code %d, want %d; stdout:\n%swant:\n%s\nstderr, wanted to hold %q:\n%s", g.code, code, g.out, out, words, g.err)
	}
}

var born = time.Date(2026, 11, 21, 12, 2, 10, 0, time.UTC)

// recovery gives a status in a state.
func recovery(token, state string) *schema.Status {
	s := &schema.Status{
		Type: schema.Type(schema.KindStatus), Token: token, Revision: 1, Entry: 7, System: "default", State: state,
		Terminal: schema.Terminal(state), AskedBy: schema.By{Role: schema.RoleExpert, Name: "daqexpert", Via: schema.ViaCall},
		Problems: []schema.ProblemStatus{{Expert: "daqexpert", ID: "101", Key: "FED stuck/HCAL", Title: "FED stuck"}},
		Steps: []schema.StepStatus{
			{Index: 0, Title: "Red & green recycle of HCAL", Action: "recycle", Agent: "l0", State: schema.StepOpen},
			{Index: 1, Title: "Call the HCAL expert on call", ByHand: true, State: schema.StepWaiting},
		},
		PollAfter: schema.Duration(10 * time.Millisecond), Created: born, Updated: born,
	}
	if s.Terminal {
		ended := born.Add(90 * time.Second)
		s.Ended = &ended
	}
	return s
}

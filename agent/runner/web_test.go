package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"expertcontroller/schema"
)

// serving starts a service whose answer a test chooses, and gives its address.
func serving(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// nowhere is where nothing can listen.
const nowhere = "127.0.0.1:0"

const calls = `

secrets: [{name: s, env: RUNNER_TEST_SECRET}]
actions:
  - name: call
    description: Calls
    http: {url: "http://HOST/x", headers: {Authorization: "Bearer {{secret.s}}"}, timeout: 1s}
  - name: follow
    description: Calls and follows
    abort: {grace: 300ms}
    http:
      url: http://HOST/start
      take: {id: /id}
      poll: {url: "http://HOST/{{answer.id}}", every: 10ms, give_up: 200ms, state: /state, done: [DONE], failed: [FAILED], aborted: [ABORTED]}
      abort: {url: "http://HOST/stop/{{answer.id}}"}
`

// What a web service's answer, or its lack, means for the outcome.
func TestWhatAnAnswerMeans(t *testing.T) {
	t.Setenv("RUNNER_TEST_SECRET", "sesame-open")
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		outcome string
		text    string
	}{
		"200": {func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"said":"`+r.Header.Get("Authorization")+`"}`)
		}, schema.OutcomeDone, "answered 200 OK"},
		"404": {http.NotFound, schema.OutcomeFailed, "answered 404"},
		"302": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, schema.OutcomeUnknown, "a redirect, which is not followed"},
		"303": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/job/7", http.StatusSeeOther)
		}, schema.OutcomeUnknown, "which doesn't tell whether anything was done"},
		"307": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		}, schema.OutcomeFailed, "a redirect, which is not followed"},
		"500": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, schema.OutcomeUnknown, "doesn't tell whether anything was done"},
		"503": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, schema.OutcomeFailed, "answered 503"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "half")
			panic(http.ErrAbortHandler)
		}, schema.OutcomeUnknown, "gave no whole answer"},
		"slow": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, schema.OutcomeUnknown, "gave no whole answer"},
		"huge": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 3*maxAnswer)) // it is not read to its end
		}, schema.OutcomeDone, "answered 200"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, strings.ReplaceAll(calls, "HOST", serving(t, c.answer)), nil)
			out := s.run(t.Context(), "call", "")
			holds(t, out, c.outcome, c.text)
			if all := out.Output + string(out.Data) + out.Text; strings.Contains(all, "sesame") || len(out.Output) > keepAnswer+100 {
				t.Errorf("%q", all)
			}
		})
	}
	s := newStage(t, strings.ReplaceAll(calls, "HOST", nowhere), nil)
	holds(t, s.run(t.Context(), "call", ""), schema.OutcomeFailed, "could not be reached")
}

// A service that is followed is told about as it is: ended, stopped, gone.
func TestFollowing(t *testing.T) {
	t.Setenv("RUNNER_TEST_SECRET", "sesame-open")
	var state atomic.Value
	var started, stopped atomic.Int32
	begun := make(chan struct{}, 10)
	host := serving(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/start":
			started.Add(1)
			begun <- struct{}{}
			fmt.Fprint(w, `{"id":7}`)
		case strings.HasPrefix(r.URL.Path, "/stop/7"):
			stopped.Add(1)
			if state.Load() != "DEAF" {
				state.Store("ABORTED")
			}
		case state.Load() == "GONE":
			w.WriteHeader(404)
		default:
			fmt.Fprintf(w, `{"state":%q}`, state.Load())
		}
	})
	s := newStage(t, strings.ReplaceAll(calls, "HOST", host), nil)
	for _, c := range []struct{ state, outcome, text string }{
		{"DONE", schema.OutcomeDone, "says DONE"},
		{"FAILED", schema.OutcomeFailed, "says FAILED"},
		{"ABORTED", schema.OutcomeFailed, "says ABORTED"},
		{"GONE", schema.OutcomeUnknown, "has answered nothing of use"},
	} {
		state.Store(c.state)
		holds(t, s.run(t.Context(), "follow", ""), c.outcome, c.text)
		<-begun
	}
	for _, c := range []struct{ state, outcome, text string }{
		{"RUNNING", schema.OutcomeAborted, "enough; GET "},
		{"DEAF", schema.OutcomeUnknown, "has not confirmed within 300ms"},
	} {
		state.Store(c.state)
		stopped.Store(0)
		ctx, stop := context.WithCancelCause(t.Context())
		go func() {
			select {
			case <-begun:
				stop(anna)
			case <-ctx.Done(): // it ended although nothing began
			}
		}()
		holds(t, s.run(ctx, "follow", ""), c.outcome, c.text)
		stop(nil)
		if stopped.Load() != 1 {
			t.Errorf("asked %d times to stop", stopped.Load())
		}
	}
	if started.Load() != 6 {
		t.Errorf("started %d times", started.Load())
	}
}

// A call that can't be made a second time is not made with nothing in it.
func TestAnAbortThatCantBeRepeated(t *testing.T) {
	t.Setenv("RUNNER_TEST_SECRET", "sesame-open")
	s := newStage(t, strings.ReplaceAll(calls, "HOST", nowhere), nil)
	client, err := newWeb("")
	if err != nil {
		t.Fatal(err)
	}
	defer client.close()
	action := s.Config.Actions.Find("follow")
	bound, err := s.Config.Actions.Bind(action, schema.Work{Token: "cms-1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	abort, err := http.NewRequest(http.MethodPost, "http://"+nowhere+"/stop/7", strings.NewReader("why"))
	if err != nil {
		t.Fatal(err)
	}
	abort.GetBody = func() (io.ReadCloser, error) { return nil, errors.New("the body is gone") }
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	e := &errand{task: &task{Bound: bound, grace: time.Second}, web: client, ctx: ctx}
	if said := e.askToStop(ctx, abort); !strings.Contains(said, "could not be asked to stop (the body is gone)") {
		t.Error(said)
	}
}

package runner

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"expertcontroller/schema"
)

// web is a service whose answer a test chooses.
func serving(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

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
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	s := newStage(t, strings.ReplaceAll(calls, "HOST", listener.Addr().String()), nil)
	holds(t, s.run(t.Context(), "call", ""), schema.OutcomeFailed, "could not be reached")
}

// A service that is followed is told about as it is: ended, stopped, gone.
func TestFollowing(t *testing.T) {
	t.Setenv("RUNNER_TEST_SECRET", "sesame-open")
	var state atomic.Value
	var started, stopped atomic.Int32
	host := serving(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/start":
			started.Add(1)
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
	}
	for _, c := range []struct{ state, outcome, text string }{
		{"RUNNING", schema.OutcomeAborted, "enough; GET "},
		{"DEAF", schema.OutcomeUnknown, "has not confirmed within 300ms"},
	} {
		state.Store(c.state)
		stopped.Store(0)
		ctx, stop := context.WithCancelCause(t.Context())
		before := started.Load()
		go func() {
			for started.Load() == before {
				time.Sleep(time.Millisecond)
			}
			stop(anna)
		}()
		holds(t, s.run(ctx, "follow", ""), c.outcome, c.text)
		if stopped.Load() != 1 {
			t.Errorf("asked %d times to stop", stopped.Load())
		}
	}
	if started.Load() != 6 {
		t.Errorf("started %d times", started.Load())
	}
}

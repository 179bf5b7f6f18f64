package runner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"expertcontroller/agent"
	"expertcontroller/schema"
)

const escaping = `
actions:
  - {name: ends, description: b, exec: {command: [/bin/sh, -c, 'ESCAPE'], directory: DIR}}
  - {name: stays, description: b, exec: {command: [/bin/sh, -c, 'ESCAPE; touch out; sleep 60'], directory: DIR}}
  - {name: finishes, description: b, exec: {command: [/bin/sh, -c, 'trap "exit 0" TERM; ESCAPE; touch out; while :; do sleep 0.01; done'], directory: DIR}}
`

func newEscaping(t *testing.T) *stage {
	return newStage(t, strings.ReplaceAll(escaping, "ESCAPE", `setsid sleep 60 & echo $! >pid; until [ "$(cut -d" " -f2,6 /proc/$!/stat)" = "(sleep) $!" ]; do :; done`), nil)
}

// escapedOf gives the number of what left the group, and ends it with the test.
func escapedOf(t *testing.T, s *stage) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

// A child that left the group is found and named, and left alone.
func TestWhatEscapesIsNamed(t *testing.T) {
	s := newEscaping(t)
	out := s.run(t.Context(), "ends", "")
	holds(t, out, schema.OutcomeDone, fmt.Sprintf("what left the group still runs: pid %d (sleep)", escapedOf(t, s)))
}

// What left the group of a program that was told to stop may still act: whatever the
// program itself says when it is asked, nobody knows.
func TestWhatEscapesAnAbortIsUnknown(t *testing.T) {
	for _, action := range []string{"stays", "finishes"} {
		for name, cause := range map[string]error{"aborted": anna, "out of time": agent.ErrTimedOut} {
			t.Run(action+" "+name, func(t *testing.T) {
				s := newEscaping(t)
				ctx, cancel := context.WithCancelCause(t.Context())
				ended := make(chan agent.Outcome, 1)
				go func() { ended <- s.run(ctx, action, "") }()
				until(t, "it is out", func() bool { _, err := os.Stat(filepath.Join(s.dir, "out")); return err == nil })
				pid := escapedOf(t, s)
				cancel(cause)
				out := <-ended
				holds(t, out, schema.OutcomeUnknown, fmt.Sprintf("what left the group still runs: pid %d (sleep): look at the system itself", pid))
				if err := syscall.Kill(pid, 0); err != nil {
					t.Errorf("what left the group was not left alone: %v", err)
				}
			})
		}
	}
}

// A child that stays in the group is ended with it, by force where it has to be.
func TestWhatLingersIsEnded(t *testing.T) {
	for name, child := range map[string]string{"hears": "sleep 60", "deaf": `sh -c "trap \"\" TERM; touch deaf; while :; do sleep 0.05; done"`} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, `
actions:
  - {name: a, description: b, abort: {grace: 200ms}, exec: {command: [/bin/sh, lingers.sh], directory: DIR}}
`, nil)
			script := child + ` >/dev/null & echo $! >pid; case "` + name + `" in deaf) until [ -e deaf ]; do :; done;; esac`
			if err := os.WriteFile(filepath.Join(s.dir, "lingers.sh"), []byte(script), 0o600); err != nil {
				t.Fatal(err)
			}
			out := s.run(t.Context(), "a", "")
			pid := escapedOf(t, s)
			holds(t, out, schema.OutcomeDone, fmt.Sprintf("what it had left running was ended: pid %d (", pid))
			if stat, there := statOf(pid); there && !stat.dead() {
				t.Errorf("%d still runs: %+v", pid, stat)
			}
		})
	}
}

// How long an action may take to end is what its file says, and the time that killing takes.
func TestStopsWithin(t *testing.T) {
	s := newStage(t, `
actions:
  - {name: usual, description: b, exec: {command: [/bin/true]}}
  - {name: patient, description: b, abort: {grace: 40s}, exec: {command: [/bin/true]}}
  - {name: never, description: b, abort: {do: never}, exec: {command: [/bin/true]}}
  - {name: web, description: b, abort: {grace: 20s}, http: {method: POST, url: "http://127.0.0.1/", abort: {method: POST, url: "http://127.0.0.1/stop"}}}
  - {name: endless, description: b, http: {method: POST, url: "http://127.0.0.1/"}}
`, nil)
	for action, want := range map[string]time.Duration{
		"usual": defaultGrace + killedWithin, "patient": 40*time.Second + killedWithin, "never": 0, "web": 20 * time.Second, "endless": 0, "none": 0,
	} {
		if got := s.StopsWithin(action); got != want {
			t.Errorf("%s: %s, want %s", action, got, want)
		}
	}
}

package runner

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"expertcontroller/agent"
	"expertcontroller/schema"
)

const hostile = `
actions:
  - name: talks
    description: Writes more data than anybody takes
    exec: {command: [/bin/sh, -c, 'head -c 1000000 /dev/zero >&3; echo all written'], data: true}
  - name: hides
    description: Leaves a child behind that has neither its group nor its environment
    abort: {grace: 300ms}
    exec: {command: [/bin/sh, -c, 'env -i setsid sh -c "echo \$\$ >pid.new; mv pid.new pid; exec sleep 60" & until [ -e pid ]; do :; done; echo ready; wait'], directory: DIR}
  - name: crumbles
    description: Fails and leaves a child behind that goes on
    exec: {command: [/bin/sh, -c, 'setsid sh -c "echo \$\$ >pid.new; mv pid.new pid; exec sleep 60" >/dev/null 2>&1 & until [ -e pid ]; do :; done; exit 1'], directory: DIR}
  - name: headless
    description: Goes on without its first thread, and doesn't end when it is asked
    abort: {grace: 300ms}
    exec: {command: [SELF, -test.run=^$], environment: {RUNNER_TEST_HEADLESS: "1"}}
`

// init is a program whose first thread ends while another goes on.
func init() {
	if os.Getenv("RUNNER_TEST_HEADLESS") == "" {
		return
	}
	runtime.LockOSThread()
	go func() {
		// A signal that nobody takes: it is ended only by being killed.
		signal.Ignore(syscall.SIGTERM)
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if s, ok := statOf(os.Getpid()); ok && s.state == 'Z' {
				os.Stdout.WriteString("ready\n")
				time.Sleep(time.Until(end))
			}
		}
		os.Exit(0)
	}()
	_, _, _ = syscall.RawSyscall(syscall.SYS_EXIT, 0, 0, 0) // the thread's end
}

func newHostile(t *testing.T) *stage {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return newStage(t, strings.ReplaceAll(hostile, "SELF", self), nil)
}

// left ends what an action left behind.
func (s *stage) left(t *testing.T) (pid int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	if pid, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

// stopped runs an action and stops it once it is ready, which does not take it long.
func (s *stage) stopped(t *testing.T, action string) agent.Outcome {
	t.Helper()
	ctx, stop := context.WithCancelCause(t.Context())
	var asked time.Time
	go func() {
		for !strings.Contains(s.reported(), "ready") && t.Context().Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		asked = time.Now()
		stop(anna)
	}()
	out := s.run(ctx, action, "")
	if ctx.Err() == nil {
		t.Fatalf("%s ended by itself: %+v", action, out)
	}
	if took := time.Since(asked); took > 15*time.Second {
		t.Errorf("it ended %s after it was asked to", took)
	}
	return out
}

// A program that gives more data than is taken is not kept waiting by that.
func TestTooMuchDataStopsNobody(t *testing.T) {
	out := newHostile(t).run(t.Context(), "talks", "")
	holds(t, out, schema.OutcomeDone, "more than")
	if out.Output != "all written\n" {
		t.Errorf("%q", out.Output)
	}
}

// What left the group and emptied its environment still holds the output open: after an
// abort it is not said that nothing acts any more.
func TestWhatHidesIsNotForgotten(t *testing.T) {
	s := newHostile(t)
	out := s.stopped(t, "hides")
	s.left(t)
	holds(t, out, schema.OutcomeUnknown, "still holds its output open")
}

// A failure beside which something goes on is no failure that another attempt may follow.
func TestAFailureThatLeavesSomethingIsUnknown(t *testing.T) {
	s := newHostile(t)
	out := s.run(t.Context(), "crumbles", "")
	pid := s.left(t)
	holds(t, out, schema.OutcomeUnknown, "pid "+strconv.Itoa(pid))
}

// A program whose first thread has ended is not over: it is asked, and killed.
func TestAProgramWithoutItsFirstThreadIsEnded(t *testing.T) {
	s := newHostile(t)
	holds(t, s.stopped(t, "headless"), schema.OutcomeAborted, "was killed with all of its group")
}

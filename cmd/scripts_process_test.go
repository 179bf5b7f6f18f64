package cmd_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Bounds of what a script starts: they cost nothing when all is well, and a busy machine
// takes its time.
const (
	// life is how long a process may live, whatever happens to its test.
	life = 5 * time.Minute
	// readyWithin is how long it may take until it is ready.
	readyWithin = 90 * time.Second
	// goneWithin is how long it may take to stop when asked.
	goneWithin = 60 * time.Second
)

// crewKey finds a script's crew among its values.
type crewKey struct{}

// crew is the processes of one script, by name.
type crew struct {
	log   func(...any)
	named map[string]*member
}

// member is a process that a script starts, ends, and starts again with the same
// arguments.
type member struct {
	name string
	path string
	args []string
	dir  string
	env  []string
	// ready tells whether it is; nil: from the start.
	ready func(context.Context) error
	// out and err name the files that its output is added to.
	out, err string

	cmd *exec.Cmd
	// gone is closed when the process has ended; code holds its exit code then.
	gone chan struct{}
	code int
}

func newCrew(log func(...any)) *crew {
	return &crew{log: log, named: map[string]*member{}}
}

// dismiss kills what still runs, and shows the end of what each process said.
func (c *crew) dismiss() {
	for name, m := range c.named {
		if m.running() {
			m.kill()
		}
		if said := tail(m.err, 30); said != "" {
			c.log(fmt.Sprintf("%s said at the end:\n%s", name, said))
		}
	}
}

// get gives the process of that name.
func (c *crew) get(name string) (*member, error) {
	if m, ok := c.named[name]; ok {
		return m, nil
	}
	return nil, fmt.Errorf("no process is called %q: start it with serve, broker or background", name)
}

func (m *member) running() bool {
	if m.cmd == nil {
		return false
	}
	select {
	case <-m.gone:
		return false
	default:
		return true
	}
}

// start starts it, again if need be.
func (m *member) start() error {
	if m.running() {
		return fmt.Errorf("%s is running: end it first, with kill9 or term", m.name)
	}
	out, err := os.OpenFile(m.out, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("opening the output of %s: %w", m.name, err)
	}
	defer out.Close()
	said, err := os.OpenFile(m.err, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("opening the output of %s: %w", m.name, err)
	}
	defer said.Close()

	cmd := exec.Command(m.path, m.args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = m.dir, m.env, out, said
	dieWithParent(cmd)
	started, gone := make(chan error, 1), make(chan struct{})
	// The system ends a child when the thread that started it ends, so one goroutine
	// keeps the thread from the start to the end.
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		bound := time.AfterFunc(life, func() { _ = cmd.Process.Kill() })
		defer bound.Stop()
		_ = cmd.Wait() // the exit code says it
		m.code = cmd.ProcessState.ExitCode()
		close(gone)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("starting %s: %w", m.name, err)
	}
	m.cmd, m.gone = cmd, gone
	return nil
}

// waitReady waits until it says that it is ready.
func (m *member) waitReady() error {
	if m.ready == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		// Somebody else may answer at the same address: only one that lives is ready.
		try, done := context.WithTimeout(ctx, 5*time.Second)
		err := m.ready(try)
		done()
		if err == nil && m.running() {
			return nil
		}
		select {
		case <-m.gone:
			return fmt.Errorf("%s ended before it was ready, with code %d:\n%s", m.name, m.code, tail(m.err, 20))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after %s: %v; it said:\n%s", m.name, readyWithin, err, tail(m.err, 20))
		case <-look.C:
		}
	}
}

// signal sends a signal.
func (m *member) signal(s os.Signal) error {
	if !m.running() {
		return fmt.Errorf("%s is not running", m.name)
	}
	if err := m.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("sending %s to %s: %w", s, m.name, err)
	}
	return nil
}

// kill ends it without a chance to do anything, and waits until it is gone.
func (m *member) kill() {
	_ = m.cmd.Process.Kill() // it may have ended by itself just now
	<-m.gone
}

// ended waits until it has ended by itself or by a signal sent before.
func (m *member) ended(within time.Duration) error {
	if m.cmd == nil {
		return fmt.Errorf("%s was never started", m.name)
	}
	limit := time.NewTimer(within)
	defer limit.Stop()
	select {
	case <-m.gone:
		return nil
	case <-limit.C:
		return fmt.Errorf("%s still runs after %s; it said:\n%s", m.name, within, tail(m.err, 20))
	}
}

// readyz tells whether the program at an address says that it is ready.
func readyz(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("/readyz says %s", answer.Status)
		}
		return nil
	}
}

// ports gives each process ports of its own, below those that the system hands out to
// connections, so that one that was killed finds its port free when it starts again.
var ports = struct {
	sync.Mutex
	next int
}{next: 18000 + os.Getpid()*16%13000}

// address finds a free address on loopback.
func address() (string, error) {
	ports.Lock()
	defer ports.Unlock()
	for range 1000 {
		ports.next++
		if ports.next >= 32000 {
			ports.next = 18000
		}
		addr := fmt.Sprintf("127.0.0.1:%d", ports.next)
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			return "", fmt.Errorf("freeing %s: %w", addr, err)
		}
		return addr, nil
	}
	return "", errors.New("finding a free port: 1000 in a row are in use")
}

// look finds a program on a script's own PATH.
func look(name, path string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) {
		return name, nil
	}
	for _, dir := range filepath.SplitList(path) {
		full := filepath.Join(dir, name)
		if info, err := os.Stat(full); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return full, nil
		}
	}
	return "", fmt.Errorf("%s is not on the script's PATH", name)
}

// tail gives the last lines of a file.
func tail(path string, lines int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	all := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// asked is the signal that asks a process to end.
const asked = syscall.SIGTERM

package runner

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"expertcontroller/agent/actions"
)

// exited is closed when the program itself has ended. It is not reaped yet, so that
// its group's number can't become another's while the group is looked at.
func (p *program) exited() <-chan struct{} {
	out := make(chan struct{})
	go func() {
		defer close(out)
		for {
			err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
			if err != unix.EINTR {
				p.ended.Store(true)
				return
			}
		}
	}()
	return out
}

// hasExited tells whether the program itself has ended.
func (p *program) hasExited() bool {
	if p.ended.Load() {
		return true
	}
	s, ok := statOf(p.cmd.Process.Pid)
	return !ok || s.dead()
}

// reap takes note of how it ended; from now on its number may become another's.
func (p *program) reap() *os.ProcessState {
	// How it ended is in the state; stdin that was not read is no fault.
	_ = p.cmd.Wait()
	return p.cmd.ProcessState
}

// signal asks the whole group, as long as its number is ours.
func (p *program) signal(s syscall.Signal) {
	// It may have ended just now; looking tells.
	_ = syscall.Kill(-p.cmd.Process.Pid, s)
}

// members are those of the group that run.
func (p *program) members() []process {
	return find(func(pid int, s stat) bool { return s.group == p.cmd.Process.Pid })
}

// escaped are those that left the group and still carry its marker.
func (p *program) escaped() []process { return marked(p.marker) }

// marked finds what runs with a marker in its environment.
func marked(marker string) []process {
	want := []byte(actions.Marker + "=" + marker)
	return find(func(pid int, _ stat) bool {
		env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
		return err == nil && slices.ContainsFunc(bytes.Split(env, []byte{0}), func(v []byte) bool { return bytes.Equal(v, want) })
	})
}

// find lists the processes that run and fit.
func find(fits func(pid int, s stat) bool) []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var out []process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if s, ok := statOf(pid); ok && !s.dead() && fits(pid, s) {
			out = append(out, process{pid, s.name})
		}
	}
	return out
}

// stat is what the system tells of a process.
type stat struct {
	name    string
	state   byte
	group   int
	threads int
	started uint64
}

// dead tells whether nothing of it runs. One whose first thread has ended looks like a
// zombie as long as its other threads go on.
func (s stat) dead() bool { return s.state == 'X' || s.state == 'Z' && s.threads <= 1 }

func statOf(pid int) (stat, bool) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return stat{}, false
	}
	// The name stands in brackets and may hold anything.
	open, closed := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || closed < open {
		return stat{}, false
	}
	fields := strings.Fields(string(text[closed+1:]))
	if len(fields) < 20 {
		return stat{}, false
	}
	s := stat{name: string(text[open+1 : closed]), state: fields[0][0]}
	var errs [3]error
	s.group, errs[0] = strconv.Atoi(fields[2])
	s.threads, errs[1] = strconv.Atoi(fields[17])
	s.started, errs[2] = strconv.ParseUint(fields[19], 10, 64)
	return s, errors.Join(errs[:]...) == nil
}

// startOf is when a process began, in the system's ticks since its boot; 0: not known.
func startOf(pid int) uint64 {
	s, _ := statOf(pid)
	return s.started
}

// bootID names the boot of this host; "" where that isn't told.
func bootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// stillRunning finds what is left of an earlier run.
func (n note) stillRunning() []process {
	out := marked(n.Marker)
	if n.PID == 0 {
		return out
	}
	group := find(func(pid int, s stat) bool {
		return pid == n.PID && s.started == n.Started || s.group == n.PID && pid != n.PID && s.started >= n.Started
	})
	for _, one := range group {
		if !slices.ContainsFunc(out, func(p process) bool { return p.pid == one.pid }) {
			out = append(out, one)
		}
	}
	return out
}

//go:build !linux

package runner

import (
	"os"
	"syscall"
)

// Where there is no /proc, a group is looked at by its number alone, and what left it
// can't be found.

func (p *program) exited() <-chan struct{} {
	out := make(chan struct{})
	go func() {
		defer close(out)
		_ = p.cmd.Wait() // the state says how it ended
		p.ended.Store(true)
	}()
	return out
}

func (p *program) hasExited() bool { return p.ended.Load() }

func (p *program) reap() *os.ProcessState { return p.cmd.ProcessState }

func (p *program) signal(s syscall.Signal) {
	_ = syscall.Kill(-p.cmd.Process.Pid, s) // it may have ended just now; looking tells
}

func (p *program) members() []process {
	if syscall.Kill(-p.cmd.Process.Pid, 0) != nil {
		return nil
	}
	return []process{{p.cmd.Process.Pid, "group"}}
}

func (p *program) escaped() []process { return nil }

func startOf(int) uint64 { return 0 }

func bootID() string { return "" }

func (n note) stillRunning() []process {
	if n.PID == 0 || syscall.Kill(-n.PID, 0) != nil {
		return nil
	}
	return []process{{n.PID, "a group of that number"}}
}

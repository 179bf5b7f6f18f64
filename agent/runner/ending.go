package runner

import (
	"fmt"
	"strings"
	"syscall"
	"time"

	"expertcontroller/schema"
)

// ending is what it took to end a group.
type ending struct {
	// left are those that were there when the program itself had ended.
	left []process
	// killed tells that asking was not enough.
	killed bool
	// remain are those that can't even be killed.
	remain []process
}

// endGroup ends what runs in the group: asked first, then killed.
func (p *program) endGroup() ending {
	var e ending
	running := p.members()
	if p.hasExited() {
		e.left = running
	}
	if len(running) == 0 && p.hasExited() {
		return e
	}
	signal := syscall.SIGTERM
	if p.Abort != nil {
		signal = signals[p.Abort.Signal]
	}
	p.signal(signal)
	if p.gone(p.grace) {
		return e
	}
	e.killed = true
	p.report(fmt.Sprintf("it has not ended within %s, and is killed", short(p.grace)), -1, "")
	p.signal(syscall.SIGKILL)
	if !p.gone(killedWithin) {
		e.remain = p.members()
	}
	return e
}

// gone waits until nothing of the group runs.
func (p *program) gone(within time.Duration) bool {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		if p.hasExited() && len(p.members()) == 0 {
			return true
		}
		select {
		case <-deadline.C:
			return false
		case <-look.C:
		}
	}
}

// process is one that runs.
type process struct {
	pid  int
	name string
}

// list names processes for people.
func list(ps []process) string {
	var out []string
	for i, one := range ps {
		if i == 5 {
			out = append(out, fmt.Sprintf("and %d more", len(ps)-i))
			break
		}
		out = append(out, fmt.Sprintf("pid %d (%s)", one.pid, schema.Clean(one.name)))
	}
	return strings.Join(out, ", ")
}

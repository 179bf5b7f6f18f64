package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"expertcontroller/agent"
	"expertcontroller/agent/actions"
	"expertcontroller/schema"
)

const (
	// maxData is the largest JSON object that a program may return, in bytes.
	maxData = 16 << 10
	// lookEvery is how often a group that is to end is looked at.
	lookEvery = 20 * time.Millisecond
	// killedWithin is how long the system may take to end what was killed.
	killedWithin = 5 * time.Second
	// drainedWithin is how long the output is still read of what is known to have left the group.
	drainedWithin = 200 * time.Millisecond
	// endedWithin is how long the output may stay open when nothing runs any more, as far
	// as can be seen: what is in the pipe by then is read in no time.
	endedWithin = 5 * time.Second
)

// standardPath is the PATH that every program gets.
const standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

var signals = map[string]syscall.Signal{
	"": syscall.SIGTERM, "TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP,
	"QUIT": syscall.SIGQUIT, "USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2,
}

// program is a program that is being run.
type program struct {
	*task
	// ended tells that the program itself has.
	ended  atomic.Bool
	cmd    *exec.Cmd
	marker string
	out    *output
	data   bytes.Buffer
	// reading is closed when nothing more will be read.
	reading chan struct{}
	// held tells, once reading is closed, that somebody held the output open to the last.
	held  bool
	pipes []*os.File
}

func (r *Runner) exec(ctx context.Context, t *task) agent.Outcome {
	p := &program{task: t, marker: random(), out: &output{job: t.job}, reading: make(chan struct{})}
	if err := p.prepare(); err != nil {
		return t.nothingDone(err)
	}
	note := note{Work: t.job.Work, Action: t.Name, Marker: p.marker, Boot: bootID(), At: time.Now().UTC()}
	if err := r.note(note); err != nil {
		return t.nothingDone(fmt.Errorf("noting what is about to run: %w; make room beside the journal", err))
	}
	if ctx.Err() != nil {
		return agent.Outcome{Outcome: schema.OutcomeAborted, Text: why(ctx) + ", before it began: nothing was done"}
	}
	if err := p.start(); err != nil {
		return t.nothingDone(fmt.Errorf("starting %s: %w; see whether it can be started as this user in this directory", p.Program(), err))
	}
	note.PID, note.Started = p.cmd.Process.Pid, startOf(p.cmd.Process.Pid)
	if err := r.note(note); err != nil {
		// It runs; after a crash it would be found by its marker alone.
		r.log.Warn("the number of a program could not be noted", "program", p.Program(), "error", err)
	}
	return p.follow(ctx)
}

// prepare fills every template and makes the command; nothing runs yet.
func (p *program) prepare() error {
	args, err := p.Command()
	if err != nil {
		return err
	}
	stated, err := p.Environment()
	if err != nil {
		return err
	}
	account, err := actions.Credential(p.Exec.User)
	if err != nil {
		return err
	}
	env := map[string]string{"PATH": standardPath, "HOME": account.Home, "USER": account.Name, "LANG": "C.UTF-8"}
	for _, name := range p.Exec.Inherit {
		if value, there := os.LookupEnv(name); there {
			env[name] = value
		}
	}
	maps.Copy(env, stated)
	env[actions.Marker] = p.marker
	cmd := &exec.Cmd{
		Path: args[0], Args: args, Dir: p.Exec.Directory,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true, Credential: account.Credential},
		WaitDelay:   time.Second,
	}
	if cmd.Dir == "" {
		cmd.Dir = "/"
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		cmd.Env = append(cmd.Env, name+"="+env[name])
	}
	if p.Exec.Stdin == schema.StdinObject {
		values, err := p.ParametersJSON()
		if err != nil {
			return err
		}
		cmd.Stdin = bytes.NewReader(append(values, '\n'))
	}
	p.cmd = cmd
	return nil
}

// start starts it, with its output in a pipe of our own: whatever keeps that open
// can't keep us waiting.
func (p *program) start() error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	p.cmd.Stdout, p.cmd.Stderr = write, write
	p.pipes = []*os.File{read}
	theirs := []*os.File{write}
	if p.Exec.Data {
		data, into, err := os.Pipe()
		if err != nil {
			return errors.Join(err, read.Close(), write.Close())
		}
		p.cmd.ExtraFiles = []*os.File{into}
		p.pipes, theirs = append(p.pipes, data), append(theirs, into)
	}
	err = p.cmd.Start()
	for _, f := range theirs {
		_ = f.Close() // the program has its own
	}
	if err != nil {
		p.closePipes()
		return err
	}
	go p.read()
	return nil
}

func (p *program) closePipes() {
	for _, f := range p.pipes {
		_ = f.Close() // only read from
	}
}

// read takes everything that is printed until the pipes end, or their deadline.
func (p *program) read() {
	defer close(p.reading)
	data := make(chan struct{})
	go func() {
		defer close(data)
		if len(p.pipes) > 1 {
			_, _ = io.Copy(&p.data, io.LimitReader(p.pipes[1], maxData+1))
			// What is beyond the limit makes it too large. It is read, so that the program
			// is not kept waiting for ever, and forgotten.
			_, _ = io.Copy(io.Discard, p.pipes[1])
		}
	}()
	masked := p.Mask.Writer(p.out)
	// It ends with the pipe; what could be read is kept.
	_, err := io.Copy(masked, p.pipes[0])
	p.held = errors.Is(err, os.ErrDeadlineExceeded)
	_ = masked.Close() // the output never fails
	<-data
}

// follow waits until the program and its group have ended, and says how.
func (p *program) follow(ctx context.Context) agent.Outcome {
	exited := p.exited()
	var stop <-chan struct{}
	if p.Stops() {
		stop = ctx.Done()
	}
	told := ctx.Done()
	asked := ""
	for asked == "" {
		select {
		case <-exited:
			return p.conclude("", p.endGroup())
		case <-stop:
			asked = why(ctx)
		case <-told:
			if told = nil; stop == nil {
				p.report("told to stop ("+why(ctx)+"); this action goes on to its end, as its author says", -1, "")
			}
		}
	}
	return p.conclude(asked, p.endGroup())
}

// drain waits for the end of the output. What left the group may keep it open for
// ever, so that it gets a moment only.
func (p *program) drain(open bool) {
	wait := endedWithin
	if open {
		wait = drainedWithin
	}
	for _, f := range p.pipes {
		// Without deadlines, which no pipe of ours lacks, the reader ends with Close.
		_ = f.SetReadDeadline(time.Now().Add(wait))
	}
	<-p.reading
	p.closePipes()
}

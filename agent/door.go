package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"expertcontroller/schema"
)

// longestSocketPath is what the address of a unix socket can hold, in bytes.
const longestSocketPath = 100

// doorRequest is what AbortHere sends: one line of JSON.
type doorRequest struct {
	Command string `json:"command"`
	By      string `json:"by"`
	Note    string `json:"note,omitzero"`
}

// HostAnswer is what the agent on this host says to an abort: one line at once, and,
// if something was under way, one when that has ended.
type HostAnswer struct {
	Agent string `json:"agent"`
	// Found says that an attempt was under way.
	Found  bool        `json:"found"`
	Work   schema.Work `json:"work,omitzero"`
	Action string      `json:"action,omitzero"`
	// Ended says that it is over; Outcome and Text then say how.
	Ended   bool   `json:"ended,omitzero"`
	Outcome string `json:"outcome,omitzero"`
	Text    string `json:"text"`
}

// door lets a person on the agent's host stop what the agent does, with no broker
// and no controller: a unix socket beside the journal, for its owner only.
type door struct {
	listener net.Listener
	release  func()
	leave    context.CancelFunc
	calls    sync.WaitGroup
}

func socketOf(journal string) string { return journal + ".sock" }

// reachable gives a path for the socket that its address can hold: a long one is
// reached through the open directory, where the system has such a thing.
func reachable(path string) (short string, release func(), err error) {
	release = func() {}
	if len(path) <= longestSocketPath {
		return path, release, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", release, err
	}
	short = fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	if _, err := os.Stat(filepath.Dir(short)); err != nil || len(short) > longestSocketPath {
		return "", release, errors.Join(fmt.Errorf("the path %s is too long for a socket: use a shorter one for the journal", path), dir.Close())
	}
	return short, func() { _ = dir.Close() }, nil
}

// openDoor listens. An agent that could not be stopped on its host does not start.
func (a *Agent) openDoor() (*door, error) {
	path := socketOf(a.journal.path)
	// The journal's lock is held: what is there belongs to an agent that has died.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening the socket %s by which the agent is stopped on its host: %w", path, err)
	}
	short, release, err := reachable(path)
	if err != nil {
		return nil, fmt.Errorf("opening the socket by which the agent is stopped on its host: %w", err)
	}
	listener, err := net.Listen("unix", short)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		release()
		return nil, fmt.Errorf("opening the socket %s by which the agent is stopped on its host: %w: name another directory with --journal", path, err)
	}
	ctx, leave := context.WithCancel(context.Background())
	d := &door{listener: listener, release: release, leave: leave}
	d.calls.Go(func() {
		for {
			conn, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				a.log.Error("an abort on this host could not be heard", "error", err)
				time.Sleep(100 * time.Millisecond) // out of descriptors, most likely
				continue
			}
			d.calls.Go(func() { a.visit(ctx, conn) })
		}
	})
	return d, nil
}

func (d *door) close() {
	_ = d.listener.Close()
	d.leave()
	d.calls.Wait()
	d.release()
}

// visit answers one caller.
func (a *Agent) visit(ctx context.Context, conn net.Conn) {
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer func() { _ = conn.Close() }()
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	var req doorRequest
	if err := json.NewDecoder(conn).Decode(&req); err != nil || req.Command != "abort" {
		a.log.Warn("somebody at the host's socket said nothing that is understood", "error", err)
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	c, answer := a.abortHere(req.By, req.Note)
	if !a.reply(conn, answer) || c == nil {
		return
	}
	gone := make(chan struct{})
	go func() {
		// The caller says nothing more: reading ends when it leaves, or when conn is closed.
		_, _ = conn.Read(make([]byte, 1))
		close(gone)
	}()
	select {
	case <-c.finished:
		answer.Ended = true
		answer.Outcome, answer.Text = c.outcome()
		a.reply(conn, answer)
	case <-gone:
	case <-ctx.Done():
	}
}

func (a *Agent) reply(conn net.Conn, answer HostAnswer) bool {
	b, err := schema.Encode(answer)
	if err != nil {
		a.log.Error("answering an abort on this host", "error", err)
		return false
	}
	_, err = conn.Write(append(b, '\n'))
	return err == nil
}

// abortHere stops what is under way, by somebody on this host.
func (a *Agent) abortHere(name, note string) (*attempt, HostAnswer) {
	answer := HostAnswer{Agent: a.Name}
	if note == "" {
		note = "stopped on the agent's host"
	}
	by := schema.By{Role: schema.RoleOperator, Name: schema.CleanName(name), Via: schema.ViaHost, Auth: "host"}
	c := a.current()
	buried := ""
	// What could not be claimed yet, since an earlier result has to be told first, is
	// meant as well.
	if (c == nil || c.over()) && a.buryOffers(by, note) > 0 {
		buried = "; what is offered now will not be begun"
	}
	if c == nil {
		answer.Text = "nothing is being carried out" + buried
		return nil, answer
	}
	answer.Found, answer.Work, answer.Action = true, c.work, c.action
	if c.halt(schema.Abort{Work: c.work, Claim: c.claim, Reason: schema.Reason{Code: schema.CodeInterrupted, Text: note}, By: by}) {
		a.log.Warn("told on this host to stop", "action", c.action, "attempt", describe(c.work), "by", name)
	}
	answer.Text = fmt.Sprintf("told %s of %s to stop", c.action, describe(c.work)) + buried
	return c, answer
}

// AbortHere stops what the agent with this journal, on this host, is carrying out. It
// needs no broker. First hears what the agent says at once; the answer says how it
// ended, or, when ctx is done before, that it was told to stop.
func AbortHere(ctx context.Context, journal, by, note string, first func(HostAnswer)) (HostAnswer, error) {
	var answer HostAnswer
	journal, err := filepath.Abs(journal)
	if err != nil {
		return answer, fmt.Errorf("reaching the agent: %w", err)
	}
	short, release, err := reachable(socketOf(journal))
	if err != nil {
		return answer, fmt.Errorf("reaching the agent: %w", err)
	}
	defer release()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", short)
	if err != nil {
		return answer, unreachable(journal, err)
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })()
	b, err := schema.Encode(doorRequest{Command: "abort", By: by, Note: note})
	if err != nil {
		return answer, err
	}
	if _, err := conn.Write(append(b, '\n')); err != nil {
		return answer, fmt.Errorf("telling the agent to stop: %w: try again", err)
	}
	lines := bufio.NewScanner(conn)
	for heard := false; lines.Scan(); heard = true {
		if err := json.Unmarshal(lines.Bytes(), &answer); err != nil {
			return answer, fmt.Errorf("hearing the agent's answer: %w", err)
		}
		if !heard && first != nil {
			first(answer)
		}
		if answer.Ended || !answer.Found {
			return answer, nil
		}
	}
	if answer.Text == "" {
		return answer, errors.New("the agent did not answer: try again, and look at its log")
	}
	// It was told to stop; that it did is not known yet.
	return answer, nil
}

// unreachable says why nobody is behind the socket.
func unreachable(journal string, cause error) error {
	if _, err := os.Stat(journal); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no journal %s: name the one of the agent to stop, with --journal", journal)
	}
	lock := flock.New(journal+".lock", flock.SetFlag(os.O_RDONLY))
	if held, err := lock.TryRLock(); err == nil && held {
		if err := lock.Unlock(); err != nil {
			return fmt.Errorf("looking whether an agent runs: %w", err)
		}
		return fmt.Errorf("no agent is running with the journal %s: nothing is being carried out by it; what it was doing when it ended, it says at its next start", journal)
	}
	return fmt.Errorf("reaching the agent with the journal %s: %w: use the same user as the agent, or end its process", journal, cause)
}

package runner

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"syscall"

	"expertcontroller/agent"
	"expertcontroller/schema"
)

// What became of a program, in words and as an outcome.

// conclude says how it ended. asked is why it was told to stop, if it was.
func (p *program) conclude(asked string, e ending) agent.Outcome {
	var state *os.ProcessState
	if len(e.remain) == 0 {
		state = p.reap()
	}
	escaped := p.escaped()
	p.drain(len(escaped) > 0 || state == nil)
	left := ""
	switch {
	case len(escaped) > 0:
		left = "what left the group still runs: " + list(escaped)
	case p.held:
		left = "something that can't be found still holds its output open"
	}
	out := agent.Outcome{Output: p.out.String()}
	ends := p.said(state)
	if state != nil && state.Exited() {
		status := state.ExitCode()
		out.ExitStatus = &status
	}
	switch {
	case len(e.remain) > 0:
		out.Outcome = schema.OutcomeUnknown
		out.Text = fmt.Sprintf("%s doesn't end although it was killed: still there: %s: look at the system itself", p.Program(), list(e.remain))
		return out
	case asked != "" && left != "":
		out.Outcome = schema.OutcomeUnknown
		out.Text = fmt.Sprintf("%s; %s and its group are gone, but %s: look at the system itself", asked, p.Program(), left)
		return out
	case asked != "":
		out.Outcome = schema.OutcomeAborted
		out.Text = asked + "; " + p.stopped(e, state, ends)
		return out
	case p.succeeded(state):
		out.Outcome = schema.OutcomeDone
	case left != "":
		// The next attempt, or the next step, would begin beside it.
		out.Outcome = schema.OutcomeUnknown
	default:
		out.Outcome = schema.OutcomeFailed
	}
	out.Text = ends
	if line := p.out.lastLine(); line != "" {
		out.Text += ": " + line
	}
	if len(e.left) > 0 {
		out.Text += fmt.Sprintf("; what it had left running was ended: %s", list(e.left))
	}
	if left != "" {
		out.Text += "; " + left
	}
	if out.Outcome == schema.OutcomeUnknown {
		out.Text += ": look at the system itself"
	}
	p.keepData(&out)
	return out
}

// stopped says what it took.
func (p *program) stopped(e ending, state *os.ProcessState, ends string) string {
	switch {
	case e.killed:
		return fmt.Sprintf("it did not end within %s when asked, and was killed with all of its group", short(p.grace))
	case p.succeeded(state):
		return ends + ", so it may have finished its work; nothing of it runs any more"
	}
	return ends + "; nothing of it runs any more"
}

func (p *program) succeeded(state *os.ProcessState) bool {
	if state == nil || !state.Exited() {
		return false
	}
	done := p.Exec.Done
	if len(done) == 0 {
		done = []int{0}
	}
	return slices.Contains(done, state.ExitCode())
}

// said says how the program itself ended.
func (p *program) said(state *os.ProcessState) string {
	if state == nil {
		return p.Program() + " has not ended"
	}
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return fmt.Sprintf("%s was ended by signal %d (%s)", p.Program(), int(ws.Signal()), ws.Signal())
	}
	return fmt.Sprintf("%s ended with status %d", p.Program(), state.ExitCode())
}

// keepData takes the object that the program wrote for programs.
func (p *program) keepData(out *agent.Outcome) {
	text := bytes.TrimSpace(p.data.Bytes())
	var object map[string]json.RawMessage
	switch {
	case len(text) == 0:
	case len(text) > maxData:
		out.Text += fmt.Sprintf(" (its data was left out: more than %d bytes)", maxData)
	case json.Unmarshal(text, &object) != nil:
		out.Text += " (its data was left out: no JSON object)"
	default:
		out.Data = bytes.Clone(text)
	}
}

package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"expertcontroller/schema"
)

// Runner carries out actions: programs, web calls, or a play of them.
type Runner interface {
	// Actions are what the agent offers; "*" stands for every action.
	Actions() []schema.Action
	// Simulated says that actions are played: every record is marked so.
	Simulated() bool
	// Run carries out a job and returns when it has really ended, not when it was told
	// to end. When ctx is done the job has to stop; Stopped(ctx) says why. A Runner
	// looks at ctx before it first touches anything.
	Run(ctx context.Context, job Job) Outcome
}

// Witness is a Runner that can tell, after a crash of the agent, what is left of an
// attempt that it was carrying out; "" where it can't.
type Witness interface {
	Left(work schema.Work) string
}

// Stopper is a Runner that knows how long an action may take to end once it is told to;
// 0 where it does not know, or where the action is not to be stopped.
type Stopper interface {
	StopsWithin(action string) time.Duration
}

// left adds what the Runner can still see of an attempt to what is told about it.
func left(runner Runner, work schema.Work) string {
	if w, ok := runner.(Witness); ok {
		if text := w.Left(work); text != "" {
			return "; " + text
		}
	}
	return ""
}

// Job is one attempt as a Runner sees it.
type Job struct {
	Work       schema.Work
	Title      string
	Action     string
	Parameters json.RawMessage
	// Timeout is how long the attempt may take; the agent enforces it through ctx.
	Timeout time.Duration
	// Report says how far the job got: a line for people, percent 0 to 100 or -1 where
	// nobody knows, and what was printed since the last report. It never blocks.
	Report func(text string, percent int, output string)
}

// Outcome is how a job ended.
type Outcome struct {
	// Outcome is one of schema.OutcomeDone, OutcomeFailed, OutcomeAborted and
	// OutcomeUnknown; what was aborted because its time was over the agent calls timed
	// out. A Runner says OutcomeTimedOut itself where the action's own time is shorter.
	Outcome string
	Text    string
	// ExitStatus is the program's, where there was one.
	ExitStatus *int
	// Output is what the job printed; empty: what it reported.
	Output string
	// Data is a JSON object for programs.
	Data json.RawMessage
}

// ErrTimedOut is why a job has to stop when its time is over.
var ErrTimedOut = errors.New("its time was over")

// Aborted is why a job has to stop when somebody asked for it.
type Aborted struct{ Abort schema.Abort }

// Error says who asked, and why.
func (a *Aborted) Error() string {
	why := a.Abort.Reason.Text
	if why == "" {
		why = a.Abort.Reason.Code
	}
	if why == "" {
		return fmt.Sprintf("stopped by %s", a.Abort.By)
	}
	return fmt.Sprintf("stopped by %s: %s", a.Abort.By, why)
}

// CutOff is why a job has to stop when its agent reached no controller for as long as
// its action allows.
type CutOff struct{ After time.Duration }

// Error says for how long nobody could be reached.
func (c *CutOff) Error() string {
	return fmt.Sprintf("no controller could be reached for %s", schema.Duration(c.After))
}

// Stopped gives why a job has to stop: ErrTimedOut, an *Aborted or a *CutOff; nil while
// it may go on.
func Stopped(ctx context.Context) error { return context.Cause(ctx) }

package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"expertcontroller/agent"
	"expertcontroller/agent/actions"
	"expertcontroller/schema"
)

// defaultGrace is how long an action has to end when it is asked.
const defaultGrace = 10 * time.Second

// Config is what a Runner needs.
type Config struct {
	Actions *actions.Set
	// Asker asks services on the broker; nil where no action does.
	Asker Asker
	// Beside is the path of the agent's journal: what runs is noted beside it.
	Beside string
	Log    *slog.Logger
}

// Runner carries out the actions of a file.
type Runner struct {
	Config
	log *slog.Logger
}

var (
	_ agent.Runner  = (*Runner)(nil)
	_ agent.Witness = (*Runner)(nil)
	_ agent.Stopper = (*Runner)(nil)
)

// New makes one.
func New(c Config) (*Runner, error) {
	if c.Actions == nil || c.Beside == "" {
		return nil, errors.New("making a runner: it needs actions and the path of a journal")
	}
	r := &Runner{Config: c, log: c.Log}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r, nil
}

// Actions are those of the file.
func (r *Runner) Actions() []schema.Action { return r.Config.Actions.Offered() }

// Simulated says no.
func (r *Runner) Simulated() bool { return false }

// errLimit is why a job has to stop when the action's own time is over.
var errLimit = errors.New("the action's own time was over")

// task is one attempt that is being carried out.
type task struct {
	*actions.Bound
	job agent.Job
	// limit is how long it may take: the shorter of the step's and the action's time.
	limit time.Duration
	begun time.Time
	grace time.Duration
}

// Run carries out a job.
func (r *Runner) Run(ctx context.Context, job agent.Job) agent.Outcome {
	action := r.Config.Actions.Find(job.Action)
	if action == nil {
		return nothingDone("this agent's file has no action " + job.Action)
	}
	bound, err := r.Config.Actions.Bind(action, job.Work, job.Parameters)
	if err != nil {
		return nothingDone(err.Error())
	}
	t := &task{Bound: bound, job: job, limit: job.Timeout, begun: time.Now(), grace: graceOf(action)}
	if t.limit <= 0 {
		t.limit = schema.DefaultPolicy().StepTimeout.D()
	}
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if action.Timeout != nil && action.Timeout.D() < t.limit {
		t.limit = action.Timeout.D()
		own := time.AfterFunc(t.limit, func() { cancel(errLimit) })
		defer own.Stop()
	}
	if limited.Err() != nil {
		return agent.Outcome{Outcome: schema.OutcomeAborted, Text: why(limited) + ", before it began: nothing was done"}
	}
	var out agent.Outcome
	switch {
	case action.Exec != nil:
		out = r.exec(limited, t)
	case action.HTTP != nil:
		out = r.http(limited, t)
	default:
		out = r.nats(limited, t)
	}
	if out.Outcome == schema.OutcomeAborted && errors.Is(context.Cause(limited), errLimit) {
		out.Outcome = schema.OutcomeTimedOut
	}
	out.Text, out.Output = t.Mask.Text(out.Text), t.Mask.Text(out.Output)
	if len(out.Data) > 0 {
		out.Data = []byte(t.Mask.Text(string(out.Data)))
	}
	return out
}

// graceOf is how long an action has to end when it is asked.
func graceOf(action *actions.Action) time.Duration {
	if action.Abort != nil && action.Abort.Grace != nil {
		return action.Abort.Grace.D()
	}
	return defaultGrace
}

// StopsWithin is how long an action may take to end once it is told to: its grace, and
// for a program the time in which the system ends what is killed.
func (r *Runner) StopsWithin(name string) time.Duration {
	action := r.Config.Actions.Find(name)
	switch {
	case action == nil || !action.Stops():
		return 0
	case action.Exec != nil:
		return graceOf(action) + killedWithin
	}
	return graceOf(action)
}

func nothingDone(why string) agent.Outcome {
	return agent.Outcome{Outcome: schema.OutcomeFailed, Text: why + ": nothing was done"}
}

// nothingDone ends a task before anything was done.
func (t *task) nothingDone(err error) agent.Outcome { return nothingDone(t.Mask.Text(err.Error())) }

// report tells how far the task got, without secrets.
func (t *task) report(text string, percent int, output string) {
	t.job.Report(t.Mask.Text(text), percent, t.Mask.Text(output))
}

// over gives a channel that is closed when the task has to stop. One that can't be
// stopped is told so by its hard end only, when its time is over.
func (t *task) over(ctx context.Context) (<-chan struct{}, func()) {
	if t.Stops() {
		return ctx.Done(), func() {}
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.limit-time.Since(t.begun))
	return hard.Done(), cancel
}

// why says why a task has to stop.
func why(ctx context.Context) string {
	cause := context.Cause(ctx)
	var aborted *agent.Aborted
	switch {
	case cause == nil:
		return "its time was over"
	case errors.As(cause, &aborted) && aborted.Abort.Reason.Text != "":
		return aborted.Abort.Reason.Text
	}
	return cause.Error()
}

func short(d time.Duration) string { return schema.Duration(d.Round(10 * time.Millisecond)).String() }

func orDefault(d *schema.Duration, otherwise time.Duration) time.Duration {
	if d == nil {
		return otherwise
	}
	return d.D()
}

// unknown ends a task of which nobody knows what became.
func unknown(format string, args ...any) agent.Outcome {
	return agent.Outcome{Outcome: schema.OutcomeUnknown, Text: fmt.Sprintf(format, args...) + ": look at the system itself"}
}

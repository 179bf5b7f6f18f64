package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"expertcontroller/schema"
)

// play is one job being played.
type play struct {
	*Simulator
	job    Job
	order  order
	lines  []string
	length time.Duration
	back   <-chan struct{}
}

// until plays the given share of the script; false: told to stop before.
func (p *play) until(ctx context.Context, share float64) bool {
	steps := max(1, int(float64(len(p.lines))*share))
	if share <= 0 || ctx.Err() != nil {
		return ctx.Err() == nil
	}
	pause := time.NewTicker(max(time.Duration(float64(p.length)*share/float64(steps)), 1))
	defer pause.Stop()
	for i := range steps {
		line := p.lines[i%len(p.lines)]
		p.job.Report(line, 100*i/len(p.lines), line+"\n")
		select {
		case <-ctx.Done():
			return false
		case <-pause.C:
		}
	}
	return true
}

// effect lets the action take effect.
func (p *play) effect() *Outcome {
	if err := p.device.Apply(p.job.Work, p.job.Action, p.job.Parameters); err != nil {
		p.job.Report("it had no success", -1, err.Error()+"\n")
		return &Outcome{Outcome: schema.OutcomeFailed, Text: err.Error()}
	}
	return nil
}

func (p *play) done(text string) Outcome {
	p.job.Report("done", 100, "done\n")
	return Outcome{Outcome: schema.OutcomeDone, Text: text, Data: p.order.Data}
}

func (p *play) succeed(ctx context.Context) Outcome {
	if !p.until(ctx, 1) || ctx.Err() != nil {
		return p.aborted(ctx)
	}
	if failed := p.effect(); failed != nil {
		return *failed
	}
	return p.done(fmt.Sprintf("%s done (simulated)", p.job.Action))
}

func (p *play) aborted(ctx context.Context) Outcome {
	why := "told to stop"
	if cause := Stopped(ctx); cause != nil {
		why = cause.Error()
	}
	p.job.Report("stopped", -1, "stopped: "+why+"\n")
	return Outcome{Outcome: schema.OutcomeAborted, Text: why + "; it has stopped (simulated)"}
}

func (p *play) fail(ctx context.Context) Outcome {
	if !p.until(ctx, 0.6) {
		return p.aborted(ctx)
	}
	status := 1
	line := "error: " + p.lines[len(p.lines)-1] + " did not succeed"
	p.job.Report(line, -1, line+"\n")
	return Outcome{Outcome: schema.OutcomeFailed, Text: p.job.Action + " failed (simulated)", ExitStatus: &status}
}

// hang never gets on, but stops when told.
func (p *play) hang(ctx context.Context) Outcome {
	if !p.until(ctx, 0.4) {
		return p.aborted(ctx)
	}
	p.job.Report("waiting for an answer that doesn't come", -1, "no answer\n")
	if p.order.For > 0 {
		timer := time.NewTimer(p.order.For.D())
		defer timer.Stop()
		select {
		case <-timer.C:
			if failed := p.effect(); failed != nil {
				return *failed
			}
			return p.done(p.job.Action + " done after hanging for a while (simulated)")
		case <-ctx.Done():
		}
	}
	<-ctx.Done()
	return p.aborted(ctx)
}

// ignoreAbort goes on whatever it is told, and takes effect in the end.
func (p *play) ignoreAbort() Outcome {
	p.length = p.lasts(time.Minute)
	p.job.Report("at work, and deaf", -1, "no abort will be heard\n")
	timer := time.NewTimer(p.length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.back:
	}
	if failed := p.effect(); failed != nil {
		return *failed
	}
	return p.done(p.job.Action + " done; no abort was heard (simulated)")
}

// vanish plays a machine that dies in the middle: nothing more is heard of it until
// it is told to come back, and then it can't tell what it did.
func (p *play) vanish(ctx context.Context) Outcome {
	if !p.until(ctx, 0.5) {
		return p.aborted(ctx)
	}
	if p.order.Effect {
		if failed := p.effect(); failed != nil {
			return *failed
		}
	}
	p.line.cut()
	var comes <-chan time.Time
	if p.order.For > 0 {
		timer := time.NewTimer(p.order.For.D())
		defer timer.Stop()
		comes = timer.C
	}
	select {
	case <-comes:
		p.line.mend()
	case <-p.back:
	}
	return Outcome{Outcome: schema.OutcomeUnknown, Text: "the machine was away and can't tell how far it got (simulated): look at the system itself"}
}

func (p *play) lasts(otherwise time.Duration) time.Duration {
	if p.order.For > 0 {
		return p.order.For.D()
	}
	return p.scaled(otherwise)
}

// script is what an action says while it is played, and how long it takes.
type script struct {
	least, most time.Duration
	lines       []string
}

func scriptOf(job Job) script {
	groups := func(key string) string {
		var fields map[string]json.RawMessage
		var names []string
		if json.Unmarshal(job.Parameters, &fields) != nil || json.Unmarshal(fields[key], &names) != nil {
			return ""
		}
		return strings.Join(names, ", ")
	}
	switch job.Action {
	case "stop_start":
		return script{4 * time.Second, 8 * time.Second, []string{
			"stopping the run", "waiting for the read-out to drain", "run stopped", "starting the run", "waiting for the first triggers", "the run is on"}}
	case "recycle", "stop_start_recycle":
		var lines []string
		for _, colour := range []string{"red", "green"} {
			if names := groups(colour); names != "" {
				lines = append(lines, colour+" recycle of "+names, names+" initialised")
			}
		}
		if job.Action == "recycle" {
			return script{3 * time.Second, 7 * time.Second, append(lines, "waiting for the partitions", "the partitions are ready")}
		}
		lines = append([]string{"stopping the run", "run stopped"}, lines...)
		return script{6 * time.Second, 12 * time.Second, append(lines, "starting the run", "waiting for the first triggers", "the run is on")}
	case "ttc_hard_reset":
		return script{time.Second, 2 * time.Second, []string{"sending the TTC hard reset", "waiting for the front ends", "front ends answer"}}
	case "check", "probe":
		return script{300 * time.Millisecond, 800 * time.Millisecond, []string{"looking", "looked"}}
	}
	return script{2 * time.Second, 5 * time.Second, []string{"beginning " + job.Action, "half of " + job.Action + " is done", "ending " + job.Action}}
}

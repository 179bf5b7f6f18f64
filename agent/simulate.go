package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"expertcontroller/schema"
)

// Device is what a simulated action takes effect on. It is called once when an
// action has taken effect; an error makes the action fail.
type Device interface {
	Apply(work schema.Work, action string, parameters json.RawMessage) error
}

// DeviceFunc makes a Device of a function.
type DeviceFunc func(work schema.Work, action string, parameters json.RawMessage) error

// Apply calls the function.
func (f DeviceFunc) Apply(work schema.Work, action string, parameters json.RawMessage) error {
	return f(work, action, parameters)
}

// Simulator is a Runner that plays every action: plausible durations, progress,
// output, and trouble on demand. The same seed and the same attempt play the same.
type Simulator struct {
	speed  float64
	seed   uint64
	device Device
	line   *Line

	mu   sync.Mutex
	mode Mode
	// playing counts the actions that are played.
	playing int
	// back is closed, and made anew, by ComeBack.
	back chan struct{}
}

// NewSimulator makes one. Speed 1 is real time, 10 is ten times as fast; 0 means 1.
// A nil device is none.
func NewSimulator(speed float64, seed uint64, device Device) *Simulator {
	if speed <= 0 {
		speed = 1
	}
	if device == nil {
		device = DeviceFunc(func(schema.Work, string, json.RawMessage) error { return nil })
	}
	return &Simulator{speed: speed, seed: seed, device: device, line: &Line{}, mode: ModeOK, back: make(chan struct{})}
}

// usuallyAtMost is how long the longest of the scripts is played.
const usuallyAtMost = 12 * time.Second

// Actions offers every action.
func (s *Simulator) Actions() []schema.Action {
	usual := schema.Duration(s.scaled(usuallyAtMost))
	return []schema.Action{{Name: "*", Description: "plays every action; nothing real is touched", Usual: &usual}}
}

// Simulated says yes.
func (s *Simulator) Simulated() bool { return true }

// Line puts a line that the simulator can cut between an agent and its controller:
// an agent that is to vanish has to ask through it.
func (s *Simulator) Line(controller Controller) Controller {
	s.line.Controller = controller
	return s.line
}

// SetMode says how every action from now on is played, unless its request says otherwise.
func (s *Simulator) SetMode(mode Mode) {
	s.mu.Lock()
	s.mode = mode
	s.mu.Unlock()
}

// Mode is how actions are played now.
func (s *Simulator) Mode() Mode {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mode
}

// Vanish makes the machine die: at once, if it plays something, and else in the middle
// of what it plays next; until ComeBack.
func (s *Simulator) Vanish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode = ModeVanish
	if s.playing > 0 {
		s.line.cut()
	}
}

// plays counts what is played.
func (s *Simulator) plays(more int) {
	s.mu.Lock()
	s.playing += more
	s.mu.Unlock()
}

// Vanished tells whether the simulated machine is away.
func (s *Simulator) Vanished() bool { return s.line.isCut() }

// ComeBack brings a machine back that has vanished, and ends what ignores its abort.
func (s *Simulator) ComeBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line.mend()
	close(s.back)
	s.back = make(chan struct{})
}

func (s *Simulator) comesBack() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.back
}

// Run plays a job.
func (s *Simulator) Run(ctx context.Context, job Job) Outcome {
	s.plays(1)
	defer s.plays(-1)
	back := s.comesBack()
	order, err := readOrder(job.Parameters, s.Mode())
	if err != nil {
		return Outcome{Outcome: schema.OutcomeFailed, Text: err.Error()}
	}
	script := scriptOf(job)
	p := &play{Simulator: s, job: job, order: order, lines: script.lines, back: back}
	p.length = s.lengthOf(job, script)
	switch order.Mode {
	case ModeFail:
		return p.fail(ctx)
	case ModeHang:
		return p.hang(ctx)
	case ModeIgnoreAbort:
		return p.ignoreAbort()
	case ModeVanish:
		return p.vanish(ctx)
	case ModeSlow:
		p.length *= 5
	}
	return p.succeed(ctx)
}

// lengthOf is how long the job takes, between the script's bounds, by seed.
func (s *Simulator) lengthOf(job Job, script script) time.Duration {
	h := fnv.New64a()
	// Writing to a hash never fails.
	_, _ = fmt.Fprintf(h, "%d %s %s", s.seed, describe(job.Work), job.Action)
	share := rand.New(rand.NewPCG(s.seed, h.Sum64())).Float64()
	return s.scaled(script.least + time.Duration(share*float64(script.most-script.least)))
}

func (s *Simulator) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / s.speed)
}

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

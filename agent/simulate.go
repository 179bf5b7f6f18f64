package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
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

// Actions offers every action.
func (s *Simulator) Actions() []schema.Action {
	return []schema.Action{{Name: "*", Description: "plays every action; nothing real is touched"}}
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

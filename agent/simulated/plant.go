package simulated

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"expertcontroller/schema"
)

// PlantOptions is how a plant behaves. Requests are needed; the rest has defaults.
type PlantOptions struct {
	// Requests are the problems that it can have.
	Requests []schema.Request
	// Moment is how long after an action the plant recovers; default 1 s.
	Moment time.Duration
	// Failing is how likely it is, 0 to 1, that a fitting action cures nothing; default 0.
	Failing float64
	// Seed makes that the same each time.
	Seed uint64
	Log  *slog.Logger
}

// Cure is what it takes to cure a problem. The zero value: the first fitting action.
type Cure struct {
	// Attempts is how many fitting actions it takes; 0 means 1.
	Attempts int
	// Relapse: any action of the request makes the problem go away, and at once it is
	// back as a new one, which only the fitting action cures.
	Relapse bool
}

// Trouble is a problem that the plant has.
type Trouble struct {
	// Problem names this occurrence, Key its kind.
	Problem, Key string
	Subsystem    string
	Since        time.Time
	// Request is the recorded one that fits.
	Request schema.Request

	cure Cure
	// gone is when it disappears; zero: not yet decided.
	gone time.Time
}

// Plant is a simulated plant: subsystems that break and can be cured. It is the
// Device of an agent's simulator.
type Plant struct {
	o PlantOptions

	mu       sync.Mutex
	random   *rand.Rand
	troubles []Trouble
	next     int
	last     int64
	done     int
}

// NewPlant makes a healthy plant.
func NewPlant(o PlantOptions) (*Plant, error) {
	if len(o.Requests) == 0 {
		return nil, errors.New("making a plant: it needs recorded requests to break with")
	}
	if o.Moment <= 0 {
		o.Moment = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Plant{o: o, random: rand.New(rand.NewPCG(o.Seed, 0))}, nil
}

// Kinds lists the problems that it can have, in the order in which Break("") takes them.
func (p *Plant) Kinds() []string {
	var out []string
	for _, r := range p.o.Requests {
		out = append(out, keyOf(r))
	}
	return out
}

// Break gives the plant a problem: one of Kinds, or with "" the next in turn.
func (p *Plant) Break(key string, cure Cure) (Trouble, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle()
	at := p.next % len(p.o.Requests)
	if key == "" {
		p.next++
	} else if at = slices.IndexFunc(p.o.Requests, func(r schema.Request) bool { return keyOf(r) == key }); at < 0 {
		return Trouble{}, fmt.Errorf("breaking the plant: there is no recorded problem %q; there are: %s", key, strings.Join(p.Kinds(), ", "))
	}
	request := p.o.Requests[at]
	if i := slices.IndexFunc(p.troubles, func(t Trouble) bool { return t.Key == keyOf(request) }); i >= 0 {
		return p.troubles[i], fmt.Errorf("breaking the plant: it has %s already", keyOf(request))
	}
	return p.appear(request, cure, time.Now()), nil
}

// appear adds a problem with a number that no earlier one had, nor one of an earlier start.
func (p *Plant) appear(request schema.Request, cure Cure, at time.Time) Trouble {
	p.last = max(p.last+1, at.UnixMilli())
	t := Trouble{
		Problem: strconv.FormatInt(p.last, 10), Key: keyOf(request), Subsystem: subsystemOf(request),
		Since: at.UTC(), Request: request, cure: cure,
	}
	p.troubles = append(p.troubles, t)
	p.o.Log.Info("the simulated plant has a problem", "problem", t.Problem, "key", t.Key, "subsystem", t.Subsystem)
	return t
}

// Troubles lists what is wrong now.
func (p *Plant) Troubles() []Trouble {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle()
	return slices.Clone(p.troubles)
}

// Applied counts the actions that have taken effect.
func (p *Plant) Applied() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// Repair makes a problem go away by itself; "" means all.
func (p *Plant) Repair(problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, t := range p.troubles {
		if problem == "" || t.Problem == problem {
			p.troubles[i].gone, p.troubles[i].cure = time.Now(), Cure{}
		}
	}
	p.settle()
}

// settle takes away what has gone by now.
func (p *Plant) settle() {
	now := time.Now()
	var back []Trouble
	p.troubles = slices.DeleteFunc(p.troubles, func(t Trouble) bool {
		if t.gone.IsZero() || now.Before(t.gone) {
			return false
		}
		if t.cure.Relapse {
			back = append(back, t)
			return true
		}
		p.o.Log.Info("the simulated plant is cured", "problem", t.Problem, "key", t.Key, "subsystem", t.Subsystem)
		return true
	})
	for _, t := range back {
		p.appear(t.Request, Cure{Attempts: t.cure.Attempts}, now)
	}
}

// Apply is what an action does to the plant.
func (p *Plant) Apply(_ schema.Work, action string, parameters json.RawMessage) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle()
	p.done++
	named := namesIn(parameters)
	if action == "check" {
		for _, t := range p.troubles {
			if len(named) == 0 || slices.Contains(named, t.Subsystem) {
				return fmt.Errorf("%s is not well: %s", t.Subsystem, t.Key)
			}
		}
		return nil
	}
	for i := range p.troubles {
		t := &p.troubles[i]
		switch {
		case !t.gone.IsZero():
		case t.cure.Relapse && slices.ContainsFunc(t.Request.Steps, func(s schema.Step) bool { return s.Action == action }):
			t.gone = time.Now().Add(p.o.Moment)
		case !t.fits(action, named):
		case t.cure.Attempts > 1:
			t.cure.Attempts--
		case p.random.Float64() < p.o.Failing:
			p.o.Log.Info("the action fitted, and cured nothing this time", "problem", t.Problem, "action", action)
		default:
			t.gone = time.Now().Add(p.o.Moment)
		}
	}
	return nil
}

// fits tells whether an action on these subsystems is what cures: a step's action on
// the broken subsystem, or, where no step names it, the last step's action.
func (t *Trouble) fits(action string, named []string) bool {
	var last string
	names := false
	for _, step := range t.Request.Steps {
		if step.Action == "" {
			continue
		}
		last = step.Action
		if slices.Contains(namesIn(step.Parameters), t.Subsystem) {
			names = true
			if step.Action == action && slices.Contains(named, t.Subsystem) {
				return true
			}
		}
	}
	return !names && action == last
}

// Run breaks a healthy plant every so often, with the next problem in turn, until ctx is done.
func (p *Plant) Run(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if len(p.Troubles()) > 0 {
			continue
		}
		if _, err := p.Break("", Cure{}); err != nil {
			return err
		}
	}
}

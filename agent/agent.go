package agent

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"expertcontroller/schema"
)

// Config is what an agent needs. Controller, Runner, Name, System and Journal have to be set.
type Config struct {
	// Name is who it is; it stands in the subjects on which it asks.
	Name string
	// System is the one that it works for.
	System     string
	Controller Controller
	Runner     Runner
	// Journal is the path of its journal. The socket for AbortHere stands beside it.
	Journal string
	Log     *slog.Logger
	// Every is how often it asks for work; default 1 s.
	Every time.Duration
	// SayEvery is how often it says that it is acting, where the grant does not say; default 5 s.
	SayEvery time.Duration
	// CallTimeout bounds each call; default 5 s.
	CallTimeout time.Duration
	// Grace is how long a stopping agent waits at least for its action to end and its
	// result to be told; default 10 s. A Stopper may need longer, and gets it.
	Grace time.Duration
}

// Agent asks for work and carries it out, one attempt at a time.
type Agent struct {
	Config
	instance string
	journal  *journal
	log      *slog.Logger
	// doorless is for tests in virtual time, where no socket may be.
	doorless bool

	// wake asks for work at once; heard tells whoever repeats a result that the
	// controller has answered something again.
	wake, heard chan struct{}

	mu sync.Mutex
	// busy: an attempt is under way, or results of earlier ones have to be told first.
	busy     bool
	now      *attempt
	stopping bool
	again    map[string]time.Time
	// offered is what the last answer to asking offered; reached is when a controller
	// answered anything last.
	offered []schema.Offer
	reached time.Time
	tasks   sync.WaitGroup
}

// New opens the journal and makes an agent. Close it, or Run it, which closes it.
func New(config Config) (*Agent, error) {
	switch {
	case !schema.ValidName(config.Name):
		return nil, fmt.Errorf("agent %q: a name has 1 to %d of A-Z a-z 0-9 _ -", config.Name, schema.MaxName)
	case !schema.ValidName(config.System):
		return nil, fmt.Errorf("system %q: a name has 1 to %d of A-Z a-z 0-9 _ -", config.System, schema.MaxName)
	case config.Controller == nil || config.Runner == nil || config.Journal == "":
		return nil, errors.New("making an agent: it needs a controller, a runner and the path of a journal")
	}
	positive := func(d *time.Duration, otherwise time.Duration) {
		if *d <= 0 {
			*d = otherwise
		}
	}
	positive(&config.Every, time.Second)
	positive(&config.SayEvery, 5*time.Second)
	positive(&config.CallTimeout, 5*time.Second)
	positive(&config.Grace, 10*time.Second)
	log := config.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	j, err := openJournal(config.Journal, config.Name, config.System, time.Now())
	if err != nil {
		return nil, err
	}
	return &Agent{
		Config: config, instance: randomID(), journal: j, log: log.With("agent", config.Name),
		wake: make(chan struct{}, 1), heard: make(chan struct{}, 1), again: map[string]time.Time{},
	}, nil
}

// Close lets another agent have the journal. Run does it by itself.
func (a *Agent) Close() error { return a.journal.close() }

// Run works until ctx is done: then it stops the action that it is carrying out,
// tells how it ended, and returns. What could not be told is told at the next start.
func (a *Agent) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, a.journal.close()) }()
	if a.journal.torn > 0 {
		a.log.Warn("the journal's last line was cut by a crash; what it would have permitted was not begun", "bytes", a.journal.torn)
	}
	// life ends after the grace period: what must outlast ctx hangs on it.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	if !a.doorless {
		door, err := a.openDoor()
		if err != nil {
			return err
		}
		defer door.close()
	}
	a.settleThePast(life)

	a.log.Info("asking for work", "system", a.System, "actions", len(a.Runner.Actions()), "journal", a.Config.Journal)
	stopBell := a.ask(ctx, life)
	stopBell()
	a.stop()

	return a.waitForTheEnd(end)
}

// settleThePast tells how the attempts of an earlier start ended, before any other is claimed.
func (a *Agent) settleThePast(life context.Context) {
	past := a.journal.open()
	if len(past) == 0 {
		return
	}
	a.mu.Lock()
	a.busy = true
	a.mu.Unlock()
	a.tasks.Go(func() {
		for _, rec := range past {
			a.tell(life, rec.Work, a.remember(rec))
		}
		a.free()
		a.nudge(a.wake)
	})
}

// remember gives the result of an attempt that an earlier start left open.
func (a *Agent) remember(rec record) schema.Result {
	switch rec.State {
	case stateEnded:
		return *rec.Result
	case stateActing:
		return a.ended(rec.Work, rec.Claim, schema.Result{
			Outcome: schema.OutcomeUnknown, Started: utc(rec.At),
			Text: fmt.Sprintf("the agent was cut short while carrying out %s and can't tell how far it got%s: look at the system itself", orAction(rec.Action), left(a.Runner, rec.Work)),
		})
	}
	return a.ended(rec.Work, rec.Claim, schema.Result{
		Outcome: schema.OutcomeFailed,
		Text:    fmt.Sprintf("the agent restarted before it began %s: nothing was done", orAction(rec.Action)),
	})
}

// ended writes how an attempt ended. A journal that can't be written doesn't keep
// the truth from being told.
func (a *Agent) ended(work schema.Work, claim string, result schema.Result) schema.Result {
	result.Type = schema.Type(schema.KindResult)
	result.ID = randomID()
	result.Work, result.Claim = work, claim
	result.Ended = utc(time.Now())
	result = bounded(result)
	if err := a.journal.write(record{State: stateEnded, At: time.Now(), Work: work, Claim: claim, Result: &result}); err != nil {
		a.log.Error("how an attempt ended could not be written down; it is told all the same", "attempt", describe(work), "outcome", result.Outcome, "error", err)
	}
	return result
}

func (a *Agent) current() *attempt {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

// free lets the next attempt be claimed.
func (a *Agent) free() {
	a.mu.Lock()
	a.busy, a.now = false, nil
	a.mu.Unlock()
}

func (a *Agent) nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func randomID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails: it would end the program
	return hex.EncodeToString(b)
}

func describe(w schema.Work) string {
	if w.Probe {
		return fmt.Sprintf("%s probe attempt %d", w.Token, w.Attempt)
	}
	return fmt.Sprintf("%s step %d attempt %d", w.Token, w.Step, w.Attempt)
}

func orAction(action string) string {
	if action == "" {
		return "the action"
	}
	return action
}

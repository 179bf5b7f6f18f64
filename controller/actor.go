package controller

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"expertcontroller/schema"
)

// Config says what an Actor works with. System, Replica, Log, Inbox, Bus and
// Projection are needed.
type Config struct {
	System string
	// Replica names this controller among those that serve the system. A name that
	// stays the same over restarts saves waiting for oneself.
	Replica string
	// Build is the program's version, for the entries.
	Build string

	Log Log
	// Inbox gives the system's inbox, of the stream that is there now.
	Inbox      func() Inbox
	Bus        Bus
	Projection Projection

	// Seed is decided before anything of the inbox.
	Seed []Seed
	// Archive lets records go that the policy keeps no longer; nil: all are kept.
	Archive Archive
	// RetainEvery is how often is looked whether any may go; default 1 min.
	RetainEvery time.Duration
	// Room says why there is no room for new requests; nil, or an empty text: there is.
	Room func() string
	// Logger hears what an operator of the controller must know; default: slog's.
	Logger *slog.Logger
	// CatchingUp is told how far a long reading of the log got: sequence and end.
	CatchingUp func(sequence, end uint64)

	// CheckpointEntries and CheckpointBytes say after how much log a checkpoint
	// follows; defaults 5,000 entries and 64 MiB, negative: never.
	CheckpointEntries int
	CheckpointBytes   int
	// Queue is how many calls may wait for a decision; default 4,096.
	Queue int
	// Drain is how long a stop may take to decide what waits; default 5 s.
	Drain time.Duration
	// Failpoint is called at each durable operation; nil in production.
	Failpoint func(name string)
	// Now is the clock; default time.Now.
	Now func() time.Time

	// step is stepWithin; tests of what the actor does when it panics put another in its place.
	step func(*State, []Input, time.Time, int) Decision
}

// Seed is a message that the program itself brings: the policy of a log that has none
// yet (apply_policy), what the simulator offers (offered). Where the state holds such
// a document already, it is left out.
type Seed struct {
	Kind    string
	By      schema.By
	Message any
}

// Actor runs Step for one system: it stands at the log's end, gathers inputs, decides,
// appends, folds, and only then lets anything leave. One goroutine, the loop, owns the
// state; everybody else reads it through View. This file is what it has; the loop is
// Run and turn, in actor_run.go, and what makes it right is decide and append, in
// actor_decide.go and actor_append.go.
type Actor struct {
	config Config
	log    *slog.Logger

	// mu lets others read the state while the loop doesn't fold. Only the loop changes it.
	mu    sync.RWMutex
	state *State

	calls   chan *ask
	told    chan *ask
	records chan schema.Record
	looks   chan chan struct{}
	heralds chan heralded
	wake    chan struct{}
	fatal   chan error
	// ended is closed when Run has returned.
	ended chan struct{}

	counts  counts
	samples samples
	// queued counts the calls that wait, so that the queue never blocks.
	queued    atomic.Int64
	entry     atomic.Uint64
	preferred atomic.Pointer[string]
	// cuts counts the reconnects: after each one, look again before deciding.
	cuts     atomic.Uint64
	unready  atomic.Pointer[string] // why it does not decide yet; nil: it does
	stood    atomic.Bool            // it has decided, or could have, at least once
	stopping atomic.Bool
	stuck    atomic.Pointer[error] // a deadline that panics; for good
	rules    atomic.Int64          // a version of the rules that this build does not know
	clock    clockCheck
	life     signs
	heard    presence
	peers    peers
	once     inflight
	wrote    written

	running sync.WaitGroup
	loop    loopState
}

// loopState is what only the loop touches.
type loopState struct {
	asks  []*ask // calls and own observations that wait for a decision
	tolds []*ask // of the inbox, in its order
	// told is how far the inbox was read, toldSize what the waiting ones weigh.
	told     uint64
	toldSize int
	inbox    time.Time // the inbox stream's creation time
	inboxEnd uint64
	read     bool // the inbox was read to its end since the last cut
	asked    time.Time
	behind   bool
	verify   bool // read the entry at the position back before catching up
	cuts     uint64
	retry    time.Time
	backoff  time.Duration
	idle     time.Time // until then a deadline with nothing to decide is left alone
	seeded   bool
	// limit bounds a batch after one that panicked or grew too large; left is for how many more.
	limit, left int
	doubts      map[string]*proposal
	waits       map[string]*counting
	ticked      time.Time
	lastCuts    uint64
	checkpoint  checkpointing
	following   bool
}

// NewActor makes an actor that Run starts.
func NewActor(c Config) *Actor {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.CheckpointEntries == 0 {
		c.CheckpointEntries = 5000
	}
	if c.CheckpointBytes == 0 {
		c.CheckpointBytes = 64 << 20
	}
	if c.RetainEvery <= 0 {
		c.RetainEvery = time.Minute
	}
	if c.Room == nil {
		c.Room = func() string { return "" }
	}
	if c.Queue <= 0 {
		c.Queue = 4096
	}
	if c.Drain <= 0 {
		c.Drain = 5 * time.Second
	}
	if c.Failpoint == nil {
		c.Failpoint = func(string) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.step == nil {
		c.step = stepWithin
	}
	a := &Actor{
		config:  c,
		log:     c.Logger.With("system", c.System, "replica", c.Replica),
		state:   NewState(c.System),
		calls:   make(chan *ask, c.Queue+interruptRoom),
		told:    make(chan *ask, 256),
		records: make(chan schema.Record, 64),
		looks:   make(chan chan struct{}, 64),
		heralds: make(chan heralded, heraldsMost),
		wake:    make(chan struct{}, 1),
		fatal:   make(chan error, 4),
		ended:   make(chan struct{}),
	}
	a.loop.behind, a.loop.verify = true, true
	a.loop.doubts = map[string]*proposal{}
	a.loop.waits = map[string]*counting{}
	a.notReady("it has not started yet")
	return a
}

// Ready is nil when the actor decides; else it says why it does not.
func (a *Actor) Ready() error {
	if err := a.stuck.Load(); err != nil {
		return *err
	}
	if why := a.unready.Load(); why != nil {
		return fmt.Errorf("system %s is not ready: %s", a.config.System, *why)
	}
	if v := a.rules.Load(); v != 0 {
		return fmt.Errorf("system %s: the log holds decisions by version %d of the rules, this build knows %d: it answers queries and decides no more; run the newer build", a.config.System, v, schema.RulesVersion)
	}
	if err := a.clock.wrong(); err != nil {
		return fmt.Errorf("system %s is not ready: %w", a.config.System, err)
	}
	if !a.config.Bus.Connected() {
		return fmt.Errorf("system %s is not ready: no connection to the broker; it comes back by itself once the broker does", a.config.System)
	}
	return nil
}

func (a *Actor) notReady(why string) { a.unready.Store(&why) }

// View reads the state as it was folded last. f must neither change it nor keep it,
// and should be short: folding waits for it.
func (a *Actor) View(f func(*State)) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	f(a.state)
}

// Entry is the number of the last entry that was folded.
func (a *Actor) Entry() uint64 { return a.entry.Load() }

// poke wakes the loop.
func (a *Actor) poke() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

func (a *Actor) now() time.Time { return a.config.Now().UTC() }

// mine tells whether this replica acts at once: it appended last, or nobody has.
func (a *Actor) mine() bool {
	p := a.preferred.Load()
	return p == nil || *p == "" || *p == a.config.Replica
}

// grave tells errors after which going on would be wrong.
func grave(err error) bool {
	return errors.Is(err, schema.ErrForeign) || errors.Is(err, schema.ErrBroken)
}

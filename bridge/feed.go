package bridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

const (
	// gather is for how long changes share a frame after one was sent: the first goes out
	// at once, so that a prompt is seen at once.
	gather = 50 * time.Millisecond
	// gatherSize ends the gathering early, in bytes.
	gatherSize = 128 << 10
	// keepFrames and keepSize bound what is kept for those who come back.
	keepFrames = 1024
	keepSize   = 4 << 20
	// pingEvery is how often a feed makes sure that a controller answers, pingPatience for
	// how long it waits.
	pingEvery    = 2 * time.Second
	pingPatience = 3 * time.Second
	// sayAgain is how often the log says that a system can't be followed.
	sayAgain = 10 * time.Second
)

// errAnew: the picture has to be fetched again.
var errAnew = errors.New("what is shown no longer leads to what the log says")

// source is where a feed gets a system from: the client, or a recorded log.
type source interface {
	Picture(ctx context.Context, from string) (schema.Picture, error)
	Follow(ctx context.Context, after uint64, fn func(client.Update) error) error
}

// feed follows one system, however many clients it has.
type feed struct {
	system string
	source source
	log    *slog.Logger
	gather time.Duration

	shown atomic.Pointer[view]
	// silent: no controller answers.
	silent atomic.Bool

	mu      sync.Mutex
	picture *picture
	at      time.Time
	kept    int
	// snapshot is the picture encoded, at the shown entry; nil: not asked for yet.
	snapshot []byte
	pending  []*part
	waiting  int
	flushed  time.Time
	timer    *time.Timer
	// sessions are those to wake.
	sessions map[*session]struct{}
	presence *presence
	figures  feedFigures
}

// feedFigures count what a feed did.
type feedFigures struct {
	entries, frames, snapshots, resets atomic.Uint64
}

func newFeed(system string, from source, log *slog.Logger) *feed {
	f := &feed{system: system, source: from, log: log, gather: gather, sessions: map[*session]struct{}{}}
	f.presence = newPresence(f)
	f.silent.Store(true)
	return f
}

// run follows until the context ends.
func (f *feed) run(ctx context.Context) {
	var said time.Time
	for n := 0; ctx.Err() == nil; n++ {
		began := time.Now()
		err := f.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > time.Minute {
			n = 0
		}
		level := slog.LevelDebug
		early := n < 50 && f.shown.Load() == nil // a bridge may come up before the controllers
		if !early && time.Since(said) >= sayAgain {
			level, said = slog.LevelWarn, time.Now()
		}
		f.log.Log(ctx, level, "following a system begins again", "system", f.system, "error", err)
		pause := min(100*time.Millisecond<<min(n, 6), 5*time.Second)
		if f.shown.Load() == nil {
			pause = min(20*time.Millisecond*time.Duration(n/10+1), time.Second)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// follow fetches the picture, then takes every entry after it.
func (f *feed) follow(ctx context.Context) error {
	p, err := f.load(ctx)
	if err != nil {
		return err
	}
	if p.low == p.high {
		f.begin(p)
	}
	return f.source.Follow(ctx, p.low, func(u client.Update) error {
		e := &u.Entry
		if u.Missed > 0 || p.lineage != "" && e.Lineage != p.lineage {
			return errAnew
		}
		next, err := partOf(e)
		if err != nil {
			return fmt.Errorf("entry %d: %w", e.Entry, err)
		}
		f.figures.entries.Add(1)
		if p.lineage == "" {
			p.lineage = e.Lineage
			f.begin(p)
		}
		if e.Entry < p.high || e.Entry == p.high && p.low != p.high {
			for _, c := range next.changes {
				p.picture.apply(c)
			}
			if p.at = e.At; e.Entry == p.high {
				f.begin(p)
			}
			return nil
		}
		f.take(next)
		return nil
	})
}

// begin shows a fetched picture.
func (f *feed) begin(l *loaded) {
	f.mu.Lock()
	f.picture, f.at, f.snapshot, f.pending, f.waiting, f.kept = l.picture, l.at, nil, nil, 0, 0
	f.shown.Store(&view{system: f.system, lineage: l.lineage, entry: l.high})
	f.silent.Store(false)
	f.figures.resets.Add(1)
	f.mu.Unlock()
	f.wake()
}

// take adds an entry: it is shown at once, or together with others a moment later.
func (f *feed) take(p *part) {
	f.mu.Lock()
	f.pending = append(f.pending, p)
	f.waiting += p.size
	wait := f.gather - time.Since(f.flushed)
	if wait <= 0 || f.waiting >= gatherSize {
		f.flush()
		f.mu.Unlock()
		f.wake()
		return
	}
	if f.timer == nil {
		f.timer = time.AfterFunc(wait, f.flushLater)
	}
	f.mu.Unlock()
}

func (f *feed) flushLater() {
	f.mu.Lock()
	f.timer = nil
	f.flush()
	f.mu.Unlock()
	f.wake()
}

// flush makes a frame of what was gathered and shows it. The feed is locked.
func (f *feed) flush() {
	if len(f.pending) == 0 {
		return
	}
	if f.timer != nil {
		f.timer.Stop()
		f.timer = nil
	}
	old := f.shown.Load()
	next := newFrame(f.system, old.entry, f.pending)
	for _, p := range f.pending {
		for _, c := range p.changes {
			f.picture.apply(c)
		}
		f.at = p.at
	}
	f.pending, f.waiting, f.snapshot, f.flushed = nil, 0, nil, time.Now()
	frames := append(old.frames, next) // nobody looks beyond the old view's end
	for f.kept += next.size; len(frames) > keepFrames || f.kept > keepSize && len(frames) > 1; frames = frames[1:] {
		f.kept -= frames[0].size
	}
	f.shown.Store(&view{system: f.system, lineage: old.lineage, entry: next.entry, frames: frames})
	f.figures.frames.Add(1)
	f.presence.prune(f.picture)
}

// whole gives the picture encoded, and where it stands; false: nothing is known yet.
func (f *feed) whole() (body []byte, lineage string, entry uint64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.shown.Load()
	if v == nil {
		return nil, "", 0, false
	}
	if f.snapshot == nil {
		f.snapshot = snapshotOf(f.system, v.lineage, v.entry, f.at, f.picture)
	}
	f.figures.snapshots.Add(1)
	return f.snapshot, v.lineage, v.entry, true
}

// simulated tells whether an agent of the system plays.
func (f *feed) simulated() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.picture != nil && f.picture.simulated()
}

// entry is the last one that is shown.
func (f *feed) entry() uint64 {
	if v := f.shown.Load(); v != nil {
		return v.entry
	}
	return 0
}

func (f *feed) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.sessions {
		s.poke()
	}
}

func (f *feed) join(s *session) {
	f.mu.Lock()
	f.sessions[s] = struct{}{}
	f.mu.Unlock()
}

func (f *feed) leave(s *session) {
	f.mu.Lock()
	delete(f.sessions, s)
	f.mu.Unlock()
	f.presence.leave(s)
}

// listen makes sure, now and then, that a controller answers.
func (f *feed) listen(ctx context.Context, ping func(context.Context) error) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		try, cancel := context.WithTimeout(ctx, pingPatience)
		err := ping(try)
		cancel()
		var said *schema.Error
		f.silent.Store(err != nil && !errors.As(err, &said))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

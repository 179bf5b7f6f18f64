package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"expertcontroller/client"
)

const (
	// firstPause and mostPause bound the pause after a failed try; each is twice the last.
	firstPause = time.Second
	mostPause  = time.Minute
	// savedEvery is after how many entries without a notice the position is saved.
	savedEvery = 500
)

// Hook tells one URL what happens in one system. Make it with New, then Run it.
type Hook struct {
	config Config
	client *client.Client
	path   string
	log    *slog.Logger
	writer *writer
	http   *http.Client
	// first and most are the pauses; a test hurries them.
	first, most time.Duration

	// unsaved: how far it got could not be written last time.
	unsaved bool

	// begun is closed once it knows where it goes on.
	begun chan struct{}
	once  sync.Once

	mu sync.Mutex
	at position
	is State
}

// State says how a hook does, for people and figures.
type State struct {
	System string `json:"system"`
	// Entry is the last one that was told.
	Entry uint64 `json:"entry"`
	// Delivered, Failed and GivenUp count notices, tries, and notices, since the start.
	Delivered uint64 `json:"delivered"`
	Failed    uint64 `json:"failed"`
	GivenUp   uint64 `json:"given_up"`
	// Missed counts entries that were no longer kept when it looked.
	Missed uint64 `json:"missed"`
	// FailingSince is since when no try succeeds; null while all is well.
	FailingSince *time.Time `json:"failing_since"`
	// Error is what the last try met.
	Error string `json:"error,omitzero"`
}

// New makes a hook for the system that the client asks about, which keeps in the file
// how far it got.
func New(c *client.Client, config Config, file string, log *slog.Logger) (*Hook, error) {
	w, err := newWriter(config)
	if err != nil {
		return nil, err
	}
	to, err := url.Parse(config.URL)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	h := &Hook{
		config: config, client: c, path: file, log: log.With("webhook", to.Host, "system", c.System()), writer: w,
		begun: make(chan struct{}), first: firstPause, most: mostPause, is: State{System: c.System()},
		http: poster(config),
	}
	return h, nil
}

// State tells how it does.
func (h *Hook) State() State {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.is
	s.Entry = h.at.Entry
	return s
}

// Begun is closed once it knows where in the log it goes on: what happens from then on
// is told.
func (h *Hook) Begun() <-chan struct{} { return h.begun }

// Run tells until the context ends, through every cut and restart, also where how far it
// got can't be read or written for the moment: that is said, and tried again. Whoever runs
// it has more important things to do than to end for that.
func (h *Hook) Run(ctx context.Context) error {
	defer h.http.CloseIdleConnections()
	for n := 0; ; n++ {
		err := h.begin(ctx)
		if err == nil {
			n = 0
			err = h.client.Watch(ctx, "", h.at.Entry, func(u client.Update) error { return h.told(ctx, u) })
		}
		if ctx.Err() != nil {
			return h.last()
		}
		var broken *keeping
		if errors.As(err, &broken) {
			h.failing(err)
			h.log.Error("the webhook can't begin, trying again", "error", err)
		} else {
			h.log.Warn("the webhook can't follow the log, trying again", "error", err)
		}
		if h.wait(ctx, n) != nil {
			return h.last()
		}
	}
}

// last keeps how far it got for the next start. Where that can't be written, whatever
// ends the process has a better word to end with.
func (h *Hook) last() error {
	if err := h.save(); err != nil {
		h.log.Error("how far the webhook got can't be written: what was told may be told again after a restart", "error", err)
	}
	return nil
}

// keeping is an error of the file that says how far it got: without it nothing could be
// promised.
type keeping struct{ error }

func (k *keeping) Unwrap() error { return k.error }

// begin finds where to go on: where it was; where the file says; at the beginning of a log that was
// made anew; else with what happens next, which is noted at once.
func (h *Hook) begin(ctx context.Context) error {
	o, err := h.client.Overview(ctx)
	if err != nil {
		return err
	}
	if h.at.Lineage != "" && h.at.Lineage == o.Lineage {
		return nil // it was cut off, and knows better than its file
	}
	at, known, err := load(h.path)
	switch {
	case err != nil:
		return &keeping{err}
	case !known:
		at = position{System: h.client.System(), Lineage: o.Lineage, Entry: o.Entry}
	case at.System != h.client.System():
		return &keeping{fmt.Errorf("%s is of system %s: give each system a file of its own", h.path, at.System)}
	case at.Lineage != o.Lineage:
		h.log.Warn("the log was made anew: telling it from its beginning", "was", at.Lineage, "is", o.Lineage)
		at = position{System: at.System, Lineage: o.Lineage}
	}
	if err := at.save(h.path); err != nil {
		return &keeping{err}
	}
	h.mu.Lock()
	h.at = at
	h.mu.Unlock()
	h.note(func(s *State) { s.FailingSince, s.Error = nil, "" })
	h.once.Do(func() { close(h.begun) })
	return nil
}

// told tells what an entry has to tell, and only then goes on.
func (h *Hook) told(ctx context.Context, u client.Update) error {
	if u.Missed > 0 {
		h.log.Error("entries are no longer kept that were not told", "entries", u.Missed, "before", u.Entry.Entry)
		h.note(func(s *State) { s.Missed += u.Missed })
	}
	notices := h.config.notices(u)
	for _, n := range notices {
		if err := h.deliver(ctx, n); err != nil {
			return err
		}
	}
	h.mu.Lock()
	h.at.Entry = u.Entry.Entry
	h.mu.Unlock()
	if len(notices) > 0 || u.Entry.Entry%savedEvery == 0 || h.unsaved {
		err := h.save()
		if err != nil {
			// What was told is told again after a restart; what comes is told all the same.
			h.failing(err)
			h.log.Error("how far the webhook got can't be written: what was told may be told again after a restart", "entry", u.Entry.Entry, "error", err)
		} else if h.unsaved {
			h.note(func(s *State) { s.FailingSince, s.Error = nil, "" })
			h.log.Info("how far the webhook got can be written again", "entry", u.Entry.Entry)
		}
		h.unsaved = err != nil
	}
	return nil
}

// failing notes that something keeps the hook from its work.
func (h *Hook) failing(err error) {
	now := time.Now().UTC()
	h.note(func(s *State) {
		s.Error = err.Error()
		if s.FailingSince == nil {
			s.FailingSince = &now
		}
	})
}

// deliver sends a notice until it is taken, or too old; only the context's end is an error.
func (h *Hook) deliver(ctx context.Context, n Notice) error {
	for tries := 0; ; tries++ {
		err := h.send(ctx, n)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			h.note(func(s *State) {
				s.Delivered++
				if s.FailingSince != nil {
					h.log.Info("notices are taken again", "not since", *s.FailingSince)
				}
				s.FailingSince, s.Error = nil, ""
			})
			return nil
		}
		now := time.Now().UTC()
		h.failing(err)
		h.note(func(s *State) { s.Failed++ })
		if limit := time.Duration(*h.config.GiveUp); limit > 0 && now.Sub(n.At) > limit {
			h.log.Error("a notice is given up: nobody took it in time", "id", n.ID, "kind", n.Kind, "token", n.Token, "error", err)
			h.note(func(s *State) { s.GivenUp++ })
			return nil
		}
		h.log.Warn("a notice was not taken, sending it again", "id", n.ID, "tries", tries+1, "error", err)
		if err := h.wait(ctx, tries); err != nil {
			return err
		}
	}
}

// wait pauses after the nth failure, a quarter more or less.
func (h *Hook) wait(ctx context.Context, n int) error {
	pause := h.first
	for ; n > 0 && pause < h.most; n-- {
		pause *= 2
	}
	t := time.NewTimer(time.Duration(float64(min(pause, h.most)) * (0.75 + rand.Float64()/2)))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (h *Hook) note(change func(*State)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(&h.is)
}

func (h *Hook) save() error {
	h.mu.Lock()
	at := h.at
	h.mu.Unlock()
	if at.Lineage == "" {
		return nil // it never knew one
	}
	if err := at.save(h.path); err != nil {
		return &keeping{err}
	}
	return nil
}

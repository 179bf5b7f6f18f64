package cmd

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/oklog/run"
)

// stageTime is how long a stage may take to stop; then those behind it stop anyway.
const stageTime = 12 * time.Second

// errAsked ends a group because somebody asked for it.
var errAsked = errors.New("asked to stop")

// stages run together and stop one after another, in the order in which they were
// added: what takes requests first, what they depend on last. The first one that ends
// by itself ends all. (oklog/run interrupts all members at once, so each one waits for
// the one before it.)
type stages struct {
	group run.Group
	log   *slog.Logger
	// before is closed when the stage added last has ended.
	before chan struct{}
}

func newStages(ctx context.Context, log *slog.Logger) *stages {
	s := &stages{log: log, before: make(chan struct{})}
	close(s.before)
	asked, cancel := context.WithCancel(ctx)
	s.group.Add(func() error {
		<-asked.Done()
		return errAsked
	}, func(error) { cancel() })
	return s
}

// add adds a stage: work runs until its context ends, and then has stageTime to return.
func (s *stages) add(name string, work func(context.Context) error) {
	before, done := s.before, make(chan struct{})
	s.before = done
	asked := make(chan struct{})
	var once sync.Once
	s.group.Add(func() error {
		defer close(done)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- work(ctx) }()
		select {
		case err := <-ended:
			if err == nil {
				<-asked // nothing more to do is no reason to stop the others
			}
			return err
		case <-asked:
		}
		<-before
		cancel()
		late := time.NewTimer(stageTime)
		defer late.Stop()
		select {
		case err := <-ended:
			return err
		case <-late.C:
			s.log.Warn("does not stop in time; going on without it", "stage", name)
			return nil
		}
	}, func(error) { once.Do(func() { close(asked) }) })
}

// run runs all until the first one ends, then stops them; being asked is no error.
func (s *stages) run() error {
	if err := s.group.Run(); err != nil && !errors.Is(err, errAsked) {
		return err
	}
	return nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"
)

// Bounds of a writer's queue and of one of its commits.
const (
	queueEntries  = 4096
	queueBytes    = 32 << 20
	commitEntries = 512
	commitBytes   = 4 << 20
	// gatherFor is how long a commit waits for more to share it, as long as nobody waits
	// for what is in it: a commit costs much the same for one entry and for twenty, and it
	// writes to the disk on which the log waits for its own writes.
	gatherFor = 20 * time.Millisecond
	// busyCommits is how often a commit is tried while another program holds the
	// database; each try waits for five seconds.
	busyCommits = 6
)

// Writer applies what many actors have read, in the background: whatever has gathered
// while one commit ran, or shortly before one, shares it. A full queue makes Enqueue wait. An entry that
// can't be applied gives its system up: Enqueue and Wait return the reason from then on,
// until Reset or a new writer; the other systems go on.
type Writer struct {
	store *Store
	stop  func() bool
	done  chan struct{}
	// full ends a gathering: there is enough for a commit, or the writer ends.
	full chan struct{}
	// patience is gatherFor; a test has more.
	patience time.Duration

	mu       sync.Mutex
	queued   sync.Cond
	taken    sync.Cond
	queue    []Applied
	bytes    int
	closed   bool
	firstErr error
	// failed is closed with the first error.
	failed chan struct{}
}

// Writer starts a writer. It ends with ctx or with Close, in both cases after it has
// applied what is in its queue.
func (s *Store) Writer(ctx context.Context) *Writer {
	w := &Writer{store: s, done: make(chan struct{}), full: make(chan struct{}, 1), failed: make(chan struct{}), patience: gatherFor}
	w.queued.L, w.taken.L = &w.mu, &w.mu
	s.mu.Lock()
	for _, f := range s.followed {
		f.failed = nil
	}
	s.mu.Unlock()
	w.stop = context.AfterFunc(ctx, w.end)
	go w.run()
	return w
}

// Enqueue takes over one message of a log; the entry must not be changed any more. It
// waits while the queue is full, and returns why nothing of this system is applied any more.
func (w *Writer) Enqueue(a Applied) error {
	size := a.size()
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		if err := w.store.failure(a.Position.System); err != nil {
			return err
		}
		if w.closed {
			return fmt.Errorf("applying to %s: the writer has ended: %w", a.Position.System, ErrClosed)
		}
		// One that is larger than the whole queue goes in alone.
		if len(w.queue) == 0 || len(w.queue) < queueEntries && w.bytes+size <= queueBytes {
			break
		}
		w.taken.Wait()
	}
	w.queue = append(w.queue, a)
	w.bytes += size
	if len(w.queue) >= commitEntries || w.bytes >= commitBytes {
		signal(w.full)
	}
	w.queued.Signal()
	return nil
}

// Err gives the first error that made the writer give a system up; nil while all goes well.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.firstErr
}

// Failed is closed when a system was given up: Err says why. Who enqueues hears of it only
// with the next entry, which may not come for days.
func (w *Writer) Failed() <-chan struct{} { return w.failed }

// Done is closed when the writer has ended and its queue is empty.
func (w *Writer) Done() <-chan struct{} { return w.done }

// Close applies what is in the queue, ends the writer, and returns Err.
func (w *Writer) Close() error {
	w.stop()
	w.end()
	<-w.done
	return w.Err()
}

func (w *Writer) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	signal(w.full)
	w.queued.Broadcast()
	w.taken.Broadcast()
}

func (w *Writer) run() {
	defer close(w.done)
	for batch := w.take(); len(batch) > 0; batch = w.take() {
		w.apply(batch)
		w.mu.Lock()
		w.taken.Broadcast()
		w.mu.Unlock()
	}
}

// take waits for something to apply; nothing means that the writer has ended.
func (w *Writer) take() []Applied {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) == 0 && !w.closed {
		w.queued.Wait()
	}
	w.gather()
	n, bytes := 0, 0
	for n < len(w.queue) && n < commitEntries && (n == 0 || bytes < commitBytes) {
		bytes += w.queue[n].size()
		n++
	}
	batch := append([]Applied(nil), w.queue[:n]...)
	// What was taken must not be kept alive by the queue.
	w.queue = append([]Applied(nil), w.queue[n:]...)
	w.bytes -= bytes
	w.taken.Broadcast()
	return batch
}

// gather lets more come in, for a moment; w.mu is held, but not meanwhile.
func (w *Writer) gather() {
	if w.closed || len(w.queue) >= commitEntries || w.bytes >= commitBytes || w.store.waiting.Load() > 0 {
		return
	}
	w.mu.Unlock()
	defer w.mu.Lock()
	enough := time.NewTimer(w.patience)
	defer enough.Stop()
	select {
	case <-enough.C:
	case <-w.full:
	case <-w.store.hurry:
	}
}

// signal tells what is told already, or was not heard yet, only once.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// apply commits a batch; if it fails, each system for itself, so that one that is broken
// does not hold up the others.
func (w *Writer) apply(batch []Applied) {
	if w.store.failures() == 0 {
		if w.try(batch) == nil {
			return
		}
	}
	var names []string
	parts := map[string][]Applied{}
	for _, a := range batch {
		name := a.Position.System
		if parts[name] == nil {
			names = append(names, name)
		}
		parts[name] = append(parts[name], a)
	}
	for _, name := range names {
		if w.store.failure(name) != nil {
			continue
		}
		if err := w.try(parts[name]); err != nil {
			w.fail(name, err)
		}
	}
}

func (w *Writer) try(batch []Applied) error {
	var err error
	for range busyCommits {
		err = w.store.Apply(context.Background(), batch)
		var lite sqlite3.Error
		if !errors.As(err, &lite) || lite.Code != sqlite3.ErrBusy {
			return err
		}
		w.store.log.Warn("another program holds the database: trying again", "file", w.store.path)
	}
	return err
}

func (w *Writer) fail(name string, err error) {
	w.store.log.Error("the database can't follow the log any more", "system", name, "error", err)
	w.mu.Lock()
	if w.firstErr == nil {
		w.firstErr = err
		close(w.failed)
	}
	w.mu.Unlock()
	w.store.giveUp(name, err)
}

// giveUp makes everybody who waits for the system hear why.
func (s *Store) giveUp(name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.follow(name)
	f.failed = err
	f.announce()
}

func (s *Store) failure(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.followed[name]; f != nil {
		return f.failed
	}
	return nil
}

func (s *Store) failures() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.followed {
		if f.failed != nil {
			n++
		}
	}
	return n
}

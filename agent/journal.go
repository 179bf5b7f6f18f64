package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"expertcontroller/schema"
)

// compactAbove is the size, in bytes, above which the journal is written anew.
const compactAbove = 1 << 20

// journal is what an agent has done, on disk: a JSON line for each change of a
// claim, synced before the agent goes on. One agent at a time holds it.
type journal struct {
	path string
	lock *flock.Flock

	mu   sync.Mutex
	mem  memory
	file *os.File
	size int64
	// behind: the file lacks something that the memory has, and is written anew next time.
	behind bool
	// torn is the length of a last line that was cut by a crash and was dropped.
	torn int
}

// openJournal locks and reads the journal, or begins one. It belongs to one agent
// of one system.
func openJournal(path, agent, system string, now time.Time) (*journal, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening the journal %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("opening the journal: %w: name a directory that the agent may write, with --journal", err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the journal %s: %w: name a directory that the agent may write, with --journal", path, err)
	}
	if !held {
		return nil, fmt.Errorf("the journal %s is in use by another agent: stop that one, or give this one a journal of its own with --journal", path)
	}
	j := &journal{path: path, lock: lock, mem: newMemory(agent, system)}
	if err := j.read(); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	if j.mem.opened.Agent != agent || j.mem.opened.System != system {
		err := fmt.Errorf("the journal %s belongs to agent %s of system %s, not to %s of %s: give this agent a journal of its own with --journal",
			path, j.mem.opened.Agent, j.mem.opened.System, agent, system)
		return nil, errors.Join(err, lock.Unlock())
	}
	j.mem.opened.At = now.UTC()
	// What could not be written now is tried again with the next line; an agent whose
	// disk is full still tells how its attempts ended.
	if err := j.rewrite(); err != nil {
		j.behind = true
	}
	return j, nil
}

// read folds the file. Only its last line may be torn: whatever followed from a
// line was done after the line had been synced.
func (j *journal) read() error {
	data, err := os.ReadFile(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the journal %s: %w", j.path, err)
	}
	for number := 1; len(data) > 0; number++ {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		rec, err := parseRecord(line)
		if err != nil || !whole {
			// A write that a crash cut lacks its end, or has zeros in it. Any other damage
			// may hide that something was begun.
			if len(rest) == 0 && (!whole || bytes.IndexByte(line, 0) >= 0) {
				j.torn = len(data)
				return nil
			}
			return fmt.Errorf("reading the journal %s, line %d: %w: the agent can't tell what it did; if you know that nothing is being carried out, move the file away and start the agent again",
				j.path, number, err)
		}
		j.mem.fold(rec)
		data = rest
	}
	return nil
}

func parseRecord(line []byte) (record, error) {
	var rec record
	if err := json.Unmarshal(line, &rec); err != nil {
		return rec, err
	}
	if !rec.valid() {
		return rec, fmt.Errorf("%q is no line of a journal", firstPart(string(line), 80))
	}
	return rec, nil
}

// write puts a line on disk and folds it. When it fails, nothing that the line
// would permit may be done; what it only remembers is remembered all the same.
func (j *journal) write(rec record) error {
	if err := j.put(rec); err != nil {
		return fmt.Errorf("writing the journal %s: %w", j.path, err)
	}
	failpoint("journal." + rec.State)
	return nil
}

func (j *journal) put(rec record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	rec.At = rec.At.UTC()
	undo := j.mem.snapshot(rec)
	j.mem.fold(rec)
	err := j.append(rec)
	if err != nil {
		if err = j.rewrite(); err != nil {
			j.behind = true
			if rec.permits() {
				undo()
			}
			return err
		}
	}
	if j.size > compactAbove {
		if err := j.rewrite(); err != nil {
			j.behind = true
		}
	}
	return nil
}

var errBehind = errors.New("an earlier line is missing")

func (j *journal) append(rec record) error {
	if j.file == nil || j.behind {
		return errBehind
	}
	line, err := schema.Encode(rec)
	if err != nil {
		return err
	}
	n, err := j.file.Write(append(line, '\n'))
	j.size += int64(n)
	if err != nil {
		j.behind = true
		return err
	}
	if err := j.file.Sync(); err != nil {
		j.behind = true
		return err
	}
	return nil
}

// rewrite makes the file anew from memory, without what nobody needs any more. The
// old file stands until the new one is whole on disk.
func (j *journal) rewrite() error {
	if j.lock == nil {
		return errors.New("the journal is closed")
	}
	var all bytes.Buffer
	for _, rec := range j.mem.keep() {
		line, err := schema.Encode(rec)
		if err != nil {
			return err
		}
		all.Write(append(line, '\n'))
	}
	next := j.path + ".new"
	file, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(all.Bytes())
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(next, j.path)
	}
	if err == nil {
		err = syncDirectory(filepath.Dir(j.path))
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	if j.file != nil {
		// Its content is in the new file; an error of the old one's close says nothing.
		_ = j.file.Close()
	}
	j.file, j.size, j.behind = file, int64(all.Len()), false
	return nil
}

func syncDirectory(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// close lets another agent have the journal.
func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lock == nil {
		return nil
	}
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	err = errors.Join(err, j.lock.Unlock())
	j.file, j.lock = nil, nil
	if err != nil {
		return fmt.Errorf("closing the journal %s: %w", j.path, err)
	}
	return nil
}

// spent tells whether an attempt must not be begun any more.
func (j *journal) spent(work schema.Work) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.mem.spent(work)
}

// buried gives why an attempt has a tombstone; nil if it has none.
func (j *journal) buried(work schema.Work) *schema.Abort {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.mem.buried(work)
}

// of lists the claims made for an attempt.
func (j *journal) of(work schema.Work) []record {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.mem.of(work)
}

// open lists the claims whose result the controller has not answered.
func (j *journal) open() []record {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.mem.open()
}

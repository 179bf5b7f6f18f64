package runner

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"expertcontroller/schema"
)

// note is what stands beside the journal of the program that was started last: after
// a crash it tells what still runs.
type note struct {
	Work   schema.Work `json:"work"`
	Action string      `json:"action"`
	// Marker is in the environment of all that was started.
	Marker string `json:"marker"`
	// PID is the program's number, and its group's; 0 until it has started.
	PID int `json:"pid,omitzero"`
	// Started is when the program began, by the system's count since Boot.
	Started uint64    `json:"started,omitzero"`
	Boot    string    `json:"boot,omitzero"`
	At      time.Time `json:"at"`
}

func (r *Runner) notePath() string { return r.Beside + ".running" }

// note writes what is about to run, or runs, and makes sure that it is on disk.
func (r *Runner) note(n note) error {
	text, err := schema.Encode(n)
	if err != nil {
		return err
	}
	path := r.notePath()
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Left says what is left of an attempt that an earlier start of the agent was carrying
// out; "" where nothing is known of it.
func (r *Runner) Left(work schema.Work) string {
	text, err := os.ReadFile(r.notePath())
	if err != nil {
		return ""
	}
	var n note
	if json.Unmarshal(text, &n) != nil || n.Work != work {
		return ""
	}
	if boot := bootID(); boot != n.Boot {
		return "this host was restarted since, so that nothing of it runs any more"
	}
	if running := n.stillRunning(); len(running) > 0 {
		return "it is still running as " + list(running)
	}
	return "nothing of it runs any more, as far as can be seen"
}

func random() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails: it would end the program
	return hex.EncodeToString(b)
}

package webhook

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"expertcontroller/schema"
)

// position is how far the log has been told.
type position struct {
	System string `json:"system"`
	// Lineage is the log's: another one is told from its beginning.
	Lineage string `json:"lineage"`
	// Entry is the last one that was told whole.
	Entry uint64 `json:"entry"`
}

// load reads a position; false: there is none yet.
func load(path string) (position, bool, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return position{}, false, nil
	}
	if err != nil {
		return position{}, false, fmt.Errorf("reading how far the webhook got: %w: make the file readable", err)
	}
	p, err := schema.Read[position](text)
	if err != nil || p.Lineage == "" {
		return p, false, fmt.Errorf("reading how far the webhook got: %s is damaged: remove it to begin with what happens next", path)
	}
	return p, true, nil
}

// save writes a position so that it is there after a power cut: whole, or as it was.
func (p position) save(path string) error {
	text, err := schema.Encode(p)
	if err != nil {
		return err
	}
	if err := replace(path, text); err != nil {
		return fmt.Errorf("writing how far the webhook got: %w: make room there, or make %s a directory that can be written", err, filepath.Dir(path))
	}
	return nil
}

func replace(path string, text []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil // renamed; this system has no directories to sync
	}
	return errors.Join(d.Sync(), d.Close())
}

package broker

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	// roomNeeded is how much has to fit on a disk that was full before the server is
	// started anew: a few of the largest entries.
	roomNeeded = 4 << 20
	// healEvery is how often is looked whether that much fits.
	healEvery = time.Second
)

// Ready is nil while the server stores what it is given; else it says why it doesn't,
// and what to do.
func (e *Embedded) Ready() error {
	if err := e.trouble.Load(); err != nil {
		return *err
	}
	return nil
}

// heal starts the server anew, on the same directory and address, once a disk that was
// full has room again. Until then the server goes on with all that needs no disk; what it
// acknowledged is on disk, and what it didn't is read by whoever sent it, as after any
// restart. Whoever is connected comes back.
func (e *Embedded) heal() {
	for {
		select {
		case <-e.over.Done():
			return
		case <-e.said.full:
		}
		full := fmt.Errorf("the disk of %s is full, and the embedded broker stores nothing: make room, at least %d MiB; it goes on by itself then", e.options.Dir, roomNeeded>>20)
		e.trouble.Store(&full)
		e.log.Error(full.Error())
		if !e.room() {
			return
		}
		e.log.Info("there is room again: the embedded broker starts anew")
		if !e.again() {
			return
		}
		e.trouble.Store(nil)
		e.log.Info("the embedded broker stores again")
	}
}

// room waits until what is needed fits, or tells that it was stopped.
func (e *Embedded) room() bool {
	last := ""
	for {
		err := fits(e.options.Dir)
		if err == nil {
			return true
		}
		if text := err.Error(); text != last {
			e.log.Warn("the embedded broker waits for room on its disk", "error", err)
			last = text
		}
		if !pause(e.over, healEvery) {
			return false
		}
	}
}

// again starts the server anew, and tries until it is up, or tells that it was stopped.
func (e *Embedded) again() bool {
	for wait := healEvery; ; wait = min(2*wait, 30*time.Second) {
		e.down()
		err := e.start()
		if err == nil || e.over.Err() != nil {
			return err == nil
		}
		e.trouble.Store(&err)
		e.log.Error("the embedded broker could not be started anew: it is tried again", "error", err)
		if !pause(e.over, wait) {
			return false
		}
	}
}

// down stops the server that was started last, if there is one.
func (e *Embedded) down() {
	e.up.Store(nil)
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
}

// fits tells by an error that what is needed doesn't fit on the disk. Only writing it
// tells that: what a disk calls free may be kept for others. The bytes are random, since
// some disks keep zeros without taking room.
func fits(dir string) error {
	name := filepath.Join(dir, "broker.room")
	bytes := make([]byte, roomNeeded)
	if _, err := rand.Read(bytes); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(bytes)
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(name))
}

package broker

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// spoken is a log that can be read while it is written.
type spoken struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *spoken) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *spoken) said(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.b.String(), text)
}

func wait(t *testing.T, what string, fact func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !fact(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for: %s", what)
		}
	}
}

var errFull = fmt.Errorf("storing: %w", syscall.ENOSPC)

// After a word of a full disk the server starts anew at the same address. Where another
// program took that meanwhile it says so, tries again, and can be stopped.
func TestHealing(t *testing.T) {
	log := &spoken{}
	e, err := StartEmbedded(EmbeddedOptions{Dir: t.TempDir(), Listen: "127.0.0.1:0", Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop()
	nc, err := e.Connect("in the process")
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	first := e.up.Load()
	e.said.Errorf("JetStream failed to store a msg: %v", errors.New("input/output error"))
	e.said.Errorf("JetStream failed to store a msg: %v", errFull)
	wait(t, "another server", func() bool { s := e.up.Load(); return s != nil && s != first })
	wait(t, "the end of the trouble", func() bool { return e.Ready() == nil })
	wait(t, "the connection in the process", nc.IsConnected)
	out, err := nats.Connect(e.URL())
	if err != nil {
		t.Fatal(err)
	}
	out.Close()

	taken := func() net.Listener {
		t.Helper()
		said := e.said
		e.down()
		other, err := net.Listen("tcp", strings.TrimPrefix(e.URL(), "nats://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Connect("while it is down"); err == nil {
			t.Error("a connection to a server that is down")
		}
		said.Errorf("JetStream failed to store a msg: %v", errFull)
		wait(t, "what is in the way", func() bool { return e.Ready() != nil && strings.Contains(e.Ready().Error(), "another program") })
		return other
	}
	other := taken()
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	wait(t, "a server once the address is free", func() bool { return e.Ready() == nil && e.up.Load() != nil })
	other = taken()
	defer other.Close()
	e.Stop() // it doesn't wait for the address
}

// What keeps the probe from being written is told once; a stop ends the waiting.
func TestNoRoomYet(t *testing.T) {
	log := &spoken{}
	dir := t.TempDir()
	e, err := StartEmbedded(EmbeddedOptions{Dir: dir, Listen: "127.0.0.1:0", Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop()
	first, probe := e.up.Load(), filepath.Join(dir, "broker.room")
	if err := os.Mkdir(probe, 0o700); err != nil {
		t.Fatal(err)
	}
	e.said.Errorf("JetStream failed to store a msg: %v", errFull)
	wait(t, "why it waits", func() bool { return log.said("is a directory") })
	if e.Ready() == nil || e.up.Load() != first {
		t.Errorf("without room: %v, the same server %t", e.Ready(), e.up.Load() == first)
	}
	e.Stop()
}

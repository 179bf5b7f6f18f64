//go:build linux

package cmd

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A real disk that fills up is noticed, and that it has room again. Whoever may not
// mount one at least asks the disk that is there.
func TestRoomOfASmallDisk(t *testing.T) {
	dir := t.TempDir()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	err := syscall.Mount("none", dir, "tmpfs", 0, "size=8m")
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		free, of, known, err := diskSpace(dir)
		if err != nil || !known || of == 0 || free > of {
			t.Fatalf("%d of %d, %t, %v", free, of, known, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	r := newRoom(reserve{usualReserve, usualShare}, quiet, diskOf(dir))
	r.look(t.Context())
	if why := r.short(); why != "" {
		t.Fatalf("an empty small disk is short: %s", why)
	}
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 7800<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	r.look(t.Context())
	if r.short() == "" {
		t.Fatal("a full disk is not noticed")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	r.look(t.Context())
	if why := r.short(); why != "" {
		t.Fatalf("it has room again: %s", why)
	}
}

package brokertest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// SmallDisk mounts a disk of so many bytes, as in 16m, or tells that this user may not.
func SmallDisk(tb testing.TB, size string) (dir string, ok bool) {
	tb.Helper()
	dir = tb.TempDir()
	err := syscall.Mount("none", dir, "tmpfs", 0, "size="+size)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return "", false
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			tb.Error(err)
		}
	})
	return dir, true
}

// Fill leaves not a byte free on a directory's disk, until the returned function is called.
func Fill(tb testing.TB, dir string) (free func()) {
	tb.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		tb.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		tb.Fatal(err)
	}
	return func() {
		tb.Helper()
		if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
			tb.Fatal(err)
		}
	}
}

//go:build linux || darwin || freebsd

package cmd

import (
	"fmt"
	"syscall"
)

// diskSpace gives how many bytes of a directory's disk are free for us, and how many it has.
func diskSpace(dir string) (free, of uint64, known bool, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, false, fmt.Errorf("looking at the disk of %s: %w", dir, err)
	}
	size := uint64(s.Bsize)
	return uint64(s.Bavail) * size, uint64(s.Blocks) * size, true, nil
}

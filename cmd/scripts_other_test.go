//go:build !linux

package cmd_test

import "os/exec"

// dieWithParent does nothing where the system has no such thing: there the process is
// ended by the test's own cleaning up, and by the bound of its life.
func dieWithParent(*exec.Cmd) {}

package cmd_test

import (
	"os/exec"
	"syscall"
)

// dieWithParent lets the system end the process when the test is gone, however it went.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

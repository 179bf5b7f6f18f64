package cmd

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"expertcontroller/agent"
)

// failpointFile names a file by which tests have an agent's process die or stand still
// at a named point of its protocol: "kill journal.acting" or "stop acting".
const failpointFile = "EXPERTCONTROLLER_FAILPOINT_FILE"

// armFailpoints obeys that file, once: it is removed before what it says is done, so
// that the agent works when it is started again. Without the variable nothing is looked at.
func armFailpoints() {
	path := os.Getenv(failpointFile)
	if path == "" {
		return
	}
	agent.Failpoint = func(name string) {
		text, err := os.ReadFile(path)
		if err != nil {
			return // nothing is wanted now
		}
		what, point, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
		signal, known := map[string]syscall.Signal{"kill": syscall.SIGKILL, "stop": syscall.SIGSTOP}[what]
		if !known || point != name {
			return
		}
		err = os.Remove(path)
		if err == nil {
			fmt.Fprintf(os.Stderr, "failpoint: %s %s\n", what, point)
			err = syscall.Kill(os.Getpid(), signal)
		}
		if err != nil {
			panic(fmt.Sprintf("failpoint %s: %v", name, err))
		}
	}
}

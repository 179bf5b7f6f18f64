package cmd

import (
	"fmt"
	"os"
	"os/signal"
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
		if point != name {
			return
		}
		if err := os.Remove(path); err != nil {
			panic(fmt.Sprintf("failpoint %s: %v", name, err))
		}
		fmt.Fprintf(os.Stderr, "failpoint: %s %s\n", what, point)
		switch what {
		case "kill":
			standStill(syscall.SIGKILL)
		case "stop":
			standStill(syscall.SIGSTOP)
		}
	}
}

// standStill sends this process a signal, and goes no further before it is woken.
func standStill(s syscall.Signal) {
	woken := make(chan os.Signal, 1)
	signal.Notify(woken, syscall.SIGCONT)
	defer signal.Stop(woken)
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		panic(fmt.Sprintf("failpoint: %v", err))
	}
	<-woken
}

// Command expertcontroller carries out recoveries for a system under control.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"expertcontroller/cmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), stopsBy()...)
	// The first signal asks to stop; a second one ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(cmd.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// stopsBy gives the signals that ask to stop. A terminal that is closed is one of them:
// otherwise it would end an agent in the middle of what it carries out. Who started with
// nohup wants to outlast it.
func stopsBy() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

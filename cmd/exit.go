package cmd

import (
	"errors"
	"fmt"

	"expertcontroller/client"
)

// Exit codes of every command: those that client.ExitCode gives for recoveries, and
// what they stand for where the command is about none.
const (
	// exitOK: done; of a recovery: completed.
	exitOK = client.ExitCompleted
	// exitError: it could not be done; the words on stderr say why.
	exitError = client.ExitError
	// exitUsage: the command line is wrong; nothing was sent.
	exitUsage = 2
	// exitRejected: the request was rejected, or the message refused.
	exitRejected = client.ExitRejected
)

// exit ends a command with a code, and nothing more to say.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usage is a command line that can't be meant.
type usage struct{ error }

func usagef(format string, args ...any) error { return usage{fmt.Errorf(format, args...)} }

// refused is what this program refuses in the controller's place: nothing was sent.
type refused struct{ error }

func refusedf(format string, args ...any) error { return refused{fmt.Errorf(format, args...)} }

// codeOf gives the exit code that an error stands for.
func codeOf(err error) int {
	var e exit
	var u usage
	var r refused
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return int(e)
	case errors.As(err, &u):
		return exitUsage
	case errors.As(err, &r):
		return exitRejected
	}
	return exitError
}

// ended gives the error with which a command ends when its code is this one.
func ended(code int) error {
	if code == exitOK {
		return nil
	}
	return exit(code)
}

package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"expertcontroller/schema"
)

// terminal opens a pseudo-terminal: what is written to the second end is read from the
// first as a person would see it.
func terminal(t *testing.T) (seen, written *os.File) {
	t.Helper()
	seen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { seen.Close() })
	fd := int(seen.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err := errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0), unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 60})); err != nil {
		t.Fatal(err)
	}
	written, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { written.Close() })
	return seen, written
}

// Where the view is on the same terminal, it alone says how it ended; where it had to cut
// something off, the table says it whole.
func TestWaitSaysOnceHowItEnded(t *testing.T) {
	for _, c := range []struct {
		width  uint16
		tables int
	}{{200, 0}, {30, 1}} {
		t.Run(fmt.Sprintf("%d columns", c.width), func(t *testing.T) {
			r := newResponder(t)
			done := acted()
			done.Token, done.State, done.Terminal, done.Revision = "default-1", schema.Completed, true, 9
			done.Request = &schema.Request{Aftercare: &schema.Aftercare{Completed: []string{"Make a log entry"}}}
			r.on("status", done)
			seen, tty := terminal(t)
			if err := unix.IoctlSetWinsize(int(seen.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: c.width}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			code := make(chan int, 1)
			go func() {
				code <- Main(ctx, []string{"--server", r.url, "wait", "default-1", "--interval", "50ms"}, strings.NewReader(""), tty, tty)
				tty.WriteString("over\n")
			}()
			var all strings.Builder
			for lines := bufio.NewScanner(seen); lines.Scan() && lines.Text() != "over"; {
				all.WriteString(lines.Text() + "\n")
			}
			got := all.String()
			if <-code != 0 || strings.Count(got, "Token") != c.tables || strings.Count(got, "Make a log entry") != 1 || !strings.Contains(got, "completed") {
				t.Errorf("want %d tables, and what is to do once, in\n%q", c.tables, got)
			}
		})
	}
}

// On a terminal a wait shows the steps, drawn over themselves and coloured; elsewhere
// plain lines.
func TestWaitOnATerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	r := newResponder(t)
	done := acted()
	done.Token, done.State, done.Terminal, done.Revision = "default-1", schema.Completed, true, 9
	going := acted()
	going.Token = "default-1"
	r.on("status", going, going, done)
	seen, tty := terminal(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out lockedBuffer
	code := make(chan int, 1)
	go func() {
		code <- Main(ctx, []string{"--server", r.url, "wait", "default-1", "--interval", "50ms"}, strings.NewReader(""), &out, tty)
		tty.WriteString("over\n")
	}()
	var all strings.Builder
	for lines := bufio.NewScanner(seen); lines.Scan() && lines.Text() != "over"; {
		all.WriteString(lines.Text() + "\n")
	}
	got := all.String()
	if c := <-code; c != 0 || !strings.Contains(out.String(), "completed") {
		t.Errorf("exit code %d, stdout %s", c, out.String())
	}
	for _, want := range []string{"\x1b[5A\r\x1b[J", "\x1b[36m[>] open\x1b[0m", "\x1b[32mcompleted\x1b[0m", "step 2: Call the expert on call"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%q", want, got)
		}
	}
}

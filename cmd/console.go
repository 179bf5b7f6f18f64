package cmd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// console is what a command reads from and prints to.
type console struct {
	in       *bufio.Reader
	out, err io.Writer
	// colourOut and colourErr say that it is a terminal that wants colours.
	colourOut, colourErr bool
	// terminalErr says that err is a terminal: what is written there may be overwritten.
	terminalErr bool
	// terminalOut says that out is a terminal, where err is seen, too.
	terminalOut bool
	// terminalIn says that in is a terminal: what is typed there shows by itself.
	terminalIn bool
	// widthOut and widthErr are how many characters a line of a terminal holds; 0: no terminal.
	widthOut, widthErr int
	// json says that the result is wanted for programs.
	json bool
	// quiet says that nothing is wanted beside the result; errors are said all the same.
	quiet bool
	// self is how this program is called in what it advises to type.
	self string
	now  func() time.Time
}

func newConsole(in io.Reader, out, err io.Writer) *console {
	return &console{
		in: bufio.NewReader(in), out: out, err: err,
		colourOut: colourful(out), colourErr: colourful(err), terminalErr: isTerminal(err), terminalOut: isTerminal(out), terminalIn: isTerminal(in),
		widthOut: widthOf(out), widthErr: widthOf(err),
		self: self(),
		now:  func() time.Time { return time.Now().UTC() },
	}
}

// checked remembers that a result could not be written: who prints needn't look, and
// the command doesn't end as if it could.
type checked struct {
	io.Writer
	err error
}

func (w *checked) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}

// colourful tells whether a writer is a terminal, and nobody asked for no colours.
func colourful(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// widthOf gives how many characters a line of a terminal holds; 0 where it is none.
func widthOf(w any) int {
	width, _ := sizeOf(w)
	return width
}

// sizeOf gives how many characters and lines a terminal holds; 0 where it is none.
func sizeOf(w any) (width, height int) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, 0
	}
	width, height, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, 0 // no terminal: nothing has to fit
	}
	return width, height
}

// print writes a part of the result.
func (c *console) print(format string, args ...any) { fmt.Fprintf(c.out, format, args...) }

// say writes a line beside the result, where one is wanted.
func (c *console) say(format string, args ...any) {
	if !c.quiet {
		c.insist(format, args...)
	}
}

// insist writes a line beside the result, wanted or not.
func (c *console) insist(format string, args ...any) { fmt.Fprintf(c.err, format+"\n", args...) }

// loud gives a console that says what an operator has to see before she answers.
func (c *console) loud() *console {
	other := *c
	other.quiet = false
	return &other
}

// printJSON writes a document as one line.
func (c *console) printJSON(v any) error {
	b, err := schema.Encode(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, cleanJSON(b))
	return err
}

// ask puts a question that is answered with yes or no; no answer is no.
func (c *console) ask(ctx context.Context, question string) (bool, error) {
	fmt.Fprintf(c.err, "%s [y/N] ", question)
	line, err := c.readLine(ctx)
	if err != nil {
		c.insist("")
		return false, err
	}
	if !c.terminalIn || !strings.HasSuffix(line, "\n") {
		c.insist("%s", clean(strings.TrimSpace(line)))
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return true, nil
	}
	return false, nil
}

// readLine reads a line, or stops when the context ends; the end of the input is an
// empty line.
func (c *console) readLine(ctx context.Context) (string, error) {
	type read struct {
		line string
		err  error
	}
	done := make(chan read, 1)
	go func() {
		line, err := c.in.ReadString('\n')
		if err == io.EOF {
			err = nil
		}
		done <- read{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// at makes advice name the broker, where it isn't the one that everybody finds.
func (c *console) at(url string) *console {
	other := *c
	// A URL with a password is nothing to repeat.
	if url != "" && url != client.DefaultServer && !strings.Contains(url, "@") {
		other.self = self() + " --server " + clean(url)
	}
	return &other
}

// self is what to type to call this program: its name where that finds it, else the
// path by which it was called.
func self() string {
	const name = "expertcontroller"
	called := os.Args[0]
	if filepath.Base(called) != name {
		return name
	}
	if found, err := exec.LookPath(name); err == nil && same(found, called) {
		return name
	}
	return called
}

func same(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

package cmd

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"expertcontroller/schema"
)

// export is an exported log that is read once, from its beginning on, since it may come
// through a pipe. Its first entry can be looked at before it is taken.
type export struct {
	name  string
	lines *bufio.Scanner
	close func() error
	// n is the number of the line that was read last, ahead that it was not taken yet.
	n     int
	ahead bool
}

func openExport(name string, stdin io.Reader) (*export, error) {
	x := &export{name: "from stdin", close: func() error { return nil }}
	if name != fromStdin {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("reading the export: %w", err)
		}
		x.name, x.close, stdin = name, file.Close, file
	}
	x.lines = bufio.NewScanner(stdin)
	x.lines.Buffer(make([]byte, 64<<10), 4<<20)
	return x, nil
}

// next gives the next line and its number; io.EOF after the last. Empty lines tell nothing.
func (x *export) next() ([]byte, int, error) {
	if x.ahead {
		x.ahead = false
		return x.lines.Bytes(), x.n, nil
	}
	for x.lines.Scan() {
		x.n++
		if len(bytes.TrimSpace(x.lines.Bytes())) > 0 {
			return x.lines.Bytes(), x.n, nil
		}
	}
	if err := x.lines.Err(); err != nil {
		return nil, x.n, fmt.Errorf("reading the export %s: line %d: %w", x.name, x.n+1, err)
	}
	return nil, x.n, io.EOF
}

// system is whose log it is, as its first line says.
func (x *export) system() (string, error) {
	const remedy = "`expertcontroller audit export` writes such files"
	line, n, err := x.next()
	if errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the export %s: it is empty; %s", x.name, remedy)
	}
	if err != nil {
		return "", err
	}
	x.ahead = true
	e, err := schema.Read[schema.Entry](line)
	if err != nil || e.System == "" {
		return "", fmt.Errorf("reading the export %s: line %d is no entry; %s", x.name, n, remedy)
	}
	return e.System, nil
}

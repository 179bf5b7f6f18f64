package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

type auditExportCmd struct {
	Output string `short:"o" placeholder:"FILE" help:"Where to (default: stdout)."`
	After  uint64 `placeholder:"N" help:"Only entries behind this one."`
}

// Help shows how it is used.
func (*auditExportCmd) Help() string {
	return `A line is an entry, byte for byte as it stands in the log, so that the hashes fit. What was exported with --after N is verified with "audit verify --file FILE --after N". Secrets never enter the log: parameters name them.

` + examples(`expertcontroller audit export -o cms-2026.jsonl`, `expertcontroller audit export --after 4711 | gzip > rest.jsonl.gz`)
}

// Run writes the log.
func (a *auditExportCmd) Run(ctx context.Context, c *console, f *connection) (err error) {
	reading, err := openLog(ctx, c, f)
	if err != nil {
		return err
	}
	defer reading.close()
	to := c.out
	if a.Output != "" {
		file, err := os.OpenFile(a.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("exporting: %s is there already: name another file", a.Output)
		}
		if err != nil {
			return fmt.Errorf("exporting: %w", err)
		}
		defer func() {
			if wrong := errors.Join(file.Sync(), file.Close()); wrong != nil && err == nil {
				err = fmt.Errorf("exporting: %w", wrong)
			}
		}()
		to = file
	}
	lines := bufio.NewWriterSize(to, 256<<10)
	w := &chainWalk{system: reading.system}
	n := 0
	err = reading.log.Messages(ctx, func(_ uint64, payload []byte) error {
		e, err := w.step(payload)
		if err != nil || e == nil || e.Entry <= a.After {
			return err
		}
		if strings.ContainsAny(string(payload), "\n\r") {
			return &mismatch{e.Entry, "it is more than one line: no controller wrote it"}
		}
		n++
		if _, err := lines.Write(payload); err != nil {
			return err
		}
		return lines.WriteByte('\n')
	})
	if err := errors.Join(err, lines.Flush()); err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("exporting: the log of system %s has no such entry; name the system with --system", reading.system)
	}
	c.say("%d entries, up to %d", n, w.last)
	return nil
}

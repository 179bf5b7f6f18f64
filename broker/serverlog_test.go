package broker

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"
)

// Of a full disk the log says what to do; of other errors it says what the server says.
func TestTheServersWordsOfAFullDisk(t *testing.T) {
	var said bytes.Buffer
	l := newServerLog(slog.New(slog.NewTextHandler(&said, nil)))
	l.Errorf("JetStream failed to store a msg: %v", &os.PathError{Op: "write", Path: "/data/1.blk", Err: syscall.EIO})
	if text := said.String(); strings.Contains(text, "make room") || !strings.Contains(text, "embedded broker: JetStream failed") {
		t.Error(text)
	}
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		said.Reset()
		l.Errorf("JetStream failed to store a msg: %v", fmt.Errorf("storing: %w", &os.PathError{Op: "write", Path: "/data/1.blk", Err: full}))
		if text := said.String(); !strings.Contains(text, "/data/1.blk") || !strings.Contains(text, "make room on that disk") {
			t.Error(text)
		}
		select {
		case <-l.full:
		default:
			t.Error("nobody is told of", full)
		}
	}
}

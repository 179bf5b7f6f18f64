package broker

import (
	"fmt"
	"log/slog"
	"strings"
	"syscall"
)

// serverLog passes the embedded server's words to slog. The server calls a notice
// what is a detail to whoever runs a controller, so that notices become debug lines.
// A fatal line does not end the process here: it ends the start, with its words.
type serverLog struct {
	to    *slog.Logger
	fatal chan string
	// full tells that the disk was.
	full chan struct{}
}

func newServerLog(to *slog.Logger) *serverLog {
	return &serverLog{to: to, fatal: make(chan string, 1), full: make(chan struct{}, 1)}
}

func (l *serverLog) Noticef(format string, v ...any) { l.to.Debug(line(format, v)) }
func (l *serverLog) Debugf(format string, v ...any)  { l.to.Debug(line(format, v)) }
func (l *serverLog) Tracef(format string, v ...any)  { l.to.Debug(line(format, v)) }
func (l *serverLog) Warnf(format string, v ...any)   { l.to.Warn(line(format, v)) }

// Errorf tells what to do where the disk is full, and has the server healed: having met
// that once, it stores nothing more in that stream, room or not, until it starts anew.
func (l *serverLog) Errorf(format string, v ...any) {
	text := line(format, v)
	if strings.Contains(text, syscall.ENOSPC.Error()) || strings.Contains(text, syscall.EDQUOT.Error()) {
		text += ": make room on that disk"
		select {
		case l.full <- struct{}{}:
		default: // that is known
		}
	}
	l.to.Error(text)
}

func (l *serverLog) Fatalf(format string, v ...any) {
	text := line(format, v)
	l.to.Error(text)
	select {
	case l.fatal <- text:
	default: // the first one is the cause
	}
}

func line(format string, v []any) string {
	return "embedded broker: " + strings.TrimSpace(fmt.Sprintf(format, v...))
}

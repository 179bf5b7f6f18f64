package cmd

import (
	"log/slog"
	"time"

	"github.com/lmittmann/tint"
)

// logging says how a program that serves tells what it does, on stderr.
type logging struct {
	LogFormat string     `enum:"text,json" default:"text" env:"EXPERTCONTROLLER_LOG_FORMAT" help:"text, for people, or json." group:"Log"`
	LogLevel  slog.Level `default:"${loglevel}" placeholder:"LEVEL" env:"EXPERTCONTROLLER_LOG_LEVEL" help:"debug, info, warn or error (default ${loglevel})." group:"Log"`
}

func (l logging) logger(c *console) *slog.Logger {
	if l.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(c.err, &slog.HandlerOptions{Level: l.LogLevel}))
	}
	return c.linesFrom(l.LogLevel, "2006-01-02 15:04:05.000")
}

// logger says on stderr what a client meets: cuts, repeats, what the broker refuses.
func (c *console) logger() *slog.Logger { return c.linesFrom(slog.LevelInfo, time.TimeOnly) }

func (c *console) linesFrom(level slog.Level, times string) *slog.Logger {
	return slog.New(tint.NewTextHandler(c.err, &tint.Options{
		Level: level, TimeFormat: times, NoColor: !c.colourErr,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
				a.Value = slog.TimeValue(a.Value.Time().UTC())
			}
			return a
		},
	}))
}

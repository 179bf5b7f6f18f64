package cmd

import (
	"log/slog"
	"time"

	"github.com/lmittmann/tint"
)

// logger says on stderr what a client meets: cuts, repeats, what the broker refuses.
func (c *console) logger() *slog.Logger {
	return slog.New(tint.NewHandler(c.err, &tint.Options{Level: slog.LevelInfo, TimeFormat: time.TimeOnly, NoColor: !c.colourErr}))
}

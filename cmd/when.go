package cmd

import (
	"fmt"
	"time"

	"expertcontroller/schema"
)

// when is a time on the command line: RFC 3339, a day, or how long ago.
type when struct {
	time.Time
	// ago is how long ago, where that was said.
	ago time.Duration
}

// UnmarshalText reads 2026-11-21T12:00:00Z, 2026-11-21 12:00, 2026-11-21, or 24h.
func (w *when) UnmarshalText(text []byte) error {
	s := string(text)
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			w.Time = t.UTC()
			return nil
		}
	}
	var d schema.Duration
	if err := d.UnmarshalText(text); err != nil {
		return fmt.Errorf("%q is no time: write 2026-11-21T12:00:00Z, 2026-11-21, or how long ago, as in 24h", s)
	}
	w.ago = d.D()
	w.Time = time.Now().UTC().Add(-w.ago)
	return nil
}

func (w *when) pointer() *time.Time {
	if w == nil || w.IsZero() {
		return nil
	}
	return &w.Time
}

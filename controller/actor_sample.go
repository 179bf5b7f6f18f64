package controller

import (
	"sync"
	"time"

	"expertcontroller/schema"
)

// sampleEvery is how often a refusal before the log is written to the log file: whoever
// sends nonsense must not fill that instead.
const sampleEvery = 10 * time.Second

// samples says now and then what is refused before the log, which has no trace of it.
type samples struct {
	mu      sync.Mutex
	last    time.Time
	skipped int
}

// due tells whether this one is said, and how many were not since the last one.
func (s *samples) due(now time.Time) (skipped int, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last.IsZero() && now.Sub(s.last) < sampleEvery && !now.Before(s.last) {
		s.skipped++
		return 0, false
	}
	skipped, s.last, s.skipped = s.skipped, now, 0
	return skipped, true
}

// sampled says what was refused, by whom it came and why; never the message itself, in
// which a secret may stand.
func (a *Actor) sampled(from schema.Sender, payload []byte, bad *schema.Error) {
	skipped, due := a.samples.due(a.now())
	if !due {
		return
	}
	a.log.Info("an input was refused before the log", "kind", from.Kind, "by", from.By.String(), "via", from.By.Via, "id", foundID(payload),
		"size", len(payload), "code", bad.Code, "reason", bad.Reason, "field", bad.Field, "text", schema.ShortenBytes(bad.Text, 300), "not_shown_before", skipped)
}

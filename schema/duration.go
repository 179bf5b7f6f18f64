package schema

import (
	"fmt"
	"strings"
	"time"
)

// Duration is a span of time, written as in "20s", "10m", "1h30m".
type Duration time.Duration

// D gives the value that the time package works with.
func (d Duration) D() time.Duration { return time.Duration(d) }

// String writes the duration without the zero units at its end: 10m, not 10m0s.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// MarshalText writes the duration as String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a duration: numbers with units from large to small, each
// unit once, or 0. One with a sign or without a unit is refused.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || !validDuration(string(text)) {
		return fmt.Errorf("%q is no duration: write a number and a unit, as in 20s, 10m or 1h30m, and %s at most", text, Duration(longest))
	}
	*d = Duration(v)
	return nil
}

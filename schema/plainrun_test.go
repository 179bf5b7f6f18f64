package schema

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// slowRun is plainRun, one byte at a time.
func slowRun(s string) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
			return i
		}
	}
	return len(s)
}

func TestPlainRun(t *testing.T) {
	check := func(s string) {
		t.Helper()
		if got, want := plainRun(s), slowRun(s); got != want {
			t.Fatalf("%q: %d, not %d", s, got, want)
		}
	}
	// Each byte at each place, alone, and before each byte that its difference from a
	// special one might borrow from.
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				s := []byte(strings.Repeat("a", length))
				s[at] = byte(c)
				check(string(s))
				if at+1 < length {
					for _, next := range []byte{0, ' ' - 1, ' ', ' ' + 1, '"' - 1, '"', '"' + 1, '\\' - 1, '\\', '\\' + 1, 0x7f, 0x80, 0xff} {
						s[at+1] = next
						check(string(s))
					}
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		s := make([]byte, r.IntN(40))
		for i := range s {
			if s[i] = byte(' ' + r.IntN(0x5f)); r.IntN(12) == 0 {
				s[i] = byte(r.IntN(256))
			}
		}
		check(string(s))
	}
}

package agent

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Ensures that cut texts are valid, bounded, and keep the end that matters.
func TestCut(t *testing.T) {
	for _, s := range []string{"", "a", strings.Repeat("ä", 60), strings.Repeat("\xff", 101), strings.Repeat("x", 100), strings.Repeat("x", 101), "\x00\x1b[0m\x7f", strings.Repeat("€", 34)} {
		first, last := firstPart(s, 100), lastPart(s, 100)
		for _, got := range []string{first, last} {
			if len(got) > 100 || !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\x1b\x7f") {
				t.Errorf("%q -> %q", s, got)
			}
		}
		if len(s) <= 100 && utf8.ValidString(s) && !strings.ContainsRune(s, 0) && (first != s || last != s) {
			t.Errorf("%q was cut: %q, %q", s, first, last)
		}
	}
	if got := lastPart(strings.Repeat("x", 1000)+"the end", 100); !strings.HasSuffix(got, "the end") || !strings.Contains(got, "bytes before this were cut") {
		t.Errorf("%q", got)
	}
}

// Ensures that the tail counts what it dropped.
func TestTail(t *testing.T) {
	tl := tail{max: 10}
	for range 10 {
		tl.add("12345")
	}
	if got := tl.String(); got != cutMark(40)+"1234512345" {
		t.Errorf("%q", got)
	}
	tl.add(strings.Repeat("y", 30))
	if got := tl.String(); got != cutMark(70)+strings.Repeat("y", 10) {
		t.Errorf("%q", got)
	}
}

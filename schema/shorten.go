package schema

import (
	"strings"
	"unicode/utf8"
)

// cutMark stands where a text goes on that was shortened.
const cutMark = "…"

// Shorten gives a text of at most so many characters, as valid UTF-8: where it is longer,
// the last one says that it goes on.
func Shorten(s string, most int) string {
	s = valid(s)
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n++; n == most {
			return s[:i] + cutMark
		}
	}
	return ""
}

// ShortenBytes gives a text of at most so many bytes, as valid UTF-8: where it is longer,
// its end says that it goes on. No character is cut in two.
func ShortenBytes(s string, most int) string {
	s = valid(s)
	if len(s) <= most {
		return s
	}
	to := max(most-len(cutMark), 0)
	for to > 0 && !utf8.RuneStart(s[to]) {
		to--
	}
	return s[:to] + cutMark
}

// valid replaces what is no character.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

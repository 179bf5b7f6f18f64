package cmd

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// clean makes a line that a terminal can show of text from outside: what could move
// the cursor, change colours or reorder the line is replaced.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case unprintable(r):
			return utf8.RuneError
		}
		return r
	}, s)
}

// cleanLines is clean for text of several lines: it keeps their ends.
func cleanLines(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return strings.Join(lines, "\n")
}

// cleanJSON writes what a terminal would obey, and JSON permits, as escapes.
func cleanJSON(b []byte) string {
	var out strings.Builder
	for _, r := range string(b) {
		if unprintable(r) && r != '\n' {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// unprintable tells whether a terminal would obey the rune instead of showing it:
// control characters, and marks that reorder what stands around them.
func unprintable(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r >= 0x200e && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

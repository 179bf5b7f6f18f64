package schema

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// appendText writes a string with quotes. What is no UTF-8 becomes U+FFFD.
func appendText(to []byte, s string) []byte {
	to = append(to, '"')
	from := 0
	for i := plainRun(s); i < len(s); i += plainRun(s[i:]) {
		c := s[i]
		if c < utf8.RuneSelf {
			to = append(to, s[from:i]...)
			switch c {
			case '"', '\\':
				to = append(to, '\\', c)
			case '\b':
				to = append(to, '\\', 'b')
			case '\f':
				to = append(to, '\\', 'f')
			case '\n':
				to = append(to, '\\', 'n')
			case '\r':
				to = append(to, '\\', 'r')
			case '\t':
				to = append(to, '\\', 't')
			default:
				to = append(to, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			to = append(append(to, s[from:i]...), `\ufffd`...)
			from = i + n
		case r == '\u2028' || r == '\u2029': // lines end there in JavaScript
			to = append(append(append(to, s[from:i]...), `\u202`...), hexDigits[r&15])
			from = i + n
		}
		i += n
	}
	return append(append(to, s[from:]...), '"')
}

// TextSize tells how many bytes a text takes where it is written, with its quotes.
func TextSize(s string) int {
	size := len(s) + 2
	for i := plainRun(s); i < len(s); i += plainRun(s[i:]) {
		c := s[i]
		if c < utf8.RuneSelf {
			switch c {
			case '"', '\\', '\b', '\f', '\n', '\r', '\t':
				size++
			default:
				size += 5
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || r == '\u2028' || r == '\u2029' {
			size += 6 - n
		}
		i += n
	}
	return size
}

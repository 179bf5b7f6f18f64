package schema

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string. One without escapes is a slice of the message.
func (s *scanner) text() string {
	s.pos++
	start := s.pos
	for {
		s.pos += plainRun(s.in[s.pos:])
		if s.pos == len(s.in) {
			break
		}
		c := s.in[s.pos]
		if c == '"' {
			s.pos++
			return s.in[start : s.pos-1]
		}
		if c == '\\' {
			return s.escaped(start)
		}
		if c < ' ' {
			s.control(c)
			return ""
		}
		s.pos++
	}
	s.syntax(`a closing "`)
	return ""
}

func (s *scanner) control(c byte) {
	s.fail("the message is no valid JSON: at %s a text holds the raw control character %q; write it as \\u%04x", place([]byte(s.in), s.pos), rune(c), c)
}

func (s *scanner) escaped(start int) string {
	var out strings.Builder
	out.WriteString(s.in[start:s.pos])
	for s.pos < len(s.in) {
		c := s.in[s.pos]
		switch {
		case c == '"':
			s.pos++
			return out.String()
		case c < ' ':
			s.control(c)
			return ""
		case c != '\\':
			out.WriteByte(c)
			s.pos++
		default:
			r, ok := s.escape()
			if !ok {
				return ""
			}
			out.WriteRune(r)
		}
	}
	s.syntax(`a closing "`)
	return ""
}

// escape reads what follows a backslash.
func (s *scanner) escape() (rune, bool) {
	at := s.pos
	s.pos++
	if s.pos == len(s.in) {
		s.syntax("an escape")
		return 0, false
	}
	c := s.in[s.pos]
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		s.pos++
		return rune("\"\\/\b\f\n\r\t"[i]), true
	}
	if c != 'u' {
		s.syntax(`one of " \ / b f n r t u`)
		return 0, false
	}
	r, ok := s.hex()
	if ok && utf16.IsSurrogate(r) {
		pair := utf8.RuneError
		if strings.HasPrefix(s.in[s.pos:], `\u`) {
			s.pos++
			var low rune
			if low, ok = s.hex(); ok {
				pair = utf16.DecodeRune(r, low)
			}
		}
		if ok && pair == utf8.RuneError {
			s.pos = at
			s.fail("the message is no valid text: at %s stands half of a surrogate pair; write the character itself", place([]byte(s.in), at))
			return 0, false
		}
		r = pair
	}
	return r, ok
}

// hex reads the u and the four digits of an escaped character.
func (s *scanner) hex() (rune, bool) {
	s.pos++
	if len(s.in)-s.pos < 4 {
		s.pos = len(s.in)
		s.syntax("four hexadecimal digits")
		return 0, false
	}
	var r rune
	for range 4 {
		c := s.in[s.pos]
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			s.syntax("a hexadecimal digit")
			return 0, false
		}
		s.pos++
	}
	return r, true
}

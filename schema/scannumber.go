package schema

import (
	"encoding/json"
	"math"
	"strconv"
)

// maxExponent bounds a number's power of ten to what a 64-bit float holds, so
// that every reader, in whatever language, understands the same number.
const maxExponent = 308

// number reads a number as it is written.
func (s *scanner) number() any {
	start := s.pos
	if s.in[s.pos] == '-' {
		s.pos++
	}
	switch {
	case s.pos < len(s.in) && s.in[s.pos] == '0':
		s.pos++
		if s.digit() {
			return s.syntax("no digit after a leading 0")
		}
	case s.digits() == 0:
		return s.syntax("a digit")
	}
	whole := true
	if s.pos < len(s.in) && s.in[s.pos] == '.' {
		whole = false
		s.pos++
		if s.digits() == 0 {
			return s.syntax("a digit")
		}
	}
	if s.pos < len(s.in) && (s.in[s.pos] == 'e' || s.in[s.pos] == 'E') {
		whole = false
		s.pos++
		if s.pos < len(s.in) && (s.in[s.pos] == '+' || s.in[s.pos] == '-') {
			s.pos++
		}
		exponent := s.pos
		if s.digits() == 0 {
			return s.syntax("a digit")
		}
		if e, err := strconv.Atoi(s.in[exponent:s.pos]); err != nil || e > maxExponent {
			return s.failAt("is %s: a number has a power of ten from -%d to %d here", Shorten(s.in[start:s.pos], maxQuoted), maxExponent, maxExponent)
		}
	}
	literal := s.in[start:s.pos]
	if len(literal) > 15 {
		if f, err := strconv.ParseFloat(literal, 64); err != nil || math.IsInf(f, 0) {
			return s.failAt("is %s: that number is too large; give a smaller one", Shorten(literal, maxQuoted))
		}
	} else if !whole {
		if _, err := strconv.ParseFloat(literal, 64); err != nil {
			return s.failAt("is %s: that number is too large; give a smaller one", Shorten(literal, maxQuoted))
		}
	}
	if !whole || literal == "-0" {
		s.whole = false
	}
	return json.Number(literal)
}

func (s *scanner) digit() bool {
	return s.pos < len(s.in) && s.in[s.pos] >= '0' && s.in[s.pos] <= '9'
}

func (s *scanner) digits() int {
	start := s.pos
	for s.digit() {
		s.pos++
	}
	return s.pos - start
}

package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and lists may nest.
const maxDepth = 64

// maxExponent bounds a number's power of ten to what a 64-bit float holds, so
// that every reader, in whatever language, understands the same number.
const maxExponent = 308

// scan reads one JSON value into the shapes that the validator takes: map,
// list, string, json.Number, bool and nil. It refuses what encoding/json lets
// pass and other readers understand differently: a name given twice, half of a
// surrogate pair, a number beyond a float, nesting without bound.
//
// whole tells that every number without a fraction was written without one;
// where it is false, unmarshalling into Go's ints needs whole numbers first.
func scan(payload []byte) (tree any, whole bool, refusal *Error) {
	if !utf8.Valid(payload) {
		return nil, false, malformed("", "the message is not valid UTF-8 at %s: send JSON as UTF-8", place(payload, firstInvalid(payload)))
	}
	s := scanner{in: string(payload), whole: true}
	s.space()
	if s.pos == len(s.in) {
		return nil, false, malformed("", "the message is empty: send one JSON object")
	}
	if strings.HasPrefix(s.in, "\ufeff") {
		return nil, false, malformed("", "the message starts with a byte order mark: send UTF-8 without one")
	}
	tree = s.value(0)
	if s.refusal == nil {
		s.space()
		if s.pos < len(s.in) {
			s.fail("the message goes on after its end, at %s: send one JSON object at a time", place(payload, s.pos))
		}
	}
	if s.refusal != nil {
		return nil, false, s.refusal
	}
	return tree, s.whole, nil
}

type scanner struct {
	in      string
	pos     int
	path    []string
	whole   bool
	refusal *Error
	// visit, where set, hears of every value read: where it began; it ends at pos.
	visit func(start int)
}

// fail keeps the first refusal; the reading stops with it.
func (s *scanner) fail(format string, args ...any) any {
	if s.refusal == nil {
		s.refusal = malformed("", format, args...)
	}
	return nil
}

func (s *scanner) failAt(format string, args ...any) any {
	if s.refusal == nil {
		s.refusal = malformed(fieldPath(s.path), format, args...)
	}
	return nil
}

// syntax refuses what stands at the position: something else was expected.
func (s *scanner) syntax(expected string) any {
	found := "the message ends"
	if s.pos < len(s.in) {
		r, _ := utf8.DecodeRuneInString(s.in[s.pos:])
		found = fmt.Sprintf("%q stands", r)
	}
	return s.fail("the message is no valid JSON: at %s %s where %s is expected; correct it there", place([]byte(s.in), s.pos), found, expected)
}

func (s *scanner) space() {
	for s.pos < len(s.in) {
		switch s.in[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) value(depth int) any {
	if s.visit != nil {
		start := s.pos
		v := s.sort(depth)
		s.visit(start)
		return v
	}
	return s.sort(depth)
}

// sort reads the value that its first character announces.
func (s *scanner) sort(depth int) any {
	if s.pos == len(s.in) {
		return s.syntax("a value")
	}
	switch c := s.in[s.pos]; c {
	case '{':
		return s.object(depth + 1)
	case '[':
		return s.list(depth + 1)
	case '"':
		return s.text()
	case 't':
		return s.word("true", true)
	case 'f':
		return s.word("false", false)
	case 'n':
		return s.word("null", nil)
	default:
		if c == '-' || c >= '0' && c <= '9' {
			return s.number()
		}
		return s.syntax("a value")
	}
}

func (s *scanner) word(word string, v any) any {
	if !strings.HasPrefix(s.in[s.pos:], word) {
		return s.syntax("a value")
	}
	s.pos += len(word)
	return v
}

func (s *scanner) object(depth int) any {
	if depth > maxDepth {
		return s.failAt("nests deeper than %d objects and lists: make it flatter", maxDepth)
	}
	s.pos++
	out := make(map[string]any, 8)
	s.space()
	if s.pos < len(s.in) && s.in[s.pos] == '}' {
		s.pos++
		return out
	}
	for {
		s.space()
		if s.pos == len(s.in) || s.in[s.pos] != '"' {
			return s.syntax("a name in double quotes")
		}
		name := s.text()
		if s.refusal != nil {
			return nil
		}
		s.path = append(s.path, name)
		s.space()
		if s.pos == len(s.in) || s.in[s.pos] != ':' {
			return s.syntax(`":"`)
		}
		s.pos++
		if _, twice := out[name]; twice {
			return s.failAt("is given twice: give it once")
		}
		s.space()
		v := s.value(depth)
		if s.refusal != nil {
			return nil
		}
		out[name] = v
		s.path = s.path[:len(s.path)-1]
		s.space()
		if s.pos < len(s.in) {
			switch s.in[s.pos] {
			case ',':
				s.pos++
				continue
			case '}':
				s.pos++
				return out
			}
		}
		return s.syntax(`"," or "}"`)
	}
}

func (s *scanner) list(depth int) any {
	if depth > maxDepth {
		return s.failAt("nests deeper than %d objects and lists: make it flatter", maxDepth)
	}
	s.pos++
	out := []any{}
	s.space()
	if s.pos < len(s.in) && s.in[s.pos] == ']' {
		s.pos++
		return out
	}
	for {
		s.space()
		s.path = append(s.path, index(len(out)))
		v := s.value(depth)
		if s.refusal != nil {
			return nil
		}
		out = append(out, v)
		s.path = s.path[:len(s.path)-1]
		s.space()
		if s.pos < len(s.in) {
			switch s.in[s.pos] {
			case ',':
				s.pos++
				continue
			case ']':
				s.pos++
				return out
			}
		}
		return s.syntax(`"," or "]"`)
	}
}

// text reads a string. One without escapes is a slice of the message.
func (s *scanner) text() string {
	s.pos++
	start := s.pos
	for s.pos < len(s.in) {
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

// hex reads uXXXX.
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
			return s.failAt("is %s: a number has a power of ten of at most %d here", short(s.in[start:s.pos], maxQuoted), maxExponent)
		}
	}
	literal := s.in[start:s.pos]
	if len(literal) > 15 {
		if f, err := strconv.ParseFloat(literal, 64); err != nil || math.IsInf(f, 0) {
			return s.failAt("is %s: that number is too large; give a smaller one", short(literal, maxQuoted))
		}
	} else if !whole {
		if _, err := strconv.ParseFloat(literal, 64); err != nil {
			return s.failAt("is %s: that number is too large; give a smaller one", short(literal, maxQuoted))
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

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// place says where an offset is, as people and editors count.
func place(b []byte, offset int) string {
	line, column := 1, 1
	for _, c := range string(b[:offset]) {
		column++
		if c == '\n' {
			line, column = line+1, 1
		}
	}
	if line == 1 {
		return fmt.Sprintf("character %d", column)
	}
	return fmt.Sprintf("line %d, character %d", line, column)
}

var indexes = [...]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"}

func index(i int) string {
	if i < len(indexes) {
		return indexes[i]
	}
	return strconv.Itoa(i)
}

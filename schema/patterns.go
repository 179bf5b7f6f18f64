package schema

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The patterns of the JSON Schemas. Every one has a matcher beside it that says
// the same without an expression engine: a message holds a dozen such texts, and
// a test holds matcher and pattern together.
const (
	// PatternName: 1 to 64 of A-Z a-z 0-9 _ and -.
	PatternName = `^[A-Za-z0-9_-]{1,64}$`
	// PatternOwner: whose a problem is: an expert's name, or operator: and an operator's.
	PatternOwner = `^(operator:)?[A-Za-z0-9_-]{1,64}$`
	// PatternToken: <system>-<number>.
	PatternToken = `^[A-Za-z0-9_-]{1,64}-[1-9][0-9]{0,18}$`
	// PatternPrompt: <token>.p<number>.
	PatternPrompt = `^[A-Za-z0-9_-]{1,64}-[1-9][0-9]{0,18}\.p[1-9][0-9]{0,8}$`
	// PatternDuration: units from large to small, each once, small enough that
	// the sum is a time.Duration.
	PatternDuration = `^(0|([0-9]{1,6}(\.[0-9]{1,9})?h)?([0-9]{1,7}(\.[0-9]{1,9})?m)?([0-9]{1,9}(\.[0-9]{1,9})?s)?` +
		`([0-9]{1,12}(\.[0-9]{1,9})?ms)?([0-9]{1,15}(\.[0-9]{1,9})?[uµμ]s)?([0-9]{1,18}(\.[0-9]{1,9})?ns)?)$`
	// PatternTime: RFC 3339 in UTC, to the nanosecond at most.
	PatternTime = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z$`
)

var matchers = map[string]func(string) bool{
	PatternName:     ValidName,
	PatternOwner:    validOwner,
	PatternToken:    validToken,
	PatternPrompt:   validPrompt,
	PatternDuration: validDuration,
	PatternTime:     validTime,
}

// matcher is a pattern for the validator.
type matcher struct {
	pattern string
	match   func(string) bool
}

func (m matcher) MatchString(s string) bool { return m.match(s) }
func (m matcher) String() string            { return m.pattern }

// patternEngine gives the validator our matcher for a pattern of ours.
func patternEngine(pattern string) (jsonschema.Regexp, error) {
	if match := matchers[pattern]; match != nil {
		return matcher{pattern, match}, nil
	}
	return regexp.Compile(pattern)
}

// count gives the length of the leading digits.
func count(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

func validOwner(s string) bool {
	return ValidName(strings.TrimPrefix(s, RoleOperator+":"))
}

func validToken(s string) bool {
	i := strings.LastIndexByte(s, '-')
	return i > 0 && ValidName(s[:i]) && validNumber(s[i+1:], 19)
}

func validPrompt(s string) bool {
	i := strings.LastIndex(s, ".p")
	return i > 0 && validToken(s[:i]) && validNumber(s[i+2:], 9)
}

// validNumber: digits without a leading zero.
func validNumber(s string, most int) bool {
	return len(s) > 0 && len(s) <= most && s[0] != '0' && count(s) == len(s)
}

// durationUnits are the units from large to small: how many digits a number of
// it may have, and its rank. The three spellings of the microsecond are one.
var durationUnits = [...]struct {
	unit         string
	digits, rank int
}{{"h", 6, 1}, {"m", 7, 2}, {"s", 9, 3}, {"ms", 12, 4}, {"us", 15, 5}, {"µs", 15, 5}, {"μs", 15, 5}, {"ns", 18, 6}}

// longest is what a duration may be at most, so that what a Duration writes is taken
// again, and that the sum of two is still one. No pattern can say it of a sum of units.
const longest = 999_999 * time.Hour

func validDuration(s string) bool {
	if s == "0" {
		return true
	}
	all := s
	rank := 0
	for len(s) > 0 {
		whole := count(s)
		if whole == 0 {
			return false
		}
		s = s[whole:]
		if s != "" && s[0] == '.' {
			fraction := count(s[1:])
			if fraction == 0 || fraction > 9 {
				return false
			}
			s = s[1+fraction:]
		}
		end := 0
		for end < len(s) && (s[end] < '0' || s[end] > '9') {
			end++
		}
		found := false
		for _, u := range durationUnits {
			if u.unit == s[:end] && u.rank > rank && whole <= u.digits {
				found, rank = true, u.rank
				break
			}
		}
		if !found {
			return false
		}
		s = s[end:]
	}
	if rank == 0 {
		return false
	}
	d, err := time.ParseDuration(all)
	return err == nil && d <= longest
}

func validTime(s string) bool {
	const shape = "0000-00-00T00:00:00"
	if len(s) < len(shape)+1 {
		return false
	}
	for i := range len(shape) {
		if shape[i] == '0' {
			if s[i] < '0' || s[i] > '9' {
				return false
			}
		} else if s[i] != shape[i] {
			return false
		}
	}
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	month, day, hour, minute, second := two(5), two(8), two(11), two(14), two(17)
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 {
		return false
	}
	rest := s[len(shape):]
	if rest[0] == '.' {
		fraction := count(rest[1:])
		if fraction == 0 || fraction > 9 {
			return false
		}
		rest = rest[1+fraction:]
	}
	return rest == "Z"
}

// dateTime is the format of a time: a day that the calendar has.
var dateTime = &jsonschema.Format{Name: "date-time", Validate: func(v any) error {
	s, ok := v.(string)
	if !ok || !validTime(s) {
		return nil // the type and the pattern say so
	}
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	last := 31
	switch month {
	case 4, 6, 9, 11:
		last = 30
	case 2:
		last = 28
		if year%4 == 0 && year%100 != 0 || year%400 == 0 {
			last = 29
		}
	}
	if day > last {
		return errNoSuchDay
	}
	return nil
}}

var errNoSuchDay = errors.New("the calendar has no such day")

package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// ValidName tells whether s may name a system, an expert, an operator or an
// agent: 1 to 64 of A-Z a-z 0-9 _ and -. A name is one token of a subject.
func ValidName(s string) bool {
	if len(s) == 0 || len(s) > MaxName {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// CleanName makes a valid name of any text: what a name cannot hold becomes _.
func CleanName(s string) string {
	out := []byte(s)
	for i, c := range out {
		if !ValidName(string(c)) {
			out[i] = '_'
		}
	}
	if len(out) > MaxName {
		out = out[:MaxName]
	}
	if len(out) == 0 {
		return "_"
	}
	return string(out)
}

// Token names the nth request of a system: cms-37.
func Token(system string, n uint64) string {
	var room [MaxName + 21]byte // a string of its own for the number would be one too many
	return string(strconv.AppendUint(append(append(room[:0], system...), '-'), n, 10))
}

// ParseToken splits cms-37 into its system and number.
func ParseToken(token string) (system string, n uint64, err error) {
	i := strings.LastIndexByte(token, '-')
	if i > 0 && ValidName(token[:i]) {
		digits := token[i+1:]
		n, err = strconv.ParseUint(digits, 10, 64)
		if err == nil && n > 0 && digits[0] != '0' && digits[0] != '+' {
			return token[:i], n, nil
		}
	}
	return "", 0, fmt.Errorf("%q is no token: a token is <system>-<number>, as in cms-37", token)
}

// PromptID names the nth prompt of a recovery: cms-37.p3.
func PromptID(token string, n int) string {
	return token + ".p" + strconv.Itoa(n)
}

// ParsePromptID splits cms-37.p3 into its token and number.
func ParsePromptID(id string) (token string, n int, err error) {
	i := strings.LastIndex(id, ".p")
	if i > 0 {
		if _, _, err := ParseToken(id[:i]); err == nil && validNumber(id[i+2:], 9) {
			n, err := strconv.Atoi(id[i+2:])
			if err == nil {
				return id[:i], n, nil
			}
		}
	}
	return "", 0, fmt.Errorf("%q is no prompt: a prompt is <token>.p<number>, as in cms-37.p3", id)
}

package schema

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A matcher says of every text what its pattern says.
func TestMatchersSayWhatPatternsSay(t *testing.T) {
	for pattern, match := range matchers {
		expression := regexp.MustCompile(pattern)
		// A duration is also at least one character long: an expression without
		// lookahead can't say that, minLength does. Nor can it add units up.
		says := func(s string) bool {
			if pattern == PatternDuration {
				d, err := time.ParseDuration(s)
				return expression.MatchString(s) && err == nil && d <= longest
			}
			return expression.MatchString(s)
		}
		rapid.Check(t, func(t *rapid.T) {
			s := rapid.OneOf(
				rapid.StringMatching(pattern),
				rapid.StringOfN(rapid.RuneFrom([]rune("0123456789.hmsunµμTZ:-+_pab ")), 0, 24, -1),
			).Draw(t, "text")
			if rapid.Bool().Draw(t, "mutate") {
				s = mutated(t, s)
			}
			if match(s) != says(s) {
				t.Fatalf("%q: the matcher says %t, the pattern %t (%s)", s, match(s), says(s), pattern)
			}
		})
	}
}

func mutated(t *rapid.T, s string) string {
	b := []byte(s)
	if len(b) == 0 {
		return s
	}
	i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
	switch rapid.IntRange(0, 2).Draw(t, "how") {
	case 0:
		b[i] = rapid.SampledFrom([]byte("0123456789.hmsunTZ:-+_p ")).Draw(t, "byte")
	case 1:
		b = append(b[:i], b[i+1:]...)
	default:
		b = append(b, b[i:]...)
	}
	return string(b)
}

// What the pattern of a duration takes is a duration that the time package knows,
// without overflow, and what a Duration writes it takes again: it stands in documents
// that have to be read back. What is too long altogether is refused.
func TestDurationsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(PatternDuration).Filter(func(s string) bool { return s != "" }).Draw(t, "text")
		var d Duration
		if plain, err := time.ParseDuration(text); err != nil {
			t.Fatal(err)
		} else if err := d.UnmarshalText([]byte(text)); (err == nil) != (plain <= longest) {
			t.Fatalf("%s: %v", text, err)
		} else if err != nil {
			return
		}
		if d < 0 || d+d < 0 {
			t.Fatalf("%s overflowed to %s", text, d)
		}
		var again Duration
		if err := again.UnmarshalText([]byte(d.String())); err != nil || again != d {
			t.Fatalf("%s came back as %s: %v", d, again, err)
		}
	})
	for _, wrong := range []string{"", "10", "-5s", "+5s", "1m1h", "5s5s", "5 s", "5S", "1.s", ".5s", "5d", "soon", "999999h1s", "999999h9999999m999999999s"} {
		var d Duration
		if err := d.UnmarshalText([]byte(wrong)); err == nil {
			t.Errorf("%q was taken for %s", wrong, d)
		}
	}
}

// The calendar's check refuses exactly the days that the time package doesn't know.
func TestDaysOfTheCalendar(t *testing.T) {
	for year := 1996; year <= 2104; year++ {
		for month := 1; month <= 12; month++ {
			for day := 28; day <= 31; day++ {
				text := time.Date(year, 1, 1, 1, 2, 3, 0, time.UTC).Format("2006-") + twoDigits(month) + "-" + twoDigits(day) + "T01:02:03Z"
				_, err := time.Parse(time.RFC3339, text)
				if got := dateTime.Validate(text); (got == nil) != (err == nil) {
					t.Fatalf("%s: the format says %v, the time package %v", text, got, err)
				}
			}
		}
	}
}

func twoDigits(n int) string {
	b, _ := json.Marshal(100 + n)
	return string(b[1:])
}

// Tokens and prompts that parse are those that the schemas let pass.
func TestNamesOfRecoveriesAndPrompts(t *testing.T) {
	for _, c := range []struct {
		text          string
		token, prompt bool
	}{
		{text: "cms-37", token: true},
		{text: "a-b-1", token: true},
		{text: "cms-37.p3", prompt: true},
		{text: "cms"}, {text: "cms-"}, {text: "cms-0"}, {text: "cms-037"}, {text: "-1"}, {text: "c.m-1"}, {text: "cms-37.p0"}, {text: "cms-37.p03"},
		{text: "cms-37.p"}, {text: "cms-37.p+3"}, {text: ""},
	} {
		_, _, err := ParseToken(c.text)
		if (err == nil) != c.token || validToken(c.text) != c.token {
			t.Errorf("%q as a token: parse says %v, the pattern %t", c.text, err, validToken(c.text))
		}
		_, _, err = ParsePromptID(c.text)
		if (err == nil) != c.prompt || validPrompt(c.text) != c.prompt {
			t.Errorf("%q as a prompt: parse says %v, the pattern %t", c.text, err, validPrompt(c.text))
		}
	}
}

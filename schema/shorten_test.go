package schema

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		text        string
		most        int
		runes, size string
	}{
		{"", 5, "", ""},
		{"12345", 5, "12345", "12345"},
		{"123456", 5, "1234…", "12…"},
		{"äöüäö", 5, "äöüäö", "ä…"},
		{"äöüäöü", 5, "äöüä…", "ä…"},
		{"ä\xc3", 4, "ä\uFFFD", "…"},
		{"\xc3\xa4\xc3", 5, "ä\uFFFD", "ä\uFFFD"},
		{"日本語", 3, "日本語", "…"},
		{"日本語です", 1, "…", "…"},
	} {
		if got := Shorten(c.text, c.most); got != c.runes {
			t.Errorf("%q to %d characters: %q, want %q", c.text, c.most, got, c.runes)
		}
		if got := ShortenBytes(c.text, c.most); got != c.size {
			t.Errorf("%q to %d bytes: %q, want %q", c.text, c.most, got, c.size)
		}
	}
}

// Whatever comes in, what goes out is valid, short enough, and begins as it did.
func TestShortenedTextsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		most := rapid.IntRange(3, 40).Draw(t, "most")
		whole := strings.ToValidUTF8(text, "\uFFFD")
		runes, size := Shorten(text, most), ShortenBytes(text, most)
		for _, got := range []string{runes, size} {
			if !utf8.ValidString(got) || got != whole && !strings.HasPrefix(whole, strings.TrimSuffix(got, cutMark)) {
				t.Fatalf("%q became %q", text, got)
			}
		}
		if utf8.RuneCountInString(runes) > most || len(size) > most {
			t.Fatalf("%q and %q are longer than %d", runes, size, most)
		}
	})
}

// A name from outside is cut between two characters, also where it is refused.
func TestRefusedSubjectsAreWhole(t *testing.T) {
	for n := range 4 {
		long := "x" + strings.Repeat("y", n) + strings.Repeat("日", 400)
		if _, err := ParseTell("recovery." + long + ".expert.daq.request"); err == nil || !utf8.ValidString(err.Error()) || strings.Contains(err.Error(), `\x`) {
			t.Errorf("%v", err)
		}
	}
}

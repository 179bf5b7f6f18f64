package schema

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The size of a text is that of what is written.
func TestTheSizeOfAnyValueOfText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(hardTexts), rapid.String()), 0, 4).Draw(t, "text"), "")
		if size, written := TextSize(s), appendText(nil, s); size != len(written) {
			t.Fatalf("%q takes %d bytes: %s", s, size, written)
		}
	})
}

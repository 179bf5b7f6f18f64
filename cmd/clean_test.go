package cmd

import (
	"strings"
	"testing"
)

func TestNothingFromOutsideMovesTheCursor(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                  "plain",
		"two\nlines\tand":        "two lines and",
		"\x1b[31mred\x1b[0m":     "\ufffd[31mred\ufffd[0m",
		"C1 \u009b31m":           "C1 \ufffd31m",
		"reordered \u202etxt":    "reordered \ufffdtxt",
		"not \xff UTF-8":         "not \ufffd UTF-8",
		"bell\a and delete\x7f.": "bell\ufffd and delete\ufffd.",
		"Übergänge 測定":           "Übergänge 測定",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if got := cleanJSON([]byte("{\"a\":\"\u009b\u202e\"}")); got != `{"a":"\u009b\u202e"}` {
		t.Errorf("JSON became %q", got)
	}
}

func TestRepliesAreCleanedBeforeATerminalSeesThem(t *testing.T) {
	r := newResponder(t)
	s := recovery("default-1", "running\x1b[2J")
	s.Problems[0].Title = "\x1b]0;title\a"
	s.Event.Text = "\x1b[1A"
	s.Reason.Code = "\u009b"
	r.on("status", s)
	r.on("history", map[string]any{"events": []any{map[string]any{"kind": "\x1b[2J", "text": "\x1b[2J", "by": map[string]any{"role": "operator", "name": "\x1b"}}}})
	for _, args := range [][]string{{"status", "default-1"}, {"status", "default-1", "--json"}, {"show", "default-1"}, {"wait", "default-1", "--timeout", "1s"}, {"approve", "default-1"}} {
		if g := r.run(args...); strings.ContainsAny(g.out+g.err, "\x1b\a\u009b") {
			t.Errorf("%v let a control character through: %q %q", args, g.out, g.err)
		}
	}
}

package schema

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

const lineSamples = "../testdata/messages/events.txt"

// eventKinds reads the kinds from the source: a new constant can't be forgotten.
func eventKinds(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && strings.HasPrefix(spec.Names[0].Name, "Event") {
			kind, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, kind)
		}
		return true
	})
	return kinds
}

// Every kind of event has its words and a sample line; no line without a kind.
func TestEveryKindOfEventHasALine(t *testing.T) {
	kinds := eventKinds(t)
	if len(kinds) < 50 || len(kinds) != len(phrases) {
		t.Errorf("%d kinds, %d phrases", len(kinds), len(phrases))
	}
	at := time.Date(2026, 11, 21, 12, 2, 10, 999, time.FixedZone("elsewhere", 3600))
	var lines strings.Builder
	for i, kind := range kinds {
		if phrases[kind].what == "" || phrases[kind].who == "" {
			t.Errorf("%s has no words", kind)
		}
		for _, by := range []By{{Role: RoleOperator, Name: "anna", Via: ViaCall}, {Role: RoleController, Name: "r1"}} {
			e := Event{Kind: kind, At: at, By: by, Token: Token("cms", uint64(i+1)), Text: `step 0 "Recycle HCAL"`}
			fmt.Fprintln(&lines, e.Line())
		}
	}
	fmt.Fprintln(&lines, Event{Kind: "born_later", At: at, By: By{Role: RoleExpert, Name: "daqexpert"}, Text: "unheard of"}.Line())
	fmt.Fprintln(&lines, Event{Kind: EventMode, At: at, By: By{Role: RoleOperator, Name: "anna"}, Text: "mode is now manual (beam\r\nback\x1b[2J soon)"}.Line())
	fmt.Fprintln(&lines, Event{Kind: EventInterruptIgnored, At: at, By: By{Role: RoleOperator, Name: "anna"}, Text: "interrupt ignored: nothing is under way"}.Line())
	if *update {
		if err := os.WriteFile(lineSamples, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(lineSamples)
	if err != nil {
		t.Fatal(err)
	}
	if lines.String() != string(want) {
		t.Errorf("the lines are\n%s\nthe samples\n%s", lines.String(), want)
	}
}

// Whatever comes from outside, a line is one line and holds nothing that a
// terminal acts on.
func TestLinesAreClean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string {
			return string(rapid.SliceOf(rapid.Byte()).Draw(t, name)) + rapid.String().Draw(t, name)
		}
		e := Event{Kind: text("kind"), Token: text("token"), Text: text("text"), By: By{Role: text("role"), Name: text("name")}}
		for _, r := range e.Line() {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Co, r) || r == '\u2028' || r == '\u2029' {
				t.Fatalf("%+v\ngives %q", e, e.Line())
			}
		}
	})
}

// Clean leaves what people write as it is.
func TestCleanLeavesTextAlone(t *testing.T) {
	for in, want := range map[string]string{
		"Prozeß hängt · 停止 · 🛑": "Prozeß hängt · 停止 · 🛑",
		"two\nlines\tand a tab": "two lines and a tab",
		"\x1b[31mred\x1b[0m":    "<001B>[31mred<001B>[0m",
		"left\u202eright":       "left<202E>right",
		"a\u2028b":              "a b",
		"":                      "",
		"cut\xff":               "cut\ufffd",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

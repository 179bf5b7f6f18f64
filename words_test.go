package expertcontroller_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// twice are words that English does repeat.
var twice = []string{"that", "had"}

// prose gives what people read of a file, with the line on which each part begins:
// comments and texts of a Go file, the whole of any other.
func prose(path string, content []byte) (map[int]string, error) {
	if !strings.HasSuffix(path, ".go") {
		return map[int]string{1: withoutCode(string(content))}, nil
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, content, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	parts := map[int]string{}
	for _, group := range file.Comments {
		parts[set.Position(group.Pos()).Line] = group.Text()
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING && strings.Contains(text.Value, " ") {
			line := set.Position(text.Pos()).Line
			parts[line] += " " + text.Value
		}
		return true
	})
	return parts, nil
}

var codeBlock = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")

// withoutCode empties what stands between back quotes, keeping the lines.
func withoutCode(text string) string {
	return codeBlock.ReplaceAllStringFunc(text, func(block string) string {
		return "." + strings.Repeat("\n", strings.Count(block, "\n"))
	})
}

// repeated finds words that stand twice in a row, also across a line's end.
func repeated(text string) []string {
	var out []string
	line, previous := 0, ""
	for _, row := range strings.Split(text, "\n") {
		if strings.HasPrefix(row, "\t") {
			row = "" // an example
		}
		row = strings.TrimLeft(row, "#>= \t")
		if row == "" {
			previous = ""
		}
		for _, field := range strings.Fields(row) {
			word := strings.ToLower(field)
			bare := strings.TrimRightFunc(word, unicode.IsPunct)
			if bare == previous && bare != "" && isWord(bare) && !slices.Contains(twice, bare) {
				out = append(out, fmt.Sprintf("line +%d: %q stands twice", line, bare+" "+bare))
			}
			previous = ""
			if bare == word {
				previous = word
			}
		}
		line++
	}
	return out
}

func isWord(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
}

func TestNoWordStandsTwice(t *testing.T) {
	walk(t, ".", func(path string) {
		switch filepath.Ext(path) {
		case ".go", ".md", ".ts", ".tsx":
		default:
			return
		}
		if filepath.Base(path) == "words_test.go" {
			return // its examples would be found
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("reading %s: %v", path, err)
		}
		parts, err := prose(path, content)
		if err != nil {
			t.Error(err)
		}
		for line, text := range parts {
			for _, fault := range repeated(text) {
				t.Errorf("%s:%d: %s", path, line, fault)
			}
		}
	})
}

func TestRepeatedWordsAreFound(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"the the end", 1},
		{"The the end", 1},
		{"at the\nthe end", 1},
		{"at the the. end", 1},
		{"he says that that is right", 0},
		{"so. So it is", 0},
		{"1 1 1", 0},
		{"| | |", 0},
		{"the\n\nthe end", 0},
		{"as in\n\tmode mode", 0},
		{"`the` the end", 0},
	} {
		if got := repeated(withoutCode(c.text)); len(got) != c.want {
			t.Errorf("%q: want %d, got %q", c.text, c.want, got)
		}
	}
}

// code is how reason codes are written.
var code = regexp.MustCompile("^\"[a-z]+(_[a-z]+)*\"$")

// literalCodes names the reason codes that a file writes as texts: programs compare them,
// so each is written once, as a constant beside the others.
func literalCodes(s source) []string {
	var out []string
	look := func(x ast.Expr) {
		if text, ok := x.(*ast.BasicLit); ok && text.Kind == token.STRING && code.MatchString(text.Value) {
			out = append(out, fmt.Sprintf("%s: the reason code %s is written as a text: use its constant in schema/reason.go", s.at(x), text.Value))
		}
	}
	named := func(x ast.Expr, names ...string) bool {
		switch x := x.(type) {
		case *ast.Ident:
			return slices.Contains(names, x.Name)
		case *ast.SelectorExpr:
			return slices.Contains(names, x.Sel.Name)
		}
		return false
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if named(n.Key, "Reason", "Code") {
				look(n.Value)
			}
		case *ast.BinaryExpr:
			if named(n.X, "Reason", "Code") {
				look(n.Y)
			}
		case *ast.AssignStmt:
			for i, x := range n.Lhs {
				if named(x, "Reason", "Code") && i < len(n.Rhs) {
					look(n.Rhs[i])
				}
			}
		case *ast.SwitchStmt:
			if n.Tag == nil || !named(n.Tag, "Reason", "Code") {
				break
			}
			for _, c := range n.Body.List {
				for _, x := range c.(*ast.CaseClause).List {
					look(x)
				}
			}
		case *ast.CallExpr:
			if named(n.Fun, "refusal", "refuse", "reason") {
				for _, x := range n.Args {
					look(x)
				}
			}
		}
		return true
	})
	return out
}

func TestReasonCodesAreConstants(t *testing.T) {
	for _, s := range parse(t, ".") {
		if s.Test {
			continue // a test says what others see, letter by letter
		}
		for _, fault := range literalCodes(s) {
			t.Error(fault)
		}
	}
}

func TestLiteralCodesAreFound(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"var e = Error{Code: 503, Reason: \"full\"}", 1},
		{"var r = schema.Reason{Code: \"disk_short\"}", 1},
		{"var e = refusal(503, \"full\", \"ask again\")", 1},
		{"func f(h *happening) { h.refuse(\"ended\", \"it has ended\") }", 1},
		{"var r = reason(\"ended\", \"it has ended\")", 1},
		{"func f(e *Error) bool { return e.Code == 503 && e.Reason == \"behind\" }", 1},
		{"func f(e *Error) { e.Reason = \"behind\" }", 1},
		{"func f(e *Error) { switch e.Reason { case \"behind\", CodeFull: } }", 1},
		{"var e = Error{Code: 503, Reason: CodeFull, Text: \"full\"}", 0},
		{"func f(e *Error) bool { return e.Reason == \"\" || e.Text == \"full\" }", 0},
		{"func f(e *Error) { switch e.Text { case \"behind\": } }", 0},
		{"var e = refusal(503, CodeFull, \"Ask again.\")", 0},
	} {
		s := snippet(t, "cmd/x.go", "package cmd\n"+c.text+"\n")
		if got := literalCodes(s); len(got) != c.want {
			t.Errorf("%s: want %d, got %q", c.text, c.want, got)
		}
	}
}

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

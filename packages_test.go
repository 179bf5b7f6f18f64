package expertcontroller_test

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"sort"
	"strings"
	"testing"
)

// emptyNames are words that say nothing about what a thing is; a package or type that
// is called so has not been understood yet.
var emptyNames = []string{"util", "utils", "helper", "helpers", "common", "misc", "base", "shared", "manager", "handler"}

// documentFaults says what is wrong with how packages explain themselves.
func documentFaults(files []source) []string {
	var out []string
	documents := map[string][]source{}
	for _, s := range files {
		if s.Test {
			continue
		}
		if s.File.Doc != nil {
			documents[s.Dir] = append(documents[s.Dir], s)
		} else if _, seen := documents[s.Dir]; !seen {
			documents[s.Dir] = nil
		}
	}
	for dir, with := range documents {
		if len(with) != 1 || path.Base(with[0].Path) != "doc.go" && with[0].File.Name.Name != "main" && !forTests(dir) {
			var where []string
			for _, s := range with {
				where = append(where, s.Path)
			}
			out = append(out, fmt.Sprintf("%s: the package comment belongs into doc.go, once: what it does, what it promises, what it refuses to know; it stands in %q", dir, where))
			continue
		}
		doc := with[0]
		start := "Package " + doc.File.Name.Name + " "
		if doc.File.Name.Name == "main" {
			start = "Command " + path.Base(dir) + " "
		}
		if !strings.HasPrefix(doc.File.Doc.Text(), start) {
			out = append(out, fmt.Sprintf("%s: the package comment begins with %q", doc.Path, start))
		}
	}
	sort.Strings(out)
	return out
}

// nameFaults says which packages and types have a name that says nothing.
func nameFaults(s source) []string {
	var out []string
	if name := strings.TrimSuffix(s.File.Name.Name, "_test"); slices.Contains(emptyNames, name) || slices.Contains(emptyNames, path.Base(s.Dir)) {
		out = append(out, fmt.Sprintf("%s: package %s says nothing: call it by what it does", s.Path, name))
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		for _, word := range []string{"manager", "handler", "helper", "util", "utils"} {
			if strings.HasSuffix(strings.ToLower(spec.Name.Name), word) {
				out = append(out, fmt.Sprintf("%s: type %s: use a word of the field instead of %q", s.at(spec), spec.Name.Name, word))
			}
		}
		return true
	})
	return out
}

// ownClocks gives the directories whose tests use testing/synctest, where a sleep moves
// a clock that is the test's own.
func ownClocks(files []source) map[string]bool {
	out := map[string]bool{}
	for _, s := range files {
		if s.Test && slices.Contains(s.imports(), "testing/synctest") {
			out[s.Dir] = true
		}
	}
	return out
}

// hopeFaults says where a test skips, which hides, or sleeps, which hopes. A pause
// within a loop that looks again is waiting for a fact.
func hopeFaults(s source, ownClock bool) []string {
	if !s.Test {
		return nil
	}
	var out []string
	var loops []ast.Node
	ast.Inspect(s.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			loops = append(loops, n)
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok {
				return true
			}
			inLoop := slices.ContainsFunc(loops, func(l ast.Node) bool { return l.Pos() <= n.Pos() && n.End() <= l.End() })
			switch {
			case x.Name == "time" && n.Sel.Name == "Sleep" && !inLoop && !ownClock:
				out = append(out, s.at(n)+": a sleep hopes: wait for the fact, in a loop with a deadline or on a channel")
			case (x.Name == "t" || x.Name == "b" || x.Name == "f" || x.Name == "tb") && strings.HasPrefix(n.Sel.Name, "Skip"):
				out = append(out, s.at(n)+": a skipped test hides: make what it needs, or fail and say what is missing")
			}
		}
		return true
	})
	return out
}

func TestPackagesExplainThemselves(t *testing.T) {
	for _, fault := range documentFaults(parse(t, ".")) {
		t.Error(fault)
	}
}

func TestNamesSayWhatThingsAre(t *testing.T) {
	for _, s := range parse(t, ".") {
		for _, fault := range nameFaults(s) {
			t.Error(fault)
		}
	}
}

func TestNoTestSkipsOrHopes(t *testing.T) {
	files := parse(t, ".")
	clocks := ownClocks(files)
	for _, s := range files {
		for _, fault := range hopeFaults(s, clocks[s.Dir]) {
			t.Error(fault)
		}
	}
}

// Each of these breaks one rule of this file.
func TestABrokenPackageRuleIsNamed(t *testing.T) {
	for _, c := range []struct{ path, text, want string }{
		{"agent/run.go", "package agent\n", "belongs into doc.go"},
		{"agent/run.go", "// Package agent acts.\npackage agent\n", "belongs into doc.go"},
		{"agent/doc.go", "// The agent acts.\npackage agent\n", "begins with"},
		{"cmd/expertcontroller/main.go", "// Package main starts.\npackage main\n", "Command expertcontroller"},
		{"agent/util/doc.go", "// Package util is.\npackage util\n", "says nothing"},
		{"agent/x.go", "package agent\ntype PromptManager struct{}\n", "a word of the field"},
		{"agent/x_test.go", "package agent\nfunc f() { time.Sleep(1) }\n", "a sleep hopes"},
		{"agent/x_test.go", "package agent\nfunc f() { t.Skip() }\n", "a skipped test hides"},
	} {
		s := snippet(t, c.path, c.text)
		faults := append(documentFaults([]source{s}), nameFaults(s)...)
		faults = append(faults, hopeFaults(s, false)...)
		if got := strings.Join(faults, "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s %q: want a fault that says %q, got %q", c.path, c.text, c.want, got)
		}
	}
	fine := []source{
		snippet(t, "agent/doc.go", "// Package agent acts.\npackage agent\n"),
		snippet(t, "agent/run.go", "package agent\n"),
		snippet(t, "agent/x_test.go", "package agent\nfunc f() { for { time.Sleep(1) } }\n"),
		snippet(t, "store/y_test.go", "package store\nimport \"testing/synctest\"\nfunc f() { synctest.Wait(); time.Sleep(1) }\n"),
		snippet(t, "broker/brokertest/server.go", "// Package brokertest starts servers.\npackage brokertest\n"),
		snippet(t, "cmd/expertcontroller/main.go", "// Command expertcontroller starts.\npackage main\n"),
	}
	faults := documentFaults(fine)
	for _, s := range fine {
		faults = append(append(faults, nameFaults(s)...), hopeFaults(s, ownClocks(fine)[s.Dir])...)
	}
	if len(faults) != 0 {
		t.Errorf("nothing is wrong, but: %q", faults)
	}
}

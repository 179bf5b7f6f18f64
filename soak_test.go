package expertcontroller_test

import (
	"go/ast"
	"os"
	"regexp"
	"strings"
	"testing"
)

// make soak repeats what is another test each time; a random test that its pattern does
// not match would never see more than one run's inputs.
func TestSoakRepeatsWhatIsRandom(t *testing.T) {
	text, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^SOAK_TESTS \?= (.+)$`).FindSubmatch(text)
	if found == nil {
		t.Fatal("the Makefile names no SOAK_TESTS")
	}
	pattern := regexp.MustCompile(string(found[1]))
	random := 0
	for _, s := range parse(t, ".") {
		if !s.Test {
			continue
		}
		for _, d := range s.File.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Test") || !isRandom(f) {
				continue
			}
			random++
			if !pattern.MatchString(f.Name.Name) {
				t.Errorf("%s: %s has random inputs, and SOAK_TESTS in the Makefile does not match it", s.at(f), f.Name.Name)
			}
		}
	}
	if random == 0 {
		t.Error("no random test was found: this test holds nothing")
	}
}

// isRandom tells whether a test draws its inputs.
func isRandom(f *ast.FuncDecl) (random bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if use, ok := n.(*ast.SelectorExpr); ok {
			x, named := use.X.(*ast.Ident)
			random = random || named && (x.Name == "rapid" && use.Sel.Name == "Check" || x.Name == "rand" && use.Sel.Name == "Uint64")
		}
		return true
	})
	return random
}

package expertcontroller_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// forOthers are exported names that the program itself does not use, each with who does.
var forOthers = map[string]string{
	"agent.Failpoints":           "a test kills an agent at each of them",
	"controller.MachineDocument": "a test writes docs/machine.md from it",
}

// unusedFaults names what a file exports and nobody uses but tests, or nobody at all:
// constants apart, which are the words of a message or of a file. What others build on,
// package client, is theirs to use.
func unusedFaults(files []source) []string {
	used := map[string]bool{}
	declared := map[*ast.Ident]bool{}
	type exported struct {
		s    source
		name *ast.Ident
	}
	var exports []exported
	for _, s := range files {
		if s.Test || forTests(s.Dir) {
			continue
		}
		export := func(name *ast.Ident) {
			declared[name] = true
			if name.IsExported() && s.Dir != "client" && !below(s.Dir, "tools") {
				exports = append(exports, exported{s, name})
			}
		}
		for _, d := range s.File.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					export(d.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						export(spec.Name)
					case *ast.ValueSpec:
						if d.Tok != token.CONST {
							for _, name := range spec.Names {
								export(name)
							}
						}
					}
				}
			}
		}
	}
	for _, s := range files {
		if s.Test || forTests(s.Dir) {
			continue
		}
		ast.Inspect(s.File, func(n ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok && !declared[name] {
				used[name.Name] = true
			}
			return true
		})
	}
	var out []string
	for _, e := range exports {
		name := e.s.File.Name.Name + "." + e.name.Name
		if !used[e.name.Name] && forOthers[name] == "" {
			out = append(out, fmt.Sprintf("%s: nothing but tests uses %s: take it away, move it to the tests, or say in forOthers who does", e.s.at(e.name), name))
		}
	}
	slices.Sort(out)
	return out
}

func TestWhatIsExportedIsUsed(t *testing.T) {
	files := parse(t, ".")
	for _, s := range parse(t, "tools") { // they use the words, too
		s.Path, s.Dir = "tools/"+s.Path, "tools/"+s.Dir
		files = append(files, s)
	}
	for _, fault := range unusedFaults(files) {
		t.Error(fault)
	}
}

func TestAnUnusedExportIsNamed(t *testing.T) {
	faults := unusedFaults([]source{
		snippet(t, "store/x.go", "package store\nfunc Used() {}\nfunc Left() {}\ntype Kept struct{}\nvar Gone int\nconst Word = 1\n"),
		snippet(t, "store/x_test.go", "package store\nfunc f() { Left(); Gone = 1 }\n"),
		snippet(t, "cmd/x.go", "package cmd\nfunc f(store.Kept) { store.Used() }\n"),
		snippet(t, "client/x.go", "package client\nfunc Theirs() {}\n"),
	})
	if got := strings.Join(faults, "\n"); len(faults) != 2 || !strings.Contains(got, "store.Left") || !strings.Contains(got, "store.Gone") {
		t.Errorf("Left and Gone are used by tests only, but: %q", faults)
	}
}

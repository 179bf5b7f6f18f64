// Package expertcontroller_test holds what must be true of the source as a whole:
// which room may import which, what the machine may not touch, how packages
// explain themselves. It parses the files instead of asking the go command, whose
// cached passes would hide a new import.
package expertcontroller_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path in go.mod: what our own imports begin with.
const module = "expertcontroller"

// source is one Go file of the module.
type source struct {
	// Path is the file's, from the module's root, with slashes.
	Path string
	// Dir is Path's directory; "." is the root.
	Dir  string
	Test bool
	File *ast.File
	Set  *token.FileSet
}

// imports lists what the file imports.
func (s source) imports() []string {
	var out []string
	for _, spec := range s.File.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err == nil {
			out = append(out, path)
		}
	}
	return out
}

// at says where in the file a node stands.
func (s source) at(n ast.Node) string {
	return s.Path + ":" + strconv.Itoa(s.Set.Position(n.Pos()).Line)
}

// walk calls visit with every file under root that belongs to the module: not those
// of nested modules, of testdata, of what was built or downloaded, nor hidden ones.
func walk(t *testing.T, root string, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() {
			visit(path)
			return nil
		}
		if path == root {
			return nil
		}
		switch name := entry.Name(); {
		case strings.HasPrefix(name, "."), strings.HasPrefix(name, "_"),
			name == "testdata", name == "tools", name == "node_modules", name == "bin", name == "dist":
			return filepath.SkipDir
		}
		if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
			return filepath.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatalf("walking %s: %v", root, err)
	}
}

// parse reads every Go file of the module at root.
func parse(t *testing.T, root string) []source {
	t.Helper()
	var out []source
	set := token.NewFileSet()
	walk(t, root, func(path string) {
		if !strings.HasSuffix(path, ".go") {
			return
		}
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			t.Errorf("parsing: %v", err)
			return
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatalf("naming %s: %v", path, err)
		}
		rel = filepath.ToSlash(rel)
		out = append(out, source{
			Path: rel,
			Dir:  filepath.ToSlash(filepath.Dir(rel)),
			Test: strings.HasSuffix(rel, "_test.go"),
			File: file,
			Set:  set,
		})
	})
	if len(out) == 0 {
		t.Fatalf("no Go files under %s: these tests would hold nothing", root)
	}
	return out
}

// snippet makes a source of a few lines, for the rules' own tests.
func snippet(t *testing.T, path, text string) source {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments)
	if err != nil {
		t.Fatalf("parsing the snippet: %v", err)
	}
	return source{
		Path: path,
		Dir:  filepath.ToSlash(filepath.Dir(path)),
		Test: strings.HasSuffix(path, "_test.go"),
		File: file,
		Set:  set,
	}
}

// strangeKeys names the log lines that call an error otherwise than all others do.
func strangeKeys(s source) []string {
	var out []string
	ast.Inspect(s.File, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if f, ok := call.Fun.(*ast.SelectorExpr); !ok || !slices.Contains([]string{"Debug", "Info", "Warn", "Error", "Log", "With", "Any", "String"}, f.Sel.Name) {
			return true
		}
		for _, x := range call.Args {
			key, ok := x.(*ast.BasicLit)
			if !ok || key.Kind != token.STRING {
				continue
			}
			if name, err := strconv.Unquote(key.Value); err == nil && name == "err" {
				out = append(out, s.at(key)+": a log line says err: it is called error everywhere else, so that one search finds all")
			}
		}
		return true
	})
	return out
}

func TestLogKeysAreTheSameEverywhere(t *testing.T) {
	for _, s := range parse(t, ".") {
		for _, fault := range strangeKeys(s) {
			t.Error(fault)
		}
	}
	for text, want := range map[string]int{
		"func f() { log.Warn(\"x\", \"err\", err) }":                     1,
		"func f() { log.With(\"system\", s).Info(\"x\", \"err\", err) }": 1,
		"func f() { log.Warn(\"x\", \"error\", err) }":                   0,
		"func f() { t.Run(\"err\", g) }":                                 0,
	} {
		if got := strangeKeys(snippet(t, "agent/x.go", "package agent\n"+text+"\n")); len(got) != want {
			t.Errorf("%s: want %d, got %q", text, want, got)
		}
	}
}

package expertcontroller_test

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// impureImports are what the machine's files may not import: an entry must be
// decided the same by whoever decides it, at whatever time, on whatever host.
var impureImports = map[string]string{
	"log":         "the machine tells what happened in events, which are data; whoever runs it may log",
	"os":          "the machine reads neither files nor environment: what it needs comes in as an input",
	"io":          "the machine has nothing to read from or write to",
	"net":         "the machine knows no network",
	"sync":        "one goroutine owns the machine: where it needs a lock, its state is shared",
	"context":     "Step does not wait, so there is nothing to give up",
	"runtime":     "what is decided may not depend on where it runs",
	"unsafe":      "what is decided may not depend on where it runs",
	"embed":       "the machine reads no files",
	"flag":        "what it needs comes in as an input",
	"plugin":      "what is decided may not depend on where it runs",
	"syscall":     "the machine touches no system",
	"math/rand":   "a decision must be repeatable: ids come in with the inputs",
	"crypto/rand": "a decision must be repeatable: ids come in with the inputs",
}

// impureCalls are what the machine's files may not use of a package that they may import.
var impureCalls = map[string]map[string]string{
	"time": {
		"Now":          "time is an input: use the time that Step was given",
		"Since":        "time is an input: use the time that Step was given",
		"Until":        "time is an input: use the time that Step was given",
		"After":        "the machine does not wait: deadlines are part of the state",
		"AfterFunc":    "the machine does not wait: deadlines are part of the state",
		"NewTimer":     "the machine does not wait: deadlines are part of the state",
		"NewTicker":    "the machine does not wait: deadlines are part of the state",
		"Tick":         "the machine does not wait: deadlines are part of the state",
		"Sleep":        "the machine does not wait: deadlines are part of the state",
		"Local":        "UTC only: a local time is another one on another host",
		"LoadLocation": "UTC only: a local time is another one on another host",
	},
	"fmt": {
		"Print":   "the machine prints nothing",
		"Printf":  "the machine prints nothing",
		"Println": "the machine prints nothing",
	},
}

// pure tells whether a file is part of the machine: everything in the controller but
// the actor that runs it and the tests.
func pure(s source) bool {
	return s.Dir == "controller" && !s.Test && !strings.HasPrefix(path.Base(s.Path), "actor")
}

// purityFaults names what a file of the machine touches although it may not.
func purityFaults(s source) []string {
	var out []string
	fault := func(n ast.Node, what, because string) {
		out = append(out, fmt.Sprintf("%s: %s: %s (the actor's files, actor*.go, may)", s.at(n), what, because))
	}
	// names gives the import path for the name under which a file uses a package.
	names := map[string]string{}
	for _, spec := range s.File.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		for forbidden, because := range impureImports {
			if below(imported, forbidden) {
				fault(spec, "import "+imported, because)
			}
		}
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "." {
			fault(spec, "import . "+imported, "a dot import hides what is used")
		}
		names[name] = imported
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Obj == nil {
				if because, forbidden := impureCalls[names[x.Name]][n.Sel.Name]; forbidden {
					fault(n, names[x.Name]+"."+n.Sel.Name, because)
				}
			}
		case *ast.GoStmt:
			fault(n, "go statement", "one goroutine owns the machine")
		case *ast.SelectStmt:
			fault(n, "select", "the machine does not wait")
		case *ast.ChanType:
			fault(n, "channel", "values in, values out: nothing is sent from within")
		case *ast.Ident:
			if n.Name == "Actor" {
				fault(n, "Actor", "the machine knows nothing of what runs it")
			}
		}
		return true
	})
	return out
}

// actors tells whether a file is one of the actor's, which the machine may not use.
func actors(s source) bool {
	return s.Dir == "controller" && !s.Test && !pure(s)
}

// declared gives what a file declares for its whole package, and where. A method stands
// under its receiver's type and its own name, T.m.
func declared(s source) map[string]string {
	out := map[string]string{}
	for _, d := range s.File.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				name = receiver(d) + "." + name
			}
			out[name] = s.at(d)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					out[spec.Name.Name] = s.at(spec)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						out[name.Name] = s.at(name)
					}
				}
			}
		}
	}
	return out
}

// receiver gives the name of the type that a method belongs to.
func receiver(d *ast.FuncDecl) string {
	x := d.Recv.List[0].Type
	for {
		switch t := x.(type) {
		case *ast.StarExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

// borrowed names what the machine's files use of the actor's: whatever that does, the
// machine would do. So would it with a method that the actor's files give one of its types.
func borrowed(all []source) []string {
	theirs, ours := map[string]string{}, map[string]string{}
	for _, s := range all {
		switch {
		case actors(s):
			maps.Copy(theirs, declared(s))
		case pure(s):
			maps.Copy(ours, declared(s))
		}
	}
	var out []string
	for name, at := range theirs {
		owner, method, is := strings.Cut(name, ".")
		if _, machines := ours[owner]; is && machines {
			out = append(out, fmt.Sprintf("%s: method %s: %s is the machine's type: its methods stand in the machine's files", at, method, owner))
		}
	}
	for _, s := range all {
		if !pure(s) {
			continue
		}
		for _, used := range s.File.Unresolved {
			if at := theirs[used.Name]; at != "" {
				out = append(out, fmt.Sprintf("%s: %s: it is declared in %s, an actor's file, which may use clocks, chance and the outside: move what both need into one of the machine's", s.at(used), used.Name, at))
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestTheMachineIsPure(t *testing.T) {
	all := parse(t, ".")
	seen := 0
	for _, s := range all {
		if !pure(s) {
			continue
		}
		seen++
		for _, fault := range purityFaults(s) {
			t.Error(fault)
		}
	}
	if seen == 0 {
		t.Error("no file of the machine was found: has the package moved?")
	}
	for _, fault := range borrowed(all) {
		t.Error(fault)
	}
}

// A file's name is not enough: what the actor's files declare is as impure when the
// machine's call it.
func TestWhatTheMachineBorrowsIsNamed(t *testing.T) {
	actor := "import \"time\"\ntype Actor struct{ free int }\nfunc (a *Actor) now() {}\nvar began = time.Now()\n" +
		"const tick, tock = 1, 2\ntype ask struct{}\nfunc sampled() time.Time { return time.Now() }\n"
	for _, c := range []struct{ actor, machine, want string }{
		{"", "func Step() { _ = sampled() }", "step.go:2: sampled"},
		{"", "func Step() { f := sampled; _ = f }", "step.go:2: sampled"},
		{"", "var x = began", "began"},
		{"", "func Step() int { return tock }", "tock"},
		{"", "func Step(q *ask) {}", "ask"},
		{"", "type s struct{ q []ask }", "ask"},
		{"func (s *State) wait() {}", "type State struct{}", "method wait: State"},
		{"func (s all[T]) wait() {}", "type all[T any] []T", "method wait: all"},
		// These are the machine's own, whatever the actor's are called.
		{"", "func Step(sampled int) int { return sampled }", ""},
		{"", "func Step() { began := 1; _ = began }", ""},
		{"", "type s struct{ ask, tick int }\nfunc f(v s) int { return s{ask: 1}.ask + v.tick }", ""},
		{"", "type s struct{}\nfunc (s) now() {}\nfunc f(v s) { v.now() }", ""},
	} {
		got := borrowed([]source{
			snippet(t, "controller/actor_sample.go", "package controller\n"+actor+c.actor+"\n"),
			snippet(t, "controller/step.go", "package controller\n"+c.machine+"\n"),
			snippet(t, "controller/actor_test.go", "package controller\nfunc Step() {}\n"),
		})
		if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%s%s: want one fault that says %q, got %q", c.actor, c.machine, c.want, got)
		}
	}
}

// Each of these is a way for time, chance or the outside to come into the machine.
func TestAnImpureMachineIsNamed(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"import \"time\"\nvar x = time.Now()", "time.Now"},
		{"import clock \"time\"\nvar x = clock.Now()", "time.Now"},
		{"import \"time\"\nvar x = time.Now", "time.Now"},
		{"import \"time\"\nfunc f(at time.Time) time.Duration { return time.Since(at) }", "time.Since"},
		{"import \"time\"\nfunc f() { <-time.After(time.Second) }", "time.After"},
		{"import \"time\"\nvar x = time.Local", "UTC only"},
		{"import \"log/slog\"\nvar x = slog.Default()", "events, which are data"},
		{"import \"math/rand/v2\"\nvar x = rand.Int()", "repeatable"},
		{"import \"crypto/rand\"\nvar x = rand.Reader", "repeatable"},
		{"import \"net/http\"\nvar x = http.DefaultClient", "no network"},
		{"import \"os\"\nvar x = os.Args", "neither files nor environment"},
		{"import \"sync/atomic\"\nvar x atomic.Int64", "one goroutine"},
		{"import . \"time\"\nvar x = Now()", "hides what is used"},
		{"func (a *Actor) f() {}", "what runs it"},
		{"func f() { go f() }", "go statement"},
		{"func f(c chan int) { select { case <-c: } }", "the machine does not wait"},
		{"import \"fmt\"\nfunc f() { fmt.Println() }", "prints nothing"},
	} {
		s := snippet(t, "controller/step.go", "package controller\n"+c.text+"\n")
		if got := strings.Join(purityFaults(s), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s: want a fault that says %q, got %q", c.text, c.want, got)
		}
	}
	fine := "package controller\nimport (\"time\"; \"fmt\"; \"errors\")\n" +
		"type s struct{ Now time.Time }\nfunc f(time s) any { return time.Now }\n" +
		"var e = fmt.Errorf(\"x: %w\", errors.New(\"y\"))\nvar d = time.Second\n"
	if got := purityFaults(snippet(t, "controller/step.go", fine)); len(got) != 0 {
		t.Errorf("nothing is wrong with\n%s\nbut: %q", fine, got)
	}
}

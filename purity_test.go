package expertcontroller_test

import (
	"fmt"
	"go/ast"
	"path"
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

func TestTheMachineIsPure(t *testing.T) {
	seen := 0
	for _, s := range parse(t, ".") {
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

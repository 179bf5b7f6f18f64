package cmd

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// Every command says what it is for and shows how it is used.
func TestEveryCommandHasHelpWithExamples(t *testing.T) {
	var tree cli
	parser, err := newParser(&tree, newConsole(strings.NewReader(""), &lockedBuffer{}, &lockedBuffer{}))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	var visit func(n *kong.Node)
	visit = func(n *kong.Node) {
		for _, f := range n.Flags {
			if f.Help == "" {
				t.Errorf("%s: --%s has no help", n.Path(), f.Name)
			}
		}
		for _, child := range n.Children {
			visit(child)
		}
		if len(n.Children) > 0 {
			return
		}
		seen++
		words := strings.Fields(strings.TrimPrefix(n.Path(), "expertcontroller"))
		if i := strings.IndexByte(strings.Join(words, " "), '<'); i >= 0 {
			words = strings.Fields(strings.Join(words, " ")[:i])
		}
		g := runCommand(t.Context(), "", append(words, "--help")...)
		if g.code != 0 || n.Help == "" || !strings.Contains(strings.Join(strings.Fields(g.out), " "), n.Help) || !strings.Contains(g.out, "Examples:") {
			t.Errorf("%v --help: exit code %d, stdout has to hold %q and examples:\n%s", words, g.code, n.Help, g.out)
		}
		if _, ok := n.Target.Addr().Interface().(exampled); !ok {
			t.Errorf("%v has no examples", words)
		}
	}
	visit(parser.Model.Node)
	if seen < 20 {
		t.Errorf("only %d commands were seen", seen)
	}
}

func TestWrongCommandLinesAreUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"frobnicate"}, {"approve"}, {"mode", "fast"}, {"wait", "cms-1", "--timeout", "soon"}, {"hold"}, {"history", "--limit", "0"},
		{"show", "37"}, {"watch", "37"}, {"interrupt", "37"}, {"note", "37", "text"}} {
		if g := runCommand(t.Context(), "", args...); g.code != 2 || !strings.HasPrefix(g.err, "expertcontroller: ") || g.out != "" {
			t.Errorf("%v: exit code %d, want 2:\n%s%s", args, g.code, g.out, g.err)
		}
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// write puts a tiny module with a list of mutants into a directory of its own.
func write(t *testing.T, list string) string {
	t.Helper()
	t.Setenv("GOFLAGS", "-ldflags=-s") // linking is most of the work
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module tiny\n\ngo 1.26.0\n",
		"gate/gate.go": "package gate\n\n" +
			"// Open opens for adults, not on Sundays.\n" +
			"func Open(age, day int) bool {\n\tif age < 18 {\n\t\treturn false\n\t}\n\tif day == 0 {\n\t\treturn false\n\t}\n\treturn true\n}\n",
		"gate/gate_test.go": "package gate\n\nimport \"testing\"\n\n" +
			"func TestAge(t *testing.T) {\n\tt.Run(\"child\", func(t *testing.T) {\n\t\tif Open(17, 1) {\n\t\t\tt.Error(\"open for a child\")\n\t\t}\n\t})\n" +
			"\tt.Run(\"adult\", func(t *testing.T) {\n\t\tif !Open(18, 1) {\n\t\t\tt.Error(\"closed for an adult\")\n\t\t}\n\t})\n}\n" +
			"func TestWrong(t *testing.T) { t.Error(\"always\") }\n",
		"testdata/mutants/a.txt": list,
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const entries = `# What the gate's tests are worth.

mutant: children
rule: It opens
rule: for adults only.
test: ./gate -run TestAge
file: gate/gate.go
old:
	if age < 18 {
		return false
	}
new:
end:

mutant: sundays
rule: It stays closed on Sundays.
test: ./gate -run TestAge
file: gate/gate.go
old:
	if day == 0 {
new:
	if false {
end:

mutant: gone
rule: It looks at the moon.
test: ./gate -run TestAge
file: gate/gate.go
old:
	if moon {
new:
	if false {
end:

mutant: twice
rule: It is not said which return is meant.
test: ./gate -run TestAge
file: gate/gate.go
old:
		return false
new:
		return true
end:

mutant: broken
rule: It compiles.
test: ./gate -run TestAge
file: gate/gate.go
old:
	if day == 0 {
new:
	if day == nothing {
end:

mutant: loop
rule: It comes to an end.
test: ./gate -run TestAge
file: gate/gate.go
old:
	if day == 0 {
new:
	select {}
	if day == 0 {
end:

mutant: anyway
rule: Its test fails anyway.
test: ./gate -run TestWrong
file: gate/gate.go
old:
	if day == 0 {
new:
	if false {
end:
`

// Each way in which a mutant can end is told apart, and the tree is left as it is.
func TestMutants(t *testing.T) {
	root := write(t, entries)
	before, err := os.ReadFile(filepath.Join(root, "gate", "gate.go"))
	if err != nil {
		t.Fatal(err)
	}
	mutants, err := load(root, "")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	found, err := lab{root: root, parallel: 3, limit: 5 * time.Second, log: &log}.try(t.Context(), mutants)
	if err != nil {
		t.Fatal(err)
	}
	got := table(found)
	for _, want := range []string{
		"children  It opens for adults only.                     caught             gate TestAge/child",
		"sundays   It stays closed on Sundays.                   SURVIVED           go test ./gate -run TestAge passes",
		"gone      It looks at the moon.                         STALE              the old text stands 0 times in gate/gate.go",
		"twice     It is not said which return is meant.         STALE              the old text stands 2 times in gate/gate.go",
		"broken    It compiles.                                  DOES NOT COMPILE",
		"loop      It comes to an end.                           caught             gate TestAge/adult",
		"anyway    Its test fails anyway.                        TESTS FAIL ANYWAY  gate TestWrong",
		"2 of 7 mutants caught",
	} {
		if !strings.Contains(squeeze(got), squeeze(want)) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
	after, err := os.ReadFile(filepath.Join(root, "gate", "gate.go"))
	if err != nil {
		t.Fatal(err)
	}
	if string(after) != string(before) {
		t.Error("the tree was changed")
	}
}

// squeeze makes runs of spaces one, so that a wider column doesn't matter.
func squeeze(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n")
}

// The command's exit code says whether all were caught.
func TestExitCode(t *testing.T) {
	root := write(t, entries)
	for only, want := range map[string]int{"^children$": 0, "^sundays$": 1, "^gone$": 1, "^broken$": 1, "nothing": 1, "(": 2} {
		if got := run(t.Context(), []string{"-root", root, "-only", only, "-json"}); got != want {
			t.Errorf("-only %s: want %d, got %d", only, want, got)
		}
	}
}

// A test that doesn't exist catches nothing: it is an error, not a survivor.
func TestNoSuchTest(t *testing.T) {
	root := write(t, strings.ReplaceAll(entries, "TestAge", "TestNothing"))
	if got := run(t.Context(), []string{"-root", root, "-only", "^children$"}); got != 1 {
		t.Errorf("want 1, got %d", got)
	}
}

func TestEntriesThatAreNotWhole(t *testing.T) {
	for text, want := range map[string]string{
		"rule: x\n":                             "begins with `mutant: NAME`",
		"mutant:\n":                             "needs a name",
		"mutant: a\n":                           "which sentence no longer holds",
		"mutant: a\nrule: r\n":                  "which tests should notice",
		"mutant: a\nrule: r\ntest: ./x\n":       "what is replaced",
		"mutant: a\nrule: r\ntest: ./x\nold:\n": "say `file: PATH`",
		"mutant: a\nrule: r\ntest: ./x\nfile: f\nold:\nx\nnew:\ny\n":          "no `end:`",
		"mutant: a\nrule: r\ntest: ./x\nfile: f\nold:\nx\nnew:\nx\nend:\n":    "something else",
		"mutant: a\nrule: r\ntest: ./x\nfile: ../f\nold:\nx\nnew:\ny\nend:\n": "from the module's root",
		"mutant: a\ncolour: red\n":                                            "an entry has",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want an error that says %q, got %v", text, want, err)
		}
	}
}

// The code moves on, and so must the list: what is taken out stands exactly once. Running
// the mutants tells that, too, but takes so long that it is seldom done.
func TestListFitsTheCode(t *testing.T) {
	root := filepath.Join("..", "..")
	mutants, err := load(root, "")
	if err != nil || len(mutants) == 0 {
		t.Fatalf("the list can't be read: %v", err)
	}
	for _, m := range mutants {
		for _, e := range m.Edits {
			text, err := os.ReadFile(filepath.Join(root, e.File))
			if err != nil {
				t.Errorf("%s: %v", m.Name, err)
				continue
			}
			if n := strings.Count(string(text), e.Old); n != 1 {
				t.Errorf("%s: the old text stands %d times in %s: adapt the entry to the code", m.Name, n, e.File)
			}
		}
	}
}

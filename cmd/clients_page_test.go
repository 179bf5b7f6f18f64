package cmd_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// examples are the files that docs/clients.md shows parts of, by the language of the part.
var examples = map[string]string{"js": "javascript/ask.mjs", "py": "python/ask.py", "sh": "shell/ask.sh", "go": "go/ask.go"}

// fence is a part of a page that is code.
var fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// isProgram tells a whole Go program from a part of the example in Go.
func isProgram(code string) bool { return strings.HasPrefix(code, "package main\n") }

// What docs/clients.md shows of an example stands in it, line for line, but for how far it
// is indented: the files are run (example-languages), the page isn't.
func TestTheClientsPageShowsTheExamples(t *testing.T) {
	shown := map[string]int{}
	for _, m := range fence.FindAllStringSubmatch(read(t, "docs", "clients.md"), -1) {
		file := examples[m[1]]
		if file == "" || isProgram(m[2]) {
			continue
		}
		text := unindented(read(t, "testdata", "examples", filepath.FromSlash(file)))
		for _, part := range strings.Split(unindented(m[2]), "\n\n") {
			shown[m[1]]++
			if !strings.Contains(text, "\n"+strings.Trim(part, "\n")+"\n") {
				t.Errorf("docs/clients.md shows what does not stand in %s:\n%s", file, part)
			}
		}
	}
	for language, file := range examples {
		if shown[language] == 0 {
			t.Errorf("docs/clients.md shows nothing of %s", file)
		}
	}
}

// Each example sends and reads the same: the one in Python, too, which no test can run.
func TestTheExamplesSayTheSame(t *testing.T) {
	for _, file := range examples {
		text := read(t, "testdata", "examples", filepath.FromSlash(file))
		for _, said := range []string{
			"recovery.v1.request", "recovery.v1.cleared", "recovery.v1.error", "query.status", ".request", ".cleared",
			"503", "asked again", "terminal", "joined", "token", "after", "entry", "poll_after", "observing", "verdict", "completed",
		} {
			if !strings.Contains(strings.ToLower(text), said) {
				t.Errorf("%s says nothing of %s, as the others do", file, said)
			}
		}
	}
}

// A module of somebody else's imports package client as docs/clients.md says, from a checkout.
func TestAnotherModuleImportsTheClient(t *testing.T) {
	checkout, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	program := ""
	for _, m := range fence.FindAllStringSubmatch(read(t, "docs", "clients.md"), -1) {
		switch {
		case m[1] == "go" && isProgram(m[2]):
			program = m[2]
		case m[1] == "" && strings.HasPrefix(m[2], "go mod"):
			commands = strings.Split(strings.TrimSpace(m[2]), "\n")
		}
	}
	if program == "" || len(commands) == 0 {
		t.Fatal("docs/clients.md shows no program, or not how its module is made")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "making a module", dir, "mod", "init", "example.org/daq")
	for _, command := range commands {
		run(t, command, dir, strings.Fields(strings.ReplaceAll(command, "../expertcontroller", checkout))[1:]...)
	}
	run(t, "vetting the program", dir, "vet", ".")
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// unindented takes the blanks from the front of each line.
func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimLeft(lines[i], " \t")
	}
	return strings.Join(lines, "\n")
}

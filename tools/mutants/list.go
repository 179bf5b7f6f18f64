package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// mutant is one rule taken out of the code.
type mutant struct {
	Name string
	// Rule is the sentence that no longer holds.
	Rule  string
	Edits []edit
	// Test is what `go test` gets: packages and flags.
	Test []string
}

// edit replaces a text that stands exactly once in a file.
type edit struct {
	File, Old, New string
}

// load reads every entry of a module's list, in the order of files and lines.
func load(root, list string) ([]mutant, error) {
	if list == "" {
		list = filepath.Join(root, "testdata", "mutants")
	}
	files, err := filepath.Glob(filepath.Join(list, "*.txt"))
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", list, err)
	}
	sort.Strings(files)
	var out []mutant
	names := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		mutants, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, m := range mutants {
			if other, taken := names[m.Name]; taken {
				return nil, fmt.Errorf("%s: %s is in %s already: give each mutant a name of its own", file, m.Name, other)
			}
			names[m.Name] = file
			out = append(out, m)
		}
	}
	return out, nil
}

// parse reads the entries of one file: `mutant:` begins one, `rule:`, `test:` and `file:`
// say what, and the lines between `old:`, `new:` and `end:` are the texts.
func parse(text string) ([]mutant, error) {
	var out []mutant
	var current *mutant
	var file, block string
	var old, replacement []string
	for i, line := range strings.Split(text, "\n") {
		fault := func(what string) error { return fmt.Errorf("line %d: %s", i+1, what) }
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case block == "old" && line == "new:":
			block = "new"
			continue
		case block == "new" && line == "end:":
			current.Edits = append(current.Edits, edit{File: file, Old: strings.Join(old, "\n"), New: strings.Join(replacement, "\n")})
			block, old, replacement = "", nil, nil
			continue
		case block == "old":
			old = append(old, line)
			continue
		case block == "new":
			replacement = append(replacement, line)
			continue
		case strings.TrimSpace(line) == "", strings.HasPrefix(line, "#"):
			continue
		}
		if key == "mutant" {
			if value == "" {
				return nil, fault("a mutant needs a name")
			}
			out = append(out, mutant{Name: value})
			current, file = &out[len(out)-1], ""
			continue
		}
		if current == nil {
			return nil, fault("an entry begins with `mutant: NAME`")
		}
		switch key {
		case "rule":
			current.Rule = strings.TrimSpace(current.Rule + " " + value)
		case "test":
			current.Test = strings.Fields(value)
		case "file":
			file = value
		case "old":
			if file == "" {
				return nil, fault("say `file: PATH` before `old:`")
			}
			block = "old"
		default:
			return nil, fault(fmt.Sprintf("%q: an entry has mutant, rule, test, file, old, new and end", key))
		}
	}
	if block != "" {
		return nil, fmt.Errorf("the last %q has no `end:`", block)
	}
	for _, m := range out {
		if err := m.whole(); err != nil {
			return nil, fmt.Errorf("mutant %s: %w", m.Name, err)
		}
	}
	return out, nil
}

// whole tells what is missing.
func (m mutant) whole() error {
	switch {
	case m.Rule == "":
		return errors.New("say in `rule:` which sentence no longer holds")
	case len(m.Test) == 0:
		return errors.New("say in `test:` which tests should notice: ./controller -run TestCases")
	case len(m.Edits) == 0:
		return errors.New("say with `file:`, `old:`, `new:`, `end:` what is replaced")
	}
	for _, e := range m.Edits {
		if strings.TrimSpace(e.Old) == "" || e.Old == e.New {
			return fmt.Errorf("%s: the old text must say something, and the new one something else", e.File)
		}
		if filepath.IsAbs(e.File) || strings.HasPrefix(filepath.Clean(e.File), "..") {
			return fmt.Errorf("%s: name files from the module's root", e.File)
		}
	}
	return nil
}

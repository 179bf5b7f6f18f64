package cmd

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

func TestWithJSONEachLineOfTheResultIsADocument(t *testing.T) {
	for _, args := range [][]string{
		{"key", "anna"}, {"key", "anna", "--file", filepath.Join(t.TempDir(), "keys")}, {"schema", "ls"}, {"schema", "show", "request"},
	} {
		got := runCommand(t.Context(), "", append(args, "--json")...)
		lines := strings.Split(strings.TrimRight(got.out, "\n"), "\n")
		for _, line := range lines {
			if !json.Valid([]byte(line)) || got.code != 0 {
				t.Errorf("%v: exit code %d, and a line that is no document:\n%s", args, got.code, line)
			}
		}
	}
}

func TestANameThatCantBeOneIsUsage(t *testing.T) {
	r := newResponder(t)
	for flag, args := range map[string][]string{
		"--expert":        {"request", "--action", "recycle", "--expert", "two words"},
		"--as":            {"status", "default-1", "--as", "two words"},
		"--system":        {"status", "--system", "two words"},
		"\"nonsense\" is": {"request", "--action", "recycle", "--preempt", "nonsense"},
	} {
		got := r.run(args...)
		got.want(t, exitUsage, "", flag)
		if strings.Contains(got.err, "--as") != (flag == "--as") {
			t.Errorf("%v: the words name another flag than the one that is wrong:\n%s", args, got.err)
		}
	}
}

package expertcontroller_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var decisionName = regexp.MustCompile(`^(\d{4})-[a-z0-9-]+\.md$`)

// Every decision has its number to itself, says why, what and at what cost, and
// stands in the index.
func TestDecisionsAreWholeAndListed(t *testing.T) {
	dir := filepath.Join("docs", "decisions")
	index, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatalf("reading the index: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatalf("listing the decisions: %v", err)
	}
	numbers := map[string]string{}
	for _, entry := range entries {
		name := entry.Name()
		if name == "README.md" {
			continue
		}
		m := decisionName.FindStringSubmatch(name)
		if m == nil {
			t.Errorf("%s: call it NNNN-title.md, in small letters", name)
			continue
		}
		if other, taken := numbers[m[1]]; taken {
			t.Errorf("%s has the number of %s", name, other)
		}
		numbers[m[1]] = name
		if !strings.Contains(string(index), "("+name+")") {
			t.Errorf("%s is not in the index: add a line to docs/decisions/README.md", name)
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatalf("reading %s: %v", name, err)
		}
		for _, part := range []string{"# " + m[1] + " ", "\n## Context\n", "\n## Decision\n", "\n## Cost\n"} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s lacks %q: a decision has context, decision and cost", name, strings.TrimSpace(part))
			}
		}
	}
	if len(numbers) == 0 {
		t.Error("no decision was found")
	}
	for _, link := range regexp.MustCompile(`\((\d{4}-[^)]*)\)`).FindAllStringSubmatch(string(index), -1) {
		if _, err := os.Stat(filepath.Join(dir, link[1])); err != nil {
			t.Errorf("the index names %s, which isn't there", link[1])
		}
	}
}

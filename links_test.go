package expertcontroller_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// What the documentation points at is there. While the program's wiring isn't, the
// front page points ahead.
func TestLinksLeadSomewhere(t *testing.T) {
	ahead := !exists(filepath.Join("cmd", "serve.go"))
	seen := 0
	check := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("reading %s: %v", path, err)
		}
		for _, m := range link.FindAllStringSubmatch(withoutCode(string(text)), -1) {
			seen++
			if ahead && path == "README.md" {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s points at %s, which isn't there", path, m[1])
			}
		}
	}
	walk(t, ".", func(path string) {
		if filepath.Ext(path) == ".md" {
			check(path)
		}
	})
	for _, dir := range []string{"scripts", "mutants", "cases", "requests"} {
		if path := filepath.Join("testdata", dir, "README.md"); exists(path) {
			check(path)
		}
	}
	if seen == 0 {
		t.Error("no link was found")
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

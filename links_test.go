package expertcontroller_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`\]\(([^)#:]+)?(#[^)]*)?\)`)

// heading is a line that an anchor may lead to.
var heading = regexp.MustCompile(`(?m)^#+ (.+)$`)

// anchor writes a heading as it stands in a link.
func anchor(title string) string {
	kept := regexp.MustCompile("[^a-z0-9 _-]").ReplaceAllString(strings.ToLower(title), "")
	return "#" + strings.ReplaceAll(kept, " ", "-")
}

// What the documentation points at is there, and so is the heading; and every page of docs
// can be reached from the front page.
func TestLinksLeadSomewhere(t *testing.T) {
	var pages []string
	walk(t, ".", func(path string) {
		if filepath.Ext(path) == ".md" {
			pages = append(pages, path)
		}
	})
	for _, pattern := range []string{"testdata/*/README.md", "testdata/*/*/README.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	leads := map[string][]string{}
	for _, path := range pages {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("reading %s: %v", path, err)
		}
		for _, m := range link.FindAllStringSubmatch(withoutCode(string(text)), -1) {
			to := path
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(path), filepath.FromSlash(m[1]))
			}
			leads[path] = append(leads[path], to)
			there, err := os.Stat(to)
			if err != nil {
				t.Errorf("%s points at %s, which isn't there", path, to)
				continue
			}
			if m[2] != "" && !there.IsDir() && !hasAnchor(t, to, m[2]) {
				t.Errorf("%s points at %s%s: there is no such heading", path, to, m[2])
			}
		}
	}
	reached := map[string]bool{}
	var reach func(string)
	reach = func(path string) {
		if !reached[path] {
			reached[path] = true
			for _, to := range leads[path] {
				reach(to)
			}
		}
	}
	reach("README.md")
	for _, path := range pages {
		if below(filepath.ToSlash(path), "docs") && !reached[path] {
			t.Errorf("no link leads from README.md to %s: nobody finds it", path)
		}
	}
	if len(leads["README.md"]) == 0 {
		t.Error("no link was found")
	}
}

func hasAnchor(t *testing.T, path, name string) bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("reading %s: %v", path, err)
	}
	for _, m := range heading.FindAllStringSubmatch(string(text), -1) {
		if anchor(m[1]) == name {
			return true
		}
	}
	return false
}

package dashboard

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"regexp"
	"slices"
	"testing"
)

// A phone on a bad line must not wait for the page.
const mostCompressed = 40_000

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := fs.ReadFile(Files(), name)
	if err != nil {
		t.Fatalf("the page lacks a file: %v; run make generate", err)
	}
	return content
}

// The first load stays below its limit.
func TestFirstLoadIsSmall(t *testing.T) {
	sum := 0
	for _, name := range append(loadedWith(t, "app.js"), "index.html", "app.css", "icon.svg") {
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(read(t, name)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		sum += packed.Len()
	}
	if sum >= mostCompressed {
		t.Errorf("the first load has %d bytes compressed, want less than %d", sum, mostCompressed)
	}
}

// loadedWith lists a script and the parts that it imports at once.
func loadedWith(t *testing.T, name string) []string {
	t.Helper()
	all := []string{name}
	for i := 0; i < len(all); i++ {
		for _, found := range regexp.MustCompile(`(?:from|import)"\./([^"]+\.js)"`).FindAllStringSubmatch(string(read(t, all[i])), -1) {
			if !slices.Contains(all, found[1]) {
				all = append(all, found[1])
			}
		}
	}
	return all
}

// A strict content security policy can hold: nothing inline, nothing from elsewhere.
func TestNothingIsInlineOrForeign(t *testing.T) {
	page := read(t, "index.html")
	for _, wrong := range []string{`<script[^>]*>[^<]`, `<style`, ` style=`, ` on[a-z]+=`, `(href|src)="(https?:|//|data:)`} {
		if found := regexp.MustCompile(wrong).Find(page); found != nil {
			t.Errorf("index.html has %q, which the content security policy refuses", found)
		}
	}
	if found := regexp.MustCompile(`url\((https?:|//|data:)[^)]*|@import`).Find(read(t, "app.css")); found != nil {
		t.Errorf("app.css loads %q", found)
	}
	scripts, err := fs.Glob(Files(), "*.js")
	if err != nil || len(scripts) < 2 {
		t.Fatalf("scripts %q, %v", scripts, err)
	}
	for _, name := range scripts {
		if found := regexp.MustCompile(`\beval\(|new Function\(|dangerouslySetInnerHTML:`).Find(read(t, name)); found != nil {
			t.Errorf("%s has %q", name, found)
		}
	}
}

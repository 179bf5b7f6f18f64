package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// A constant's meaning stands behind it or above it, its paragraph's heading above the first.
func TestCodesAreReadWithTheirMeaning(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "schema"), 0o700); err != nil {
		t.Fatal(err)
	}
	read := func(text string) ([]code, error) {
		if err := os.WriteFile(filepath.Join(root, "schema", "reason.go"), []byte("package schema\n\nconst (\n"+text+"\n)\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return codesOf(root, "reason.go", "Code")
	}
	got, err := read("\t// Why it ended.\n\tCodeA = \"a\" // it was so\n\t// CodeB: it was\n\t// otherwise.\n\tCodeB = \"b\"\n\n\t// Why it waits.\n\t// CodeC: it can't go on.\n\tCodeC = \"c\"")
	want := []code{{"Why it ended.", "a", "it was so"}, {"Why it ended.", "b", "it was otherwise"}, {"Why it waits.", "c", "it can't go on"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	for text, fault := range map[string]string{
		"\tCodeA = \"a\"":                   "CodeA needs",
		"\tCodeA = \"a\" // see poll_after": "write `poll_after`",
		"\tOther = \"a\" // it was so":      "no constant",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: %v, want a fault that says %q", text, err, fault)
		}
	}
}

// What is sent stays as it is sent; prose begins with a capital.
func TestDescriptionsKeepWhatIsSent(t *testing.T) {
	c := &comments{fields: map[string]string{
		"Mode.Mode": "Mode is one of: `approval`: people approve.", "Mode.Note": "Note is a remark.", "Mode.After": "After is one of: awaiting_approval or running.",
	}}
	for field, want := range map[string]string{"Mode": "`approval`: people approve.", "Note": "A remark."} {
		if got, err := c.of("Mode", field, ""); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", field, got, err, want)
		}
	}
	if got, err := c.of("Mode", "After", ""); err == nil || !strings.Contains(err.Error(), "awaiting_approval") {
		t.Errorf("a value that stands as prose: %q, %v", got, err)
	}
}

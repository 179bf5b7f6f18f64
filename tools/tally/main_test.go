package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// events writes a module of one package into a directory of its own, and gives back
// what `go test -json` says of it.
func events(t *testing.T, test string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module tiny\n\ngo 1.26.0\n",
		"a_test.go": "package tiny\n\nimport \"testing\"\n\n" + test,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-json", "-vet=off", "-ldflags=-s -w", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, _ := cmd.CombinedOutput() // its code is what tally tells
	return string(out)
}

// What fails is told, with what it said, and the last line counts.
func TestTally(t *testing.T) {
	for name, c := range map[string]struct {
		test string
		fine bool
		want []string
	}{
		"passing": {"func TestA(t *testing.T) {}\nfunc TestB(t *testing.T) { t.Run(\"c\", func(*testing.T) {}) }", true,
			[]string{"ok    tiny", "PASS: 3 tests passed, 0 failed, 0 skipped, in 1 packages"}},
		"failing": {"func TestA(t *testing.T) { t.Log(\"the reason\"); t.Fail() }\nfunc TestB(t *testing.T) {}", false,
			[]string{"the reason", "FAIL  tiny", "failed: tiny TestA", "FAIL: 1 tests passed, 1 failed, 0 skipped"}},
		"panicking": {"func TestA(t *testing.T) { panic(\"the cause\") }", false,
			[]string{"the cause", "FAIL  tiny", "FAIL: 0 tests passed"}},
		"ending in its midst": {"import \"os\"\nfunc TestA(t *testing.T) { println(\"about to go\"); os.Exit(3) }", false,
			[]string{"FAIL  tiny", "FAIL: 0 tests passed"}},
		"not building": {"func TestA(t *testing.T) { undefined() }", false,
			[]string{"undefined", "failed: tiny does not build", "FAIL: 0 tests passed"}},
		"without a test": {"var _ testing.TB", false, []string{"FAIL: 0 tests passed"}},
	} {
		t.Run(name, func(t *testing.T) {
			count := tally{said: map[[2]string]*strings.Builder{}}
			var told strings.Builder
			if err := count.read(strings.NewReader(events(t, c.test)), &told); err != nil {
				t.Fatal(err)
			}
			count.close(&told, time.Second)
			if count.fine() != c.fine {
				t.Errorf("want fine %t", c.fine)
			}
			for _, want := range c.want {
				if !strings.Contains(told.String(), want) {
					t.Errorf("want %q in\n%s", want, told.String())
				}
			}
		})
	}
}

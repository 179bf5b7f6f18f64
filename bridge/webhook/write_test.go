package webhook

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"expertcontroller/schema"
)

const hard = "say \"no\"\\\nand </b>{{.}}\u2028"

// What an expert wrote stays text within the template's JSON, quoted or not.
func TestTemplatesStayJSON(t *testing.T) {
	c := Config{URL: "http://127.0.0.1/", Template: `{"text": "{{.Title}}: {{.Text | printf "%s!"}}", "all": {{json .Problems}},
 "why": "{{with .Prompt}}{{.Why}}{{else}}{{range $i, $p := .Problems}}{{if $i}}, {{end}}{{$p}}{{end}}{{end}}", "entry": {{.Entry}}}`}
	if err := c.prepare("."); err != nil {
		t.Fatal(err)
	}
	w, err := newWriter(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []Notice{
		{Title: hard, Text: hard, Entry: 7, Problems: []string{hard}},
		{Title: hard, Text: hard, Entry: 7, Problems: []string{hard}, Prompt: &schema.Prompt{Why: hard}},
	} {
		body, err := w.write(n)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Text, Why string
			All       []string
			Entry     int
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		if got.Text != hard+": "+hard+"!" || got.Why != hard || got.All[0] != hard || got.Entry != 7 {
			t.Errorf("got %+v", got)
		}
	}
}

// A file that could not work is refused when it is read, with the field.
func TestConfigurationsThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"url: ftp://x/":                                        "url",
		"url: http://anna:secret@x/":                           "token_file",
		"url: http://x/\ntell: [everything]":                   "tell",
		"url: http://x/\ntemplate: '{{.Nothing}}'":             "Nothing",
		"url: http://x/\ntemplate: '{\"text\": {{.Title}}}'":   "no JSON",
		"url: http://x/\ntemplate: '{{'":                       "template",
		"url: http://x/\nsecret_file: nowhere":                 "secret_file",
		"url: http://x/\nheaders: {authorization: Bearer abc}": "Authorization",
		"url: http://x/\nretries: 3":                           "retries",
	} {
		file := filepath.Join(t.TempDir(), "hook.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(file); err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// How far it got is there whole or not at all, and one that is damaged is said.
func TestPositions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "deep", "p.json")
	if _, known, err := load(file); known || err != nil {
		t.Fatal(known, err)
	}
	for n := range uint64(3) {
		p := position{System: "cms", Lineage: "L", Entry: n}
		if err := p.save(file); err != nil {
			t.Fatal(err)
		}
		if got, known, err := load(file); got != p || !known || err != nil {
			t.Fatal(got, known, err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if err := os.WriteFile(file, []byte(`{"ent`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := load(file); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("a damaged position: %v", err)
	}
}

package schema

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// described is what the test reads of docs/asyncapi.json.
type described struct {
	AsyncAPI string
	Channels map[string]struct {
		Address  string
		Messages map[string]reference
	}
	Operations map[string]struct {
		Action   string
		Channel  reference
		Messages []reference
		Reply    *struct{ Messages []reference }
	}
	Components struct {
		Messages map[string]struct{ Payload reference }
	}
}

type reference struct {
	Ref string `json:"$ref"`
}

func readAsyncAPI(t *testing.T) (d described, text []byte) {
	t.Helper()
	text, err := os.ReadFile("../docs/asyncapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d, text
}

// Every kind is a message of the AsyncAPI document, and every family of subjects, with
// each kind that a role may say there and each query, is a channel.
func TestEverySubjectAndKindIsInTheAsyncAPIDocument(t *testing.T) {
	d, _ := readAsyncAPI(t)
	for _, kind := range Kinds() {
		m, ok := d.Components.Messages[kind]
		if !ok {
			t.Errorf("kind %s is no message", kind)
			continue
		}
		if _, err := os.Stat(filepath.Join("../docs", m.Payload.Ref)); err != nil {
			t.Errorf("kind %s: %v", kind, err)
		}
	}
	carries := map[string]map[string]reference{}
	for _, c := range d.Channels {
		carries[c.Address] = c.Messages
	}
	for _, role := range []string{RoleExpert, RoleOperator, RoleAgent} {
		for _, kind := range Asked(role) {
			if _, ok := carries[SubjectCall("{system}", role, "{name}", kind)][kind]; !ok {
				t.Errorf("an %s's call %s is no channel", role, kind)
			}
		}
		for _, kind := range Told(role) {
			if _, ok := carries[SubjectTell("{system}", role, "{name}", kind)][kind]; !ok {
				t.Errorf("an %s's %s, told, is no channel", role, kind)
			}
		}
	}
	for _, query := range []string{QueryStatus, QueryOverview, QueryHistory, QueryEntries, QueryStatistics, QueryPolicy, QueryActions} {
		if len(carries[SubjectQuery("{system}", query)]) < 2 {
			t.Errorf("the query %s is no channel with question and answer", query)
		}
	}
	// A function that makes subjects and has no channel would be a family forgotten.
	file, err := parser.ParseFile(token.NewFileSet(), "subject.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(f.Name.Name, "Subject") {
			continue
		}
		prefix := strings.ToLower(strings.TrimPrefix(f.Name.Name, "Subject"))
		found := false
		for id := range d.Channels {
			found = found || id == prefix || strings.HasPrefix(id, prefix+"_")
		}
		if !found {
			t.Errorf("%s has no channel", f.Name.Name)
		}
	}
}

// Every reference within the document leads somewhere.
func TestTheAsyncAPIDocumentIsWhole(t *testing.T) {
	d, text := readAsyncAPI(t)
	if d.AsyncAPI != "3.0.0" || len(d.Operations) != len(d.Channels) {
		t.Errorf("version %s, %d channels, %d operations", d.AsyncAPI, len(d.Channels), len(d.Operations))
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`"\$ref": "#/([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
		at := tree
		for _, name := range strings.Split(m[1], "/") {
			object, ok := at.(map[string]any)
			if at = object[name]; !ok || at == nil {
				t.Fatalf("#/%s leads nowhere", m[1])
			}
		}
	}
	for id, o := range d.Operations {
		if o.Action != "send" && o.Action != "receive" {
			t.Errorf("%s: action %q", id, o.Action)
		}
	}
}

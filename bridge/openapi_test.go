package bridge

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The document and what is served are held together both ways: what the document names
// is answered, by its own schemas; what it does not name is not there.
func TestTheDocumentIsWhatIsServed(t *testing.T) {
	r := relay(t, func(o *Options) { o.Demo = &Demo{Vanished: func() bool { return false }} })
	defer http.DefaultClient.CloseIdleConnections()
	ask := func(method, path, body string) (int, string) {
		t.Helper()
		q, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		raw, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(raw)
	}
	code, text := ask("GET", apiRoot+"/openapi.json", "")
	if code != 200 {
		t.Fatal(code, text)
	}
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Parameters  []struct{ Name, In string }
			RequestBody *struct {
				Content map[string]struct{ Schema map[string]string }
			}
			Responses map[string]struct {
				Content map[string]struct{ Schema map[string]string }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil || document.OpenAPI != "3.1.0" {
		t.Fatal(err, document.OpenAPI)
	}
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("http://bridge/openapi.json", whole); err != nil {
		t.Fatal(err)
	}
	fits := func(ref map[string]string, body string) error {
		s, err := compiler.Compile("http://bridge/openapi.json" + ref["$ref"])
		if err != nil {
			return err
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		if err != nil {
			return err
		}
		return s.Validate(v)
	}
	served := map[string]bool{}
	for _, route := range r.bridge.table() {
		served[route.method+" "+route.path] = true
	}
	sample := strings.NewReplacer("{system}", "cms", "{token}", "cms-1", "{prompt}", "cms-1.p1")
	variable := regexp.MustCompile(`\{[a-z]+\}`)
	named := 0
	for path, methods := range document.Paths {
		for method, operation := range methods {
			named++
			method = strings.ToUpper(method)
			if !served[method+" "+path] {
				t.Errorf("%s %s is described, and not served", method, path)
			}
			inPath := 0
			for _, p := range operation.Parameters {
				if p.In == "path" {
					inPath++
				}
			}
			if inPath != len(variable.FindAllString(path, -1)) {
				t.Errorf("%s %s: not all that stands in the path is described", method, path)
			}
			code, body := ask(method, apiRoot+sample.Replace(path), "{}")
			if code == 404 || code == 405 {
				t.Errorf("%s %s is not served: %d %s", method, path, code, body)
				continue
			}
			ref := operation.Responses["default"].Content["application/json"].Schema
			if code == 200 {
				ref = operation.Responses["200"].Content["application/json"].Schema
			}
			if err := fits(ref, body); err != nil {
				t.Errorf("%s %s answers %d %s, which its description does not allow: %v", method, path, code, body, err)
			}
			if operation.RequestBody != nil {
				if err := fits(operation.RequestBody.Content["application/json"].Schema, `[]`); err == nil {
					t.Errorf("%s %s: its description of what is sent allows anything", method, path)
				}
			}
		}
		// What is not named is refused, with what is.
		if code, body := ask("DELETE", apiRoot+sample.Replace(path), ""); code != 405 {
			t.Errorf("DELETE %s: %d %s", path, code, body)
		}
	}
	if named != len(served) {
		t.Errorf("%d operations are described, %d are served", named, len(served))
	}
	for _, path := range []string{"/api/v1/other", "/api/v2/me", "/api/v1/systems/cms/other", "/api/"} {
		if code, body := ask("GET", path, ""); code != 404 {
			t.Errorf("%s is not described, and answered with %d %s", path, code, fmt.Sprintf("%.80s", body))
		}
	}
}

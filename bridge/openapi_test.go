package bridge

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"expertcontroller/bridge/bridgetest"
)

// The document and what is served are held together both ways: what the document names
// is answered, by its own schemas; what it does not name is not there.
func TestTheDocumentIsWhatIsServed(t *testing.T) {
	r := relay(t, func(o *Options) { o.Demo = &Demo{Vanished: func() bool { return false }} })
	ask := func(method, path, body string) (int, string) {
		t.Helper()
		answer, text := r.ask(method, path, body, nil)
		return answer.StatusCode, text
	}
	code, text := ask("GET", apiRoot+"/openapi.json", "")
	if code != 200 {
		t.Fatal(code, text)
	}
	document, err := bridgetest.Read(text)
	if err != nil || document.OpenAPI != "3.1.0" {
		t.Fatal(err, document)
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
			as := operation.Responses["default"]
			if code == 200 {
				as = operation.Responses["200"]
			}
			if err := document.Fits(as, body); err != nil {
				t.Errorf("%s %s answers %d %s, which its description does not allow: %v", method, path, code, body, err)
			}
			if operation.RequestBody != nil {
				if err := document.Fits(*operation.RequestBody, `[]`); err == nil {
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

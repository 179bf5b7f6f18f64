package controller

import (
	"encoding/json"
	"strings"
	"testing"
)

// What came in before anybody said that it is a secret is not shown any more; all else
// stays as it is, byte for byte where nothing was taken out.
func TestRedacted(t *testing.T) {
	secrets := map[string][]string{"recycle": {"password"}}
	for in, want := range map[string]string{
		`{"request":{"steps":[{"action":"recycle","parameters":{"password":"hunter2","n":12345678901234567890}}]}}`: `{"request":{"steps":[{"action":"recycle","parameters":{"n":12345678901234567890,"password":"(redacted)"}}]}}`,
		`{"b":1,"a":[{"action":"recycle","parameters":{"password":{"secret":"vault"}}}]}`:                           "",
		`{"b":1,"a":[{"action":"other","parameters":{"password":"open"}}]}`:                                         "",
		`{"text":"the password"}`: "",
		// The request stands once in the log, and whoever asks for entries sees it so.
		`{"entries":[{"documents":[{"key":"request/cms-1","value":{"steps":[{"action":"recycle","parameters":{"password":"hunter2"}}],"probe":{"action":"recycle","parameters":{"password":7}}}}]}]}`: `{"entries":[{"documents":[{"key":"request/cms-1","value":{"probe":{"action":"recycle","parameters":{"password":"(redacted)"}},"steps":[{"action":"recycle","parameters":{"password":"(redacted)"}}]}}]}]}`,
		`{"steps":[{"action":"other","needed":{"action":"recycle","parameters":{"password":["hunter2"]}}}]}`:                                                                                          `{"steps":[{"action":"other","needed":{"action":"recycle","parameters":{"password":"(redacted)"}}}]}`,
	} {
		out, err := Redact(json.RawMessage(in), secrets)
		if want == "" {
			want = in
		}
		if err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%s becomes %s, not %s: %v", in, out, want, err)
		}
	}
}

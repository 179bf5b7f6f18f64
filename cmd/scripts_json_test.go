package cmd_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// at looks up a dotted path in a JSON document: steps.0.state, steps.-1.state for the
// last one, steps.length for how many. Texts come as they are, the rest as JSON.
func at(document, path string) (string, error) {
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", fmt.Errorf("reading JSON: %w; it is:\n%s", err, document)
	}
	walked := ""
	for _, part := range strings.Split(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[part]
			if !ok {
				return "", fmt.Errorf("%s: there is no %q in\n%s", path, walked+part, document)
			}
			value = next
		case []any:
			if part == "length" {
				value = json.Number(strconv.Itoa(len(v)))
				break
			}
			i, err := strconv.Atoi(part)
			if err != nil {
				return "", fmt.Errorf("%s: %q should be a number, or length", path, walked+part)
			}
			if i < 0 {
				i += len(v)
			}
			if i < 0 || i >= len(v) {
				return "", fmt.Errorf("%s: there are only %d in %q in\n%s", path, len(v), walked, document)
			}
			value = v[i]
		default:
			return "", fmt.Errorf("%s: nothing is below %q in\n%s", path, strings.TrimSuffix(walked, "."), document)
		}
		walked += part + "."
	}
	if text, ok := value.(string); ok {
		return text, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("writing what stands at %s: %w", path, err)
	}
	return string(text), nil
}

func TestLookingUpAPath(t *testing.T) {
	document := `{"token":"cms-37","n":18446744073709551615,"none":null,"steps":[{"state":"done"},{"state":"open","list":[]}]}`
	for path, want := range map[string]string{
		"token": "cms-37", "n": "18446744073709551615", "none": "null",
		"steps.0.state": "done", "steps.-1.state": "open", "steps.length": "2",
		"steps.1.list": "[]", "steps.1.list.length": "0", "steps.0": `{"state":"done"}`,
	} {
		if got, err := at(document, path); err != nil || got != want {
			t.Errorf("%s: want %s, got %s, %v", path, want, got, err)
		}
	}
	for _, path := range []string{"nothing", "steps.2", "steps.-3", "steps.x", "token.more"} {
		if got, err := at(document, path); err == nil {
			t.Errorf("%s: want an error, got %q", path, got)
		}
	}
	if _, err := at("no JSON", "x"); err == nil {
		t.Error("what is no JSON was read")
	}
}

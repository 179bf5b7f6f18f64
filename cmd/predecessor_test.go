package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// recordedPolicy is the policy under which the conversations are played.
const recordedPolicy = "observe: 3s\n"

// said is one step of a conversation.
type said struct {
	line int
	// verb is >, <, ~ or $.
	verb, rest string
	body       string
}

// conversation reads testdata/predecessor/*.txt; its README says how they are written.
func conversation(t *testing.T, path string) (flags []string, steps []said) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		verb, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || verb == "#":
		case verb == "with":
			flags = append(flags, strings.Fields(rest)...)
		case verb == ">" || verb == "<" || verb == "~" || verb == "$":
			steps = append(steps, said{line: i + 1, verb: verb, rest: rest})
		case len(steps) > 0:
			steps[len(steps)-1].body += line + "\n"
		default:
			t.Fatalf("%s:%d: %q says nothing that is known", path, i+1, line)
		}
	}
	return flags, steps
}

// heard is what came back.
type heard struct {
	code              int
	contentType, body string
}

func (p *inProcess) post(s said) (heard, error) {
	words := strings.Fields(s.rest)
	r, err := http.NewRequestWithContext(p.t.Context(), words[0], p.page+words[1], strings.NewReader(strings.TrimSuffix(s.body, "\n")))
	if err != nil {
		return heard{}, err
	}
	if len(words) > 2 {
		r.Header.Set("Content-Type", strings.Join(words[2:], " "))
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return heard{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return heard{answer.StatusCode, answer.Header.Get("Content-Type"), string(body)}, err
}

// differs says how what was heard differs from what was recorded; "" where it doesn't.
func (h heard) differs(recorded said) string {
	words := strings.SplitN(recorded.rest, " ", 2)
	if strconv.Itoa(h.code) != words[0] {
		return fmt.Sprintf("the code is %d, not %s: %s", h.code, words[0], h.body)
	}
	if len(words) > 1 && h.contentType != words[1] {
		return fmt.Sprintf("the content type is %q, not %q", h.contentType, words[1])
	}
	if strings.TrimSpace(recorded.body) == "" {
		if h.code < 300 && h.body != "" {
			return "the body should be empty: " + h.body
		}
		return ""
	}
	if !strings.HasPrefix(h.contentType, "application/json") {
		if strings.TrimSuffix(h.body, "\n") != strings.TrimSuffix(recorded.body, "\n") {
			return fmt.Sprintf("the body is %q", h.body)
		}
		return ""
	}
	var got, want any
	if err := json.Unmarshal([]byte(h.body), &got); err != nil {
		return fmt.Sprintf("the body is no JSON: %v: %s", err, h.body)
	}
	if err := json.Unmarshal([]byte(recorded.body), &want); err != nil {
		return fmt.Sprintf("what was recorded is no JSON: %v", err)
	}
	if where := unlike("", got, want); where != "" {
		return where + "\n" + h.body
	}
	return ""
}

// unlike compares two JSON values; the text "*" stands for anything but null.
func unlike(at string, got, want any) string {
	if want == "*" && got != nil {
		return ""
	}
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is no object", at)
		}
		for name := range have {
			if _, ok := want[name]; !ok {
				return fmt.Sprintf("%s.%s is more than was recorded", at, name)
			}
		}
		for name, v := range want {
			if _, ok := have[name]; !ok {
				return fmt.Sprintf("%s.%s is missing", at, name)
			}
			if where := unlike(at+"."+name, have[name], v); where != "" {
				return where
			}
		}
		return ""
	case []any:
		have, ok := got.([]any)
		if !ok || len(have) != len(want) {
			return fmt.Sprintf("%s has not %d items", at, len(want))
		}
		for i := range want {
			if where := unlike(fmt.Sprintf("%s[%d]", at, i), have[i], want[i]); where != "" {
				return where
			}
		}
		return ""
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Sprintf("%s is %v, not %v", at, got, want)
	}
	return ""
}

// The predecessor's conversations go as they were recorded.
func TestThePredecessorsConversations(t *testing.T) {
	files, err := filepath.Glob("../testdata/predecessor/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no conversations: %v", err)
	}
	rememberHere(t) // before they run beside one another
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			flags, steps := conversation(t, path)
			policy := filepath.Join(t.TempDir(), "policy.yaml")
			if err := os.WriteFile(policy, []byte(recordedPolicy), 0o600); err != nil {
				t.Fatal(err)
			}
			args := append([]string{"serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", t.TempDir(),
				"--system", "cms", "--simulate", "--predecessor", "--policy", policy}, flags...)
			p := serveHere(t, args...)
			p.play(path, steps)
		})
	}
}

// play plays a conversation: what is asked is asked, what was heard has to be heard.
func (p *inProcess) play(path string, steps []said) {
	p.t.Helper()
	for i := 0; i < len(steps); i++ {
		s := steps[i]
		if s.verb == "$" {
			p.ask(append([]string{"--system", "cms"}, strings.Fields(s.rest)...)...)
			continue
		}
		if s.verb != ">" || i+1 == len(steps) || steps[i+1].verb != "<" && steps[i+1].verb != "~" {
			p.t.Fatalf("%s:%d: a request has an answer", path, s.line)
		}
		i++
		if why := p.exchange(s, steps[i]); why != "" {
			p.t.Fatalf("%s:%d: %s", path, steps[i].line, why)
		}
	}
}

// exchange asks, once or until the answer is the recorded one.
func (p *inProcess) exchange(request, answer said) string {
	for deadline := time.Now().Add(longest); ; time.Sleep(20 * time.Millisecond) {
		h, err := p.post(request)
		if err != nil {
			return err.Error()
		}
		why := h.differs(answer)
		if why == "" || answer.verb == "<" || time.Now().After(deadline) {
			return why
		}
	}
}

// What was not asked for isn't there: the predecessor's door is shut by default.
func TestThePredecessorsDoorIsShut(t *testing.T) {
	p := serveHere(t, onFreePorts(t)...)
	for _, path := range []string{"/service-status", "/procedures?start=2018-01-01T00:00:00Z&end=2019-01-01T00:00:00Z", "/automation"} {
		if code, body := p.get(path); code != http.StatusNotFound {
			t.Errorf("%s answers %d: %s", path, code, body)
		}
	}
	answer, err := http.Post(p.page+"/recover", "application/json", bytes.NewReader([]byte(`{"problemId":1,"recoveryRequestSteps":[{}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode < 400 {
		t.Errorf("/recover answers %d", answer.StatusCode)
	}
}

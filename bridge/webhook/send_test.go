package webhook

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A try that fails says what to do, and never the URL, whose path may be a secret.
func TestAFailedTrySaysWhatToDo(t *testing.T) {
	code, body, cut := 0, "no", false
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		if cut {
			w.Header().Set("Content-Length", "100")
		}
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}))
	defer receiver.Close()
	file := filepath.Join(t.TempDir(), "hook.yaml")
	if err := os.WriteFile(file, []byte("url: "+receiver.URL+"/s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWriter(config)
	if err != nil {
		t.Fatal(err)
	}
	h := &Hook{config: config, writer: w, http: poster(config)}
	says := func(want string) {
		t.Helper()
		err := h.send(context.Background(), Notice{ID: "1", Kind: KindPrompt, System: "cms"})
		if text := fmt.Sprint(err); !strings.Contains(text, want) || strings.Contains(text, "s3cret") {
			t.Errorf("%d: it says %s, not %s", code, text, want)
		}
	}
	for _, c := range []struct {
		code int
		want string
	}{
		{302, "write where it leads to as url"}, {400, "template, content_type"}, {401, "token_file"}, {403, "secret_file"},
		{404, "correct url"}, {410, "correct url"}, {429, "more slowly"}, {500, "the receiver's own log"},
	} {
		code = c.code
		says(c.want)
	}
	// Any 2xx means taken, whatever comes behind it.
	for _, code = range []int{200, 202, 299} {
		for _, cut = range []bool{false, true} {
			if err := h.send(context.Background(), Notice{ID: "1", Kind: KindPrompt, System: "cms"}); err != nil {
				t.Errorf("%d, cut %t: %v", code, cut, err)
			}
		}
	}
	code, cut = 500, false
	body = "" // as of many receivers
	says("500 Internal Server Error: it is tried again")
	receiver.Close()
	says("see that it runs and can be reached")
}

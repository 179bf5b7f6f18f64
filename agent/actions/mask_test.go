package actions

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// However the output is cut into pieces, a secret in it never comes out, in clear or
// in a usual encoding, and everything else does.
func TestMaskInPieces(t *testing.T) {
	secret := `s3s@me "open" /now+`
	m := NewMask(secret, "sesame-long-and-short", "sesame")
	text := "a " + secret + " b " + base64.StdEncoding.EncodeToString([]byte(secret)) + " c " + url.QueryEscape(secret) +
		" d " + base64.StdEncoding.EncodeToString([]byte("user:"+secret)) + " e sesame sesam sesame-long-and-shor sesame-long-and-short f"
	rapid.Check(t, func(t *rapid.T) {
		var out bytes.Buffer
		w := m.Writer(&out)
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got := out.String()
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), url.QueryEscape(secret), "sesame"} {
			if strings.Contains(got, form) {
				t.Fatalf("%q came out: %q", form, got)
			}
		}
		if encoded := base64.StdEncoding.EncodeToString([]byte("user:" + secret)); strings.Contains(got, encoded[8:len(encoded)-4]) {
			t.Fatalf("%q came out", got)
		}
		if want := m.Text(text); got != want {
			t.Fatalf("in pieces %q\nwhole %q", got, want)
		}
		for _, rest := range []string{"a ", " b ", " c ", " d ", " e ", " sesam ", "-long-and-shor ", " f"} {
			if !strings.Contains(got, rest) {
				t.Fatalf("%q is gone: %q", rest, got)
			}
		}
	})
}

package actions

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
)

// Hidden stands where a secret stood.
const Hidden = "•••"

// leastSecret is the shortest secret, in bytes: masking a shorter one would take
// letters out of innocent words.
const leastSecret = 4

// Mask takes secrets out of whatever comes out.
type Mask struct{ forms [][]byte }

// NewMask masks values, and the forms in which they are usually encoded.
func NewMask(secrets ...string) *Mask {
	m := &Mask{}
	add := func(form string) {
		if len(form) >= leastSecret && !slices.ContainsFunc(m.forms, func(f []byte) bool { return string(f) == form }) {
			m.forms = append(m.forms, []byte(form))
		}
	}
	for _, secret := range secrets {
		add(secret)
		// A secret of several lines is printed line by line.
		for line := range strings.SplitSeq(secret, "\n") {
			if line = strings.TrimSpace(line); len(line) >= 2*leastSecret {
				add(line)
			}
		}
		if len(secret) < leastSecret {
			continue
		}
		add(url.QueryEscape(secret))
		add(url.PathEscape(secret))
		add(hex.EncodeToString([]byte(secret)))
		if quoted, err := json.Marshal(secret); err == nil {
			add(strings.Trim(string(quoted), `"`))
		}
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			add(strings.TrimRight(encoding.EncodeToString([]byte(secret)), "="))
			// Within something longer, as user:password is, it begins anywhere.
			for offset := 1; offset <= 2; offset++ {
				whole := encoding.EncodeToString(append(make([]byte, offset), secret...))
				from, to := offset+1, len(strings.TrimRight(whole, "="))-1
				if to-from >= 2*leastSecret {
					add(whole[from:to])
				}
			}
			if whole := strings.TrimRight(encoding.EncodeToString([]byte(secret)), "="); len(whole)-1 >= 2*leastSecret {
				add(whole[:len(whole)-1])
			}
		}
	}
	// The longest first, so that a form within another leaves nothing of it.
	slices.SortStableFunc(m.forms, func(a, b []byte) int { return len(b) - len(a) })
	return m
}

// Text masks a text.
func (m *Mask) Text(s string) string {
	if m == nil || len(m.forms) == 0 {
		return s
	}
	var out bytes.Buffer
	w := &maskWriter{mask: m, to: &out}
	_, _ = io.WriteString(w, s) // a buffer takes everything
	_ = w.Close()
	return out.String()
}

// Writer masks what is written through it. What could be the beginning of a secret is
// held back until more comes, or Close.
func (m *Mask) Writer(to io.Writer) io.WriteCloser {
	return &maskWriter{mask: m, to: to}
}

type maskWriter struct {
	mask *Mask
	to   io.Writer
	held []byte
}

// Write masks p, with what was held back before it.
func (w *maskWriter) Write(p []byte) (int, error) {
	if w.mask == nil || len(w.mask.forms) == 0 {
		return w.to.Write(p)
	}
	w.held = append(w.held, p...)
	return len(p), w.pass(false)
}

// Close passes on what was held back.
func (w *maskWriter) Close() error { return w.pass(true) }

func (w *maskWriter) pass(all bool) error {
	rest := w.held
	// A place at which a form may begin whose end is not here yet: everything from there waits.
	keep := len(rest)
	if !all {
		keep = w.mask.unsure(rest)
	}
	var out []byte
	for {
		at, length := w.mask.first(rest)
		if at < 0 || at >= keep {
			break
		}
		out = append(append(out, rest[:at]...), Hidden...)
		rest = rest[at+length:]
		keep -= at + length
	}
	keep = max(keep, 0)
	out = append(out, rest[:keep]...)
	w.held = append(w.held[:0], rest[keep:]...)
	if len(out) == 0 {
		return nil
	}
	_, err := w.to.Write(out)
	return err
}

// first finds the first form in b; of several at one place the longest.
func (m *Mask) first(b []byte) (at, length int) {
	at = -1
	for _, form := range m.forms {
		window := b
		if at >= 0 {
			window = b[:min(len(b), at+len(form)-1)]
		}
		if i := bytes.Index(window, form); i >= 0 && (at < 0 || i < at) {
			at, length = i, len(form)
		}
	}
	return at, length
}

// unsure gives the first place from which b may go on to be a form.
func (m *Mask) unsure(b []byte) int {
	keep := len(b)
	for _, form := range m.forms {
		for n := min(len(form)-1, len(b)); n > 0; n-- {
			if bytes.HasSuffix(b, form[:n]) {
				keep = min(keep, len(b)-n)
				break
			}
		}
	}
	return keep
}

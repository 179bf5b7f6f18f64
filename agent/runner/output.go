package runner

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"expertcontroller/agent"
)

// Sizes of what is kept of an output, in bytes: its beginning and its end.
const (
	keepFirst = 3 << 10
	keepLast  = 4 << 10
)

// output keeps the first and the last part of what is printed, and tells the last line.
type output struct {
	job agent.Job

	mu    sync.Mutex
	first []byte
	last  []byte
	total int64
	// line is the one that is being printed.
	line []byte
}

// maxLine is how much of a line is told as progress, in bytes.
const maxLine = 400

// Write takes what is printed; it never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	o.total += int64(len(p))
	rest := p
	if room := keepFirst - len(o.first); room > 0 {
		n := min(room, len(rest))
		o.first = append(o.first, rest[:n]...)
		rest = rest[n:]
	}
	if len(rest) > keepLast {
		rest = rest[len(rest)-keepLast:]
	}
	o.last = append(o.last, rest...)
	if over := len(o.last) - keepLast; over > 0 {
		o.last = append(o.last[:0], o.last[over:]...)
	}
	said := o.lines(p)
	o.mu.Unlock()
	o.job.Report(said, -1, string(p[max(0, len(p)-keepLast):]))
	return len(p), nil
}

// lines gives the last whole line of what was printed; "" if none has ended.
func (o *output) lines(p []byte) string {
	said := ""
	if len(p) > 2*maxLine {
		p = p[len(p)-2*maxLine:]
	}
	for _, c := range p {
		if c != '\n' {
			if len(o.line) < maxLine {
				o.line = append(o.line, c)
			}
			continue
		}
		if text := strings.TrimSpace(strings.ToValidUTF8(string(o.line), "\uFFFD")); text != "" {
			said = text
		}
		o.line = o.line[:0]
	}
	return said
}

// String gives what is kept, saying how much isn't.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	cut := o.total - int64(len(o.first)) - int64(len(o.last))
	if cut <= 0 {
		return string(o.first) + string(o.last)
	}
	return fmt.Sprintf("%s\n… %d bytes were left out …\n%s", wholeRunes(o.first, false), cut, wholeRunes(o.last, true))
}

// lastLine gives the last line that holds something.
func (o *output) lastLine() string {
	text := strings.TrimSpace(o.String())
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	text = strings.ToValidUTF8(strings.TrimSpace(text), "\uFFFD")
	if len(text) > maxLine {
		text = wholeRunesText(text[:maxLine]) + "…"
	}
	return text
}

// wholeRunes drops the part of a character at the edge where something was cut.
func wholeRunes(b []byte, front bool) string {
	if front {
		for i := 0; i < min(len(b), utf8.UTFMax); i++ {
			if utf8.RuneStart(b[i]) {
				return string(b[i:])
			}
		}
		return string(b)
	}
	return wholeRunesText(string(b))
}

func wholeRunesText(s string) string {
	for i := len(s) - 1; i >= max(0, len(s)-utf8.UTFMax); i-- {
		if utf8.RuneStart(s[i]) {
			if !utf8.FullRuneInString(s[i:]) {
				return s[:i]
			}
			return s
		}
	}
	return s
}

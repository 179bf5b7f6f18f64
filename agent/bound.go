package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"expertcontroller/schema"
)

// Sizes of what an agent sends, in bytes: never more than the schemas allow.
const (
	maxText           = 2000
	maxProgressText   = 500
	maxProgressOutput = 2000
	maxData           = 16 << 10
	// maxResult leaves room for the envelope below schema.MaxInput.
	maxResult = schema.MaxInput - 4<<10
)

// tail keeps the end of what was printed, and counts the rest.
type tail struct {
	kept []byte
	cut  int
	max  int
}

func (t *tail) add(s string) {
	if over := len(s) - t.max; over > 0 {
		t.cut += over
		s = s[over:]
	}
	t.kept = append(t.kept, s...)
	if over := len(t.kept) - t.max; over > 0 {
		t.cut += over
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
}

func (t *tail) String() string {
	if t.cut == 0 {
		return string(t.kept)
	}
	return cutMark(t.cut) + string(t.kept)
}

func cutMark(n int) string { return fmt.Sprintf("… %d bytes before this were cut\n", n) }

// lastPart gives the end of what was printed, as valid UTF-8 of at most limit bytes.
func lastPart(s string, limit int) string {
	cut := 0
	if over := len(s) - limit; over > 0 {
		cut, s = over, s[over:]
	}
	// What is replaced may grow.
	s = printable(s)
	if cut == 0 && len(s) <= limit {
		return s
	}
	from := len(s) - (limit - len(cutMark(cut+len(s))))
	from = min(max(from, 0), len(s))
	for from < len(s) && !utf8.RuneStart(s[from]) {
		from++
	}
	return cutMark(cut+from) + s[from:]
}

// firstPart gives the beginning of a text, as valid UTF-8 of at most limit bytes.
func firstPart(s string, limit int) string {
	whole := len(s) <= limit
	s = printable(s[:min(len(s), limit)])
	if whole && len(s) <= limit {
		return s
	}
	to := min(len(s), limit-len("…"))
	for to > 0 && to < len(s) && !utf8.RuneStart(s[to]) {
		to--
	}
	return s[:to] + "…"
}

// printable replaces what JSON and terminals cannot hold.
func printable(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' || r == 0x7f {
			return '\uFFFD'
		}
		return r
	}, s)
}

// bounded makes a result that fits, saying what it had to leave out.
func bounded(r schema.Result) schema.Result {
	if len(r.Data) > 0 {
		data := bytes.TrimSpace(r.Data)
		switch {
		case len(data) > maxData:
			r.Text += fmt.Sprintf(" (%d bytes of data were left out: at most %d)", len(data), maxData)
			r.Data = nil
		case !json.Valid(data) || data[0] != '{':
			r.Text += " (its data was left out: no JSON object)"
			r.Data = nil
		}
	}
	r.Text = firstPart(r.Text, maxText)
	output := r.Output
	for room := schema.MaxOutput; ; room /= 2 {
		r.Output = lastPart(output, room)
		if b, err := schema.Encode(r); err == nil && len(b) <= maxResult || room < 64 {
			return r
		}
	}
}

// bare gives the result without what is not needed to know how the attempt ended.
func bare(r schema.Result) schema.Result {
	r.Output, r.Data, r.Text = "", nil, firstPart(r.Text, maxProgressText)
	return r
}

func utc(t time.Time) *time.Time { t = t.UTC(); return &t }

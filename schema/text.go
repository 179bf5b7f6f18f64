package schema

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQuoted is how much of a text from outside a sentence repeats, in characters.
const maxQuoted = 60

// maxField is the longest field that a refusal names, in characters.
const maxField = 200

// quote repeats a text from outside within a sentence: short, and without
// anything that a terminal would act on.
func quote(s string) string { return strconv.Quote(Shorten(s, maxQuoted)) }

// Clean makes a text fit for one line of a terminal: line breaks and tabs become
// spaces, other control characters and what reorders text become visible.
func Clean(s string) string {
	if !strings.ContainsFunc(s, unfit) && utf8.ValidString(s) {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			out.WriteByte(' ')
		case unfit(r):
			fmt.Fprintf(&out, "<%04X>", r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// unfit: control and format characters (escape sequences, text direction), and
// what is no character at all. What joins letters and emoji may stay.
func unfit(r rune) bool {
	joins := r == '\u00ad' || r == '\u200c' || r == '\u200d'
	return unicode.Is(unicode.C, r) && !joins || r == '\u2028' || r == '\u2029'
}

// fieldPath writes where a value stands as people do: steps[0].timeout.
func fieldPath(path []string) string {
	var out strings.Builder
	for _, name := range path {
		switch {
		case name != "" && count(name) == len(name):
			out.WriteString("[" + name + "]")
		case name == "" || strings.ContainsFunc(name, func(r rune) bool { return r > '~' || r < '!' || strings.ContainsRune(`."[]\`, r) }):
			out.WriteString("[" + quote(name) + "]")
		default:
			if out.Len() > 0 {
				out.WriteByte('.')
			}
			out.WriteString(name)
		}
	}
	return Shorten(out.String(), maxField)
}

func malformed(field, format string, args ...any) *Error {
	return &Error{Type: Type(KindError), Code: 400, Reason: CodeMalformed, Field: field, Text: fmt.Sprintf(format, args...)}
}

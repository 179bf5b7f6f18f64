package store

import (
	"strconv"
	"strings"
)

// pattern is a text of a query: exact, or with * for any characters. Case counts.
type pattern struct {
	// text is as it was given; exact is it, where there is no *.
	text, exact string
	wild        bool
	// glob is the pattern for SQLite, prefix what every match begins with.
	glob, prefix string
}

// parsePattern reads a text of a query. Of GLOB's special characters only * is one here.
func parsePattern(text string) pattern {
	prefix, _, wild := strings.Cut(text, "*")
	if !wild {
		return pattern{text: text, exact: text}
	}
	for strings.Contains(text, "**") {
		text = strings.ReplaceAll(text, "**", "*")
	}
	return pattern{text: text, wild: true, prefix: prefix, glob: escaped.Replace(text)}
}

// escaped makes GLOB's other special characters stand for themselves.
var escaped = strings.NewReplacer("[", "[[]", "?", "[?]")

// where gives a condition on a column and its parameters.
func (p pattern) where(column string) (string, []any) {
	if !p.wild {
		return column + " = ?", []any{p.exact}
	}
	if p.prefix == "" {
		return column + " GLOB ?", []any{p.glob}
	}
	return "(" + column + " >= ? AND " + column + " < ? AND " + column + " GLOB ?)", []any{p.prefix, afterPrefix(p.prefix), p.glob}
}

// numberList writes numbers for IN.
func numberList(ids []int64) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(id, 10))
	}
	return b.String()
}

package store

import (
	"strconv"
	"strings"
)

// pattern is a text of a query: exact, or with * for any characters. Case counts.
type pattern struct {
	// exact is the text, where there is no *.
	exact string
	wild  bool
	// glob is the pattern for SQLite, prefix what every match begins with.
	glob, prefix string
}

// parsePattern reads a text of a query. Of GLOB's special characters only * is one here.
func parsePattern(text string) pattern {
	prefix, _, wild := strings.Cut(text, "*")
	if !wild {
		return pattern{exact: text}
	}
	for strings.Contains(text, "**") {
		text = strings.ReplaceAll(text, "**", "*")
	}
	return pattern{wild: true, prefix: prefix, glob: strings.NewReplacer("[", "[[]", "?", "[?]").Replace(text)}
}

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

// list writes numbers for IN.
func list(ids []int64) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(id, 10))
	}
	return b.String()
}

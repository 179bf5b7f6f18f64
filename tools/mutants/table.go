package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// noticed says in a few words which tests failed, or what is wrong.
func (f finding) noticed() string {
	switch {
	case len(f.By) == 1:
		return f.By[0]
	case len(f.By) > 1:
		return fmt.Sprintf("%s and %d more", f.By[0], len(f.By)-1)
	}
	first, _, _ := strings.Cut(f.Why, "\n")
	return first
}

// table shows the findings, and counts them in its last line.
func table(found []finding) string {
	rows := [][]string{{"mutant", "the rule taken out", "verdict", "noticed by"}}
	good := 0
	for _, f := range found {
		rows = append(rows, []string{f.Name, f.Rule, f.Verdict, f.noticed()})
		if f.Verdict == caught {
			good++
		}
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for i, row := range rows {
		var line strings.Builder
		for j, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell)+2))
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		if i == 0 {
			var rule []string
			for _, w := range widths {
				rule = append(rule, strings.Repeat("-", w))
			}
			out.WriteString(strings.Join(rule, "  ") + "\n")
		}
	}
	fmt.Fprintf(&out, "%d of %d mutants caught\n", good, len(found))
	return out.String()
}

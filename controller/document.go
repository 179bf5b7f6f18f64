package controller

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// TableDocument writes the table for people: for every situation and every thing
// that can happen, what then happens.
func TableDocument() string {
	var b strings.Builder
	b.WriteString("# What happens when\n\nGenerated from the table in `controller/table.go`; do not edit. `make generate` writes it.\n\n")
	b.WriteString("A row is where a recovery stands, with each thing that can happen to it. What is decided before the table is reached\n" +
		"(an id that is known, a prompt that is not open, a claim of somebody else) is refused and recorded.\n\n")
	for s := range situations {
		fmt.Fprintf(&b, "## %s\n\n| in comes | then |\n|---|---|\n", s)
		for w := range whats {
			fmt.Fprintf(&b, "| %s | %s |\n", w, strings.ReplaceAll(table[s][w].then, "|", "\\|"))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// endNames lists the states that a cell can lead to.
var endNames = []string{"awaiting_approval", "running", "stopping", "unclear", "observing", "postponed", "completed", "failed", "cancelled"}

var stateOf = [situations]string{
	awaiting: "awaiting_approval", offered: "running", granted: "running", byHand: "running", stopping: "stopping",
	unclear: "unclear", observing: "observing", probing: "observing", waiting: "postponed",
}

// StatesDiagram draws the states and what leads from one to another, in Mermaid's words.
func StatesDiagram() string {
	arrows := map[string][]string{}
	for s := range situations {
		from := stateOf[s]
		if from == "" {
			continue
		}
		for w := range whats {
			for _, to := range table[s][w].to {
				arrow := from + " --> " + to
				if label := w.String(); !slices.Contains(arrows[arrow], label) {
					arrows[arrow] = append(arrows[arrow], label)
				}
			}
		}
	}
	keys := make([]string, 0, len(arrows))
	for k := range arrows {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var b strings.Builder
	b.WriteString("%% Generated from the table in controller/table.go; do not edit.\nstateDiagram-v2\n  [*] --> awaiting_approval: accepted\n  [*] --> postponed: accepted_to_postpone, accepted_with_preemption\n  [*] --> rejected: rejected\n  [*] --> joined: accepted_to_continue\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "  %s: %s\n", k, strings.ReplaceAll(strings.Join(arrows[k], ", "), ":", ""))
	}
	for _, end := range []string{"completed", "failed", "cancelled", "rejected", "joined"} {
		fmt.Fprintf(&b, "  %s --> [*]\n", end)
	}
	return b.String()
}

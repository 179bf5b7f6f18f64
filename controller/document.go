package controller

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

//go:generate go test . -run TestMachineIsDocumented -update

// MachineDocument writes the machine for people: the states and what leads from one to
// another, and, for every situation and every thing that can happen, what then happens.
func MachineDocument() string {
	var b strings.Builder
	b.WriteString("# What happens when\n\nGenerated from the table in `controller/table.go`; do not edit. `make generate` writes it.\n\n```mermaid\n")
	b.WriteString(statesDiagram())
	b.WriteString("```\n\nBelow, a section is where a recovery stands, a row what can happen to it there. What is decided before the table is reached (an id\n" +
		"that is known, a prompt that is not open, a claim of somebody else) is refused and recorded. The last column lists the states that\n" +
		"it can lead to, beside staying where it is.\n\n")
	for s := range situations {
		fmt.Fprintf(&b, "## %s\n\n| in comes | then | can lead to |\n|---|---|---|\n", s)
		for w := range whats {
			c := table[s][w]
			fmt.Fprintf(&b, "| %s | %s | %s |\n", w, strings.ReplaceAll(c.then, "|", "\\|"), strings.Join(c.to, ", "))
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// endNames lists the states that a cell can lead to.
var endNames = []string{"awaiting_approval", "running", "stopping", "unclear", "observing", "postponed", "completed", "failed", "cancelled"}

var stateOf = [situations]string{
	awaiting: "awaiting_approval", offered: "running", granted: "running", byHand: "running", resting: "running", checking: "running", stopping: "stopping",
	unclear: "unclear", observing: "observing", probing: "observing", waiting: "postponed",
}

// statesDiagram draws the states and what leads from one to another, in Mermaid's words.
func statesDiagram() string {
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
	b.WriteString("stateDiagram-v2\n  [*] --> awaiting_approval: accepted\n  [*] --> postponed: accepted_to_postpone, accepted_with_preemption\n  [*] --> rejected: rejected\n  [*] --> joined: accepted_to_continue\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "  %s: %s\n", k, strings.ReplaceAll(strings.Join(arrows[k], ", "), ":", ""))
	}
	for _, end := range []string{"completed", "failed", "cancelled", "rejected", "joined"} {
		fmt.Fprintf(&b, "  %s --> [*]\n", end)
	}
	return b.String()
}

package cmd

import (
	"strings"

	"expertcontroller/schema"
)

// lastLines is how much of what an attempt printed is shown.
const lastLines = 10

// attempt writes what became of one try of a step, with the end of what it printed.
// named says by which agent: in a group each member has its own.
func (c *console) attempt(a schema.Attempt, named bool) {
	who := ""
	if named {
		who = " by " + clean(a.Agent)
	}
	c.print("  attempt %d%s %s%s%s\n", a.Number, who, clean(a.State), paren(a.Outcome), colon(a.Text))
	if a.By != nil && a.By.Name != "" {
		c.print("    ended by %s%s\n", clean(a.By.String()), onHost(*a.By))
	}
	if a.ExitStatus != nil {
		c.print("    exit status %d\n", *a.ExitStatus)
	}
	if len(a.Data) > 0 {
		c.print("    data %s\n", schema.Shorten(clean(string(a.Data)), 200))
	}
	if a.Output == "" {
		return
	}
	of := ""
	if a.Reported != nil && a.Ended == nil {
		of = ", as of " + moment(*a.Reported) + " UTC"
	}
	lines := strings.Split(strings.TrimRight(a.Output, "\n"), "\n")
	if n := len(lines); n > lastLines {
		lines = lines[n-lastLines:]
		c.print("    its last %d lines%s:\n", lastLines, of)
	} else {
		c.print("    it printed%s:\n", of)
	}
	for _, line := range lines {
		c.print("      %s\n", schema.Shorten(clean(line), 200))
	}
}

// onHost says that somebody was on the agent's own host, where no permission stands
// behind the name.
func onHost(by schema.By) string {
	if by.Via == schema.ViaHost {
		return " on the agent's host"
	}
	return ""
}

package actions

import (
	"fmt"
	"slices"
	"strings"

	"expertcontroller/schema"
)

// Complaint is one thing that is wrong with an actions file.
type Complaint struct {
	// Line is where it stands, from 1.
	Line int `json:"line"`
	// Field is what it is about, as in actions[0].exec.command; empty: the file.
	Field string `json:"field,omitempty"`
	// Text says what is wrong and what to do.
	Text string `json:"text"`
}

// Complaints is why a file is refused: all that was found, in the order of the lines.
type Complaints struct {
	Name string
	List []Complaint
}

// Error lists the complaints, a line each.
func (c *Complaints) Error() string {
	lines := make([]string, len(c.List))
	for i, one := range c.List {
		field := one.Field
		if field != "" {
			field += ": "
		}
		lines[i] = schema.Clean(fmt.Sprintf("%s:%d: %s%s", c.Name, one.Line, field, one.Text))
	}
	if len(lines) == 1 {
		return "reading the actions: " + lines[0]
	}
	return fmt.Sprintf("reading the actions: %d things are wrong:\n  %s", len(lines), strings.Join(lines, "\n  "))
}

func (c *Complaints) sort() {
	slices.SortStableFunc(c.List, func(a, b Complaint) int { return a.Line - b.Line })
}

package cmd

import (
	"cmp"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"expertcontroller/schema"
)

// widest is how many characters of a text from outside a table shows in one cell.
const widest = 60

// grid is a table with a title.
type grid struct {
	w table.Writer
	n int
}

func newGrid(title string, columns ...string) *grid {
	w := table.NewWriter()
	style := table.StyleRounded
	style.Format.Header = text.FormatDefault
	style.Format.Footer = text.FormatDefault
	style.Title.Align = text.AlignCenter
	w.SetStyle(style)
	if title != "" {
		w.SetTitle("%s", title)
	}
	row := make(table.Row, len(columns))
	for i, c := range columns {
		row[i] = c
	}
	w.AppendHeader(row)
	return &grid{w: w}
}

func (g *grid) row(cells ...string) {
	row := make(table.Row, len(cells))
	for i, c := range cells {
		row[i] = c
	}
	g.w.AppendRow(row)
	g.n++
}

// grid prints the table, or the sentence that says that it would be empty.
func (c *console) grid(g *grid, empty string) {
	if g.n == 0 {
		c.print("%s\n", empty)
		return
	}
	c.print("%s\n", g.w.Render())
}

// moment writes a time for a table: UTC, to the second.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

func momentOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return moment(*t)
}

// left says how long it is until t, to the second.
func (c *console) left(t time.Time) string {
	d := t.Sub(c.now()).Round(time.Second)
	if d <= 0 {
		return "now"
	}
	return "in " + schema.Duration(d).String()
}

// why gives a reason in a few words.
func why(r schema.Reason) string {
	return clean(cmp.Or(r.Code, r.Text))
}

func cell(s string) string { return clip(clean(s), widest) }

// stepOf says at which step a recovery is, counted as in its messages: from 0.
func stepOf(s *schema.Status) string {
	switch {
	case len(s.Steps) == 0:
		return ""
	case s.Step >= len(s.Steps):
		return fmt.Sprintf("all %d done", len(s.Steps))
	}
	return fmt.Sprintf("%d: %s", s.Step, cell(s.Steps[s.Step].Title))
}

package cmd

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"expertcontroller/schema"
)

// widest is how many characters of a text from outside a table shows in one cell.
const widest = 60

// narrowest is how narrow a column may get before a table is rather left too wide.
const narrowest = 8

// grid is a table with a title.
type grid struct {
	w table.Writer
	n int
	// widths are how wide the columns' contents are, words their longest words.
	widths, words []int
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
	g := &grid{w: w, widths: make([]int, len(columns)), words: make([]int, len(columns))}
	w.AppendHeader(g.measured(columns))
	return g
}

func (g *grid) measured(cells []string) table.Row {
	row := make(table.Row, len(cells))
	for i, c := range cells {
		row[i] = c
		g.widths[i] = max(g.widths[i], text.StringWidthWithoutEscSequences(c))
		for _, word := range strings.Fields(c) {
			g.words[i] = max(g.words[i], text.StringWidthWithoutEscSequences(word))
		}
	}
	return row
}

func (g *grid) row(cells ...string) {
	g.w.AppendRow(g.measured(cells))
	g.n++
}

// render gives the table, in a terminal so wide; 0 is no terminal. Where it does not
// fit, the widest columns are wrapped.
func (g *grid) render(width int) string {
	const frame, between = 1, 3 // what the lines around and between columns take
	room := width - frame - between*len(g.widths)
	total := 0
	for _, w := range g.widths {
		total += w
	}
	if width <= 0 || total <= room {
		return g.w.Render()
	}
	widths := slices.Clone(g.widths)
	// Between words as long as that is enough, and only then within them.
	total = shrink(widths, total, room, func(i int) int { return max(narrowest, g.words[i]) })
	shrink(widths, total, room, func(int) int { return narrowest })
	columns := make([]table.ColumnConfig, len(widths))
	for i, w := range widths {
		columns[i] = table.ColumnConfig{Number: i + 1, WidthMax: w, WidthMaxEnforcer: text.WrapSoft}
	}
	g.w.SetColumnConfigs(columns)
	g.w.Style().Options.SeparateRows = true
	return g.w.Render()
}

// shrink takes from the widest columns until their sum fits, or each is at its least.
func shrink(widths []int, total, room int, least func(int) int) int {
	for ; total > room; total-- {
		widest := -1
		for i, w := range widths {
			if w > least(i) && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return total
}

// grid prints the table, or the sentence that says that it would be empty.
func (c *console) grid(g *grid, empty string) {
	if g.n == 0 {
		c.print("%s\n", empty)
		return
	}
	c.print("%s\n", g.render(c.widthOut))
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
	now := c.now()
	d := t.Sub(now).Round(time.Second)
	switch {
	case d <= 0:
		return "now"
	case d == math.MaxInt64: // it is as long as a duration can be, or longer
		return fmt.Sprintf("in %d years", t.Year()-now.Year())
	}
	return "in " + schema.Duration(d).String()
}

// why gives a reason in a few words.
func why(r schema.Reason) string {
	return clean(cmp.Or(r.Code, r.Text))
}

func cell(s string) string { return schema.Shorten(clean(s), widest) }

// stepOf says at which step a recovery is, counted as in its messages: from 0.
func stepOf(s *schema.Status) string {
	switch {
	case len(s.Steps) == 0:
		return ""
	case s.Step >= len(s.Steps):
		return "none left"
	case s.Terminal && (s.Steps[s.Step].State == schema.StepWaiting || s.Steps[s.Step].State == schema.StepSkipped):
		return "" // it ended before that one began
	}
	return fmt.Sprintf("%d: %s", s.Step, cell(s.Steps[s.Step].Title))
}

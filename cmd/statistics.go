package cmd

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"expertcontroller/schema"
)

type statisticsCmd struct {
	Since  *when `placeholder:"TIME" help:"Since when: a time, a day, or how long ago, as in 168h."`
	Until  *when `placeholder:"TIME" help:"Until when (default: now)."`
	Digest bool  `help:"Also a hash over all that is kept: the same on every replica at the same entry, and after a rebuild."`
}

// Help shows how it is used.
func (*statisticsCmd) Help() string {
	return examples(`expertcontroller statistics --since 168h`, `expertcontroller statistics --since 2026-11-01 --until 2026-12-01 --json`)
}

// Run prints the figures.
func (s *statisticsCmd) Run(ctx context.Context, c *console, f *connection) error {
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	c.since(ctx, cl, s.Since, s.Until)
	figures, err := cl.Statistics(ctx, schema.StatisticsQuery{Since: s.Since.pointer(), Until: s.Until.pointer(), Digest: s.Digest})
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(figures)
	}
	c.figures(figures)
	return nil
}

func (c *console) figures(s schema.Statistics) {
	c.print("system %s, %s to %s UTC\n", clean(s.System), moment(s.Since), moment(s.Until))
	g := newGrid("Recoveries per day (UTC)", "Day", "Total", "How they stand")
	for _, d := range s.Days {
		g.row(clean(d.Day), strconv.Itoa(total(d.States)), c.counts(d.States))
	}
	if len(s.Days) > 1 {
		g.row("all", strconv.Itoa(total(s.States)), c.counts(s.States))
	}
	c.grid(g, "no recovery was asked for in this time")
	if s.Digest != "" {
		c.print("digest at entry %d: %s\n", s.Entry, clean(s.Digest))
	}
	if total(s.States) == 0 {
		return
	}
	c.print("until approved: %s; %d prompts nobody answered\n", spread(s.Approval), s.Expired)
	c.print("request to cure: %s\n", spread(s.Duration))
	c.print("ended without an operator's decision: %d\n", s.Unattended)
	p := newGrid("Per problem", "Key", "Total", "Completed", "Failed", "Cancelled", "Median")
	for _, k := range s.Problems {
		p.row(cell(k.Key), strconv.Itoa(k.Total), strconv.Itoa(k.Completed), strconv.Itoa(k.Failed), strconv.Itoa(k.Cancelled), span(k.Median.D()))
	}
	c.grid(p, "")
}

func total(states map[string]int) int {
	n := 0
	for _, k := range states {
		n += k
	}
	return n
}

func (c *console) counts(states map[string]int) string {
	var names []string
	for name := range states {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", c.state(name), states[name])
	}
	return strings.Join(names, ", ")
}

func spread(s schema.Spread) string {
	if s.Count == 0 {
		return "never"
	}
	return fmt.Sprintf("%d times, median %s, 90%% within %s", s.Count, span(s.Median.D()), span(s.P90.D()))
}

// span writes a duration for people: seconds when it is long, more when it is short.
func span(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		d = d.Round(time.Second)
	case d >= time.Second:
		d = d.Round(100 * time.Millisecond)
	default:
		d = d.Round(time.Millisecond)
	}
	return schema.Duration(d).String()
}

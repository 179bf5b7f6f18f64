package cmd

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"expertcontroller/schema"
)

type historyCmd struct {
	State    []string `placeholder:"STATE" help:"Only in these states."`
	Problem  string   `placeholder:"TEXT" help:"Only with this problem: id or title; * stands for anything."`
	Key      string   `placeholder:"TEXT" help:"Only with this problem key; * stands for anything."`
	Expert   string   `placeholder:"E" help:"Only of this expert."`
	Agent    string   `placeholder:"NAME" help:"Only where this agent took part."`
	Operator string   `placeholder:"NAME" help:"Only where this operator took part."`
	Since    *when    `placeholder:"TIME" help:"Only asked for since then: a time, a day, or how long ago, as in 24h."`
	Until    *when    `placeholder:"TIME" help:"Only asked for before then."`
	Limit    int      `default:"50" placeholder:"N" help:"How many at most (default 50, at most 500)."`
	After    string   `placeholder:"CURSOR" help:"The next page, as the previous one names it."`
	Format   string   `enum:"table,json,csv" default:"table" help:"table, json or csv."`
}

// states are all that a recovery can be in, open ones first.
var states = []string{
	schema.Postponed, schema.AwaitingApproval, schema.Running, schema.Stopping, schema.Unclear, schema.Observing,
	schema.Completed, schema.Failed, schema.Cancelled, schema.RejectedState, schema.Joined,
}

// Help shows how it is used.
func (*historyCmd) Help() string {
	return `Newest first. Times are UTC.

` + examples(`expertcontroller history --since 24h --state failed`, `expertcontroller history --key 'FED stuck/*' --format csv > fed-stuck.csv`)
}

// Run lists the records.
func (h *historyCmd) Run(ctx context.Context, c *console, f *connection) error {
	if h.Limit < 1 || h.Limit > 500 {
		return usagef("--limit: say a number from 1 to 500")
	}
	for _, state := range h.State {
		if !slices.Contains(states, state) {
			return usagef("--state %q: the states are %s", state, strings.Join(states, ", "))
		}
	}
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	c.since(ctx, cl, h.Since, h.Until)
	page, err := cl.History(ctx, schema.HistoryQuery{
		State: h.State, Problem: h.Problem, Key: h.Key, Expert: h.Expert, Agent: h.Agent, Operator: h.Operator,
		Since: h.Since.pointer(), Until: h.Until.pointer(), Limit: h.Limit, Cursor: h.After,
	})
	if err != nil {
		return err
	}
	switch {
	case c.json || h.Format == "json":
		return c.printJSON(page)
	case h.Format == "csv":
		err = c.recordsCSV(page.Records)
	default:
		c.records(page.Records)
	}
	if page.Next != "" {
		c.say("there are more: --after %s", clean(page.Next))
	}
	return err
}

func (c *console) records(records []schema.Summary) {
	g := newGrid("", "Token", "Asked for", "By", "Problem", "State", "Why", "Took")
	for _, r := range records {
		g.row(clean(r.Token), moment(r.Created), clean(r.AskedBy.String()), cell(titleOf(r)), c.state(r.State), why(r.Reason), took(r))
	}
	c.grid(g, "no recovery fits")
}

func titleOf(r schema.Summary) string {
	if r.Simulated {
		return r.Title + " (simulated)"
	}
	return r.Title
}

func took(r schema.Summary) string {
	if r.Ended == nil {
		return "open"
	}
	return span(r.Ended.Sub(r.Created))
}

func (c *console) recordsCSV(records []schema.Summary) error {
	w := csv.NewWriter(c.out)
	rows := [][]string{{"token", "created", "ended", "asked_by", "problems", "key", "title", "state", "code", "text", "step", "steps", "joined", "priority", "simulated"}}
	for _, r := range records {
		ended := ""
		if r.Ended != nil {
			ended = r.Ended.UTC().Format("2006-01-02T15:04:05.000Z")
		}
		rows = append(rows, []string{
			r.Token, r.Created.UTC().Format("2006-01-02T15:04:05.000Z"), ended, r.AskedBy.Role + " " + r.AskedBy.Name,
			strings.Join(r.Problems, " "), r.Key, r.Title, r.State, r.Reason.Code, r.Reason.Text,
			strconv.Itoa(r.Step), strconv.Itoa(r.Steps), r.Joined, strconv.Itoa(r.Priority), strconv.FormatBool(r.Simulated),
		})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = clean(row[i])
		}
		if err := w.Write(row); err != nil {
			return fmt.Errorf("writing csv: %w", err)
		}
	}
	w.Flush()
	return w.Error()
}

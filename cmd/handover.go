package cmd

import (
	"context"
	"fmt"
	"slices"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

const (
	// longestOpen is how much earlier than the shift a recovery that ended in it may have
	// been asked for: approval and queue times are hours.
	longestOpen = 24 * time.Hour
	// toldOf is how many recoveries are looked at one by one.
	toldOf = 200
)

type handoverCmd struct {
	Since *when `default:"8h" placeholder:"TIME" help:"Since when: a time, a day, or how long ago (default 8h)."`
}

// Help shows how it is used.
func (*handoverCmd) Help() string {
	return `What the next shift must know: how the system is run now, what is open and what it waits for, what is held, what did not end well, what is left to do by hand, and the notes that were left. Times are UTC.

` + examples(`expertcontroller handover`, `expertcontroller --system cms handover --since 12h`, `expertcontroller handover --since 2026-11-21 --json`)
}

// handover is what the next shift must know.
type handover struct {
	System string              `json:"system"`
	Since  time.Time           `json:"since"`
	Until  time.Time           `json:"until"`
	Mode   schema.ModeDocument `json:"mode"`
	// Policy is given where the policy was changed in this time.
	Policy *schema.PolicyDocument `json:"policy,omitempty"`
	Open   []schema.Summary       `json:"open"`
	Holds  []schema.HoldDocument  `json:"holds"`
	// States counts what ended or changed in this time.
	States map[string]int `json:"states"`
	// Troubled are those that ended, and not well.
	Troubled []schema.Summary `json:"troubled"`
	// ToDo is what requests want to be done by hand after their end.
	ToDo []toDo `json:"to_do"`
	// Notes are what people left, oldest first.
	Notes []schema.Event `json:"notes"`
	// Untold is how many more recoveries there were than were looked at one by one.
	Untold int `json:"untold,omitzero"`
}

// toDo is one line of a recovery's aftercare.
type toDo struct {
	Token string `json:"token"`
	State string `json:"state"`
	Text  string `json:"text"`
}

// Run tells the next shift.
func (h *handoverCmd) Run(ctx context.Context, c *console, f *connection) error {
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	out, err := h.gather(ctx, c, cl)
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(out)
	}
	c.handover(out)
	return nil
}

func (h *handoverCmd) gather(ctx context.Context, c *console, cl *client.Client) (*handover, error) {
	now, err := cl.Overview(ctx)
	if err != nil {
		return nil, err
	}
	out := &handover{
		System: cl.System(), Since: h.Since.Time, Until: c.now(), Mode: now.Mode, Holds: now.Holds, States: map[string]int{},
		Open: []schema.Summary{}, Troubled: []schema.Summary{}, ToDo: []toDo{}, Notes: []schema.Event{},
	}
	policy, err := cl.PolicyInForce(ctx)
	if err != nil {
		return nil, err
	}
	if !policy.Given.At.Before(out.Since) {
		out.Policy = &policy.Given
	}
	if now.UnderWay != nil {
		out.Open = append(out.Open, *now.UnderWay)
	}
	out.Open = append(out.Open, now.Postponed...)
	looked := map[string]bool{}
	for _, r := range out.Open {
		looked[r.Token] = true
		if err := out.look(ctx, cl, r); err != nil {
			return nil, err
		}
	}
	from := out.Since.Add(-longestOpen)
	for r, err := range cl.HistoryAll(ctx, schema.HistoryQuery{Since: &from, Limit: 500}) {
		switch {
		case err != nil:
			return nil, err
		case r.Updated.Before(out.Since) || !r.Terminal:
			continue
		}
		out.States[r.State]++
		if r.State == schema.Failed || r.State == schema.Cancelled {
			out.Troubled = append(out.Troubled, r)
		}
		if r.State == schema.RejectedState || r.State == schema.Joined || looked[r.Token] {
			continue
		}
		if len(looked) >= toldOf {
			out.Untold++
			continue
		}
		looked[r.Token] = true
		if err := out.look(ctx, cl, r); err != nil {
			return nil, err
		}
	}
	slices.Reverse(out.Troubled)
	slices.Reverse(out.ToDo)
	slices.SortStableFunc(out.Notes, func(a, b schema.Event) int { return a.At.Compare(b.At) })
	return out, nil
}

// look finds what is left to do after a recovery, and what people noted on it.
func (h *handover) look(ctx context.Context, cl *client.Client, r schema.Summary) error {
	s, err := cl.Record(ctx, r.Token)
	if err != nil {
		return err
	}
	for _, text := range slices.Backward(careOf(s)) {
		h.ToDo = append(h.ToDo, toDo{Token: r.Token, State: s.State, Text: text})
	}
	history, err := cl.History(ctx, schema.HistoryQuery{Token: r.Token, Limit: 1})
	if err != nil {
		return err
	}
	for _, e := range history.Events {
		if e.Kind == schema.EventNote && !e.At.Before(h.Since) {
			h.Notes = append(h.Notes, e)
		}
	}
	return nil
}

func (c *console) handover(h *handover) {
	c.print("system %s, %s to %s UTC\n", clean(h.System), moment(h.Since), moment(h.Until))
	c.print("mode %s%s%s\n", clean(h.Mode.Mode), sinceWhen(h.Mode.At, h.Mode.By), paren(h.Mode.Note))
	if p := h.Policy; p != nil {
		c.print("the policy was changed at %s UTC, by %s%s\n", moment(p.At), clean(p.By.String()), paren(p.Note))
	}
	g := newGrid("Open", "Token", "State", "Why", "Problem", "Next")
	for _, s := range h.Open {
		status := schema.Status{Token: s.Token, State: s.State, Reason: s.Reason, Prompt: s.Prompt, Deadline: s.Deadline}
		g.row(clean(s.Token), c.state(s.State), why(s.Reason), cell(s.Title), c.next(&status))
	}
	c.grid(g, "nothing is open")
	for _, s := range h.Open {
		if s.Prompt != nil {
			c.print("%s\n", c.hint(s.Token, s.Prompt))
		}
	}
	for _, hold := range h.Holds {
		c.held(hold)
	}
	if len(h.Troubled) > 0 {
		g := newGrid("Did not end well", "Token", "Ended", "State", "Problem", "Why")
		for _, s := range h.Troubled {
			g.row(clean(s.Token), momentOf(s.Ended), c.state(s.State)+paren(s.Reason.Code), cell(s.Title), clean(s.Reason.Text))
		}
		c.grid(g, "")
	}
	for _, d := range h.ToDo {
		c.print("to do after %s %s: %s\n", clean(d.Token), c.state(d.State), clean(d.Text))
	}
	for _, n := range h.Notes {
		c.print("note on %s by %s at %s UTC: %s\n", clean(n.Token), clean(n.By.String()), moment(n.At), clean(n.Text))
	}
	if len(h.States) == 0 {
		c.print("nothing ended in this time\n")
		return
	}
	c.print("ended in this time: %s\n", c.counts(h.States))
	if h.Untold > 0 {
		c.print("%d more were not looked at for notes: `%s history --since ...` lists them\n", h.Untold, c.self)
	}
}

// sinceWhen says since when something holds, and who made it so, if anybody did.
func sinceWhen(at time.Time, by schema.By) string {
	if by.Name == "" {
		return ""
	}
	return fmt.Sprintf(" since %s UTC, by %s", moment(at), clean(by.String()))
}

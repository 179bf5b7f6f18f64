package client

import (
	"context"
	"errors"
	"slices"
	"time"

	"expertcontroller/schema"
)

const (
	// handoverRead is how many of the recoveries that ended are read one by one.
	handoverRead = 200
	// handoverSaid is how many events are repeated.
	handoverSaid = 500
	// handoverPage is how many events are asked for at a time: notes are long.
	handoverPage = 200
)

// Handover is what the next shift must know.
type Handover struct {
	System string    `json:"system"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	// Mode is the mode in force, and since when.
	Mode schema.ModeDocument `json:"mode"`
	// Policy is given where the policy was changed in this time.
	Policy *schema.PolicyDocument `json:"policy,omitempty"`
	// Holds are the holds in force.
	Holds []schema.HoldDocument `json:"holds"`
	// Open are those that have not ended, with their prompts: the one under way first,
	// then those that wait, in the order of their turns.
	Open []schema.Summary `json:"open"`
	// Ended are those that completed, failed or were cancelled in this time, whenever they
	// were asked for; the last one first.
	Ended []schema.Summary `json:"ended"`
	// States counts what ended in this time, those that were rejected or joined another
	// one included.
	States map[string]int `json:"states"`
	// ToDo is what those that ended want people to do, in the same order.
	ToDo []ToDo `json:"to_do"`
	// Events are the notes of this time, what was refused, what was unclear, what was
	// done by hand and how the system was run; the oldest first.
	Events []schema.Event `json:"events"`
	// Untold is how many more ended, or are worth saying, than are given here.
	Untold int    `json:"untold"`
	Entry  uint64 `json:"entry"`
}

// ToDo is a line of a recovery's aftercare.
type ToDo struct {
	Token string `json:"token"`
	State string `json:"state"`
	Text  string `json:"text"`
}

// ends are the events with which a recovery ends, and its state then. Those that are
// rejected or join another one are many where an expert floods the system: they are counted
// where they are kept, since they end as they are asked for.
var ends = map[string]string{
	schema.EventCompleted: schema.Completed, schema.EventFailed: schema.Failed, schema.EventCancelled: schema.Cancelled,
}

// worthSaying are the events that a handover repeats.
var worthSaying = []string{
	schema.EventNote, schema.EventDeclined, schema.EventUnclear, schema.EventClarified, schema.EventDecisionRefused,
	schema.EventStepByHand, schema.EventMode, schema.EventHeld, schema.EventHoldLifted,
}

// Handover gathers what the next shift must know: what ended since then, what is open
// now, and what was said. What counts is when it happened, and not when it was asked for.
func (c *Client) Handover(ctx context.Context, since time.Time) (Handover, error) {
	out := Handover{
		System: c.o.System, Since: since.UTC(), Holds: []schema.HoldDocument{}, Open: []schema.Summary{}, Ended: []schema.Summary{},
		States: map[string]int{}, ToDo: []ToDo{}, Events: []schema.Event{},
	}
	now, err := c.Overview(ctx)
	if err != nil {
		return out, err
	}
	out.Until, out.Mode, out.Entry = now.At.UTC(), now.Mode, now.Entry
	out.Holds = append(out.Holds, now.Holds...)
	policy, err := c.PolicyInForce(ctx)
	if err != nil {
		return out, err
	}
	if !policy.Given.At.Before(out.Since) {
		out.Policy = &policy.Given
	}
	ended, err := c.happened(ctx, &out)
	if err != nil {
		return out, err
	}
	for _, token := range ended {
		if err := c.wayItEnded(ctx, token, &out); err != nil {
			return out, err
		}
	}
	if out.Since.Before(out.Until) {
		counted, err := c.Statistics(ctx, schema.StatisticsQuery{Since: &out.Since, Until: &out.Until})
		if err != nil {
			return out, err
		}
		for _, state := range []string{schema.RejectedState, schema.Joined} {
			if n := counted.States[state]; n > 0 {
				out.States[state] = n
			}
		}
	}
	if now.UnderWay != nil {
		out.Open = append(out.Open, *now.UnderWay)
	}
	out.Open = append(out.Open, now.Postponed...)
	// What ended after the overview was given is not open any more.
	out.Open = slices.DeleteFunc(out.Open, func(r schema.Summary) bool { return slices.Contains(ended, r.Token) })
	return out, nil
}

// happened reads the audit trail of that time: it counts what ended, keeps what is worth
// saying, and gives the recoveries that ended, the last one first.
func (c *Client) happened(ctx context.Context, out *Handover) (ended []string, err error) {
	q := schema.AuditQuery{Kind: slices.Clone(worthSaying), Since: &out.Since, Limit: handoverPage}
	for kind := range ends {
		q.Kind = append(q.Kind, kind)
	}
	for {
		page, err := c.Audit(ctx, q)
		if err == nil && page.Next != "" && page.Next == q.Cursor {
			err = errors.New("asking for the audit trail: a page names itself as the next one")
		}
		if err != nil {
			return nil, err
		}
		for _, e := range page.Events {
			state, isEnd := ends[e.Kind]
			switch {
			case isEnd:
				out.States[state]++
				ended = append(ended, e.Token)
			case len(out.Events) < handoverSaid:
				out.Events = append(out.Events, e)
			default:
				out.Untold++
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	slices.Reverse(out.Events)
	return ended, nil
}

// wayItEnded looks at one that ended: how, and what it wants people to do.
func (c *Client) wayItEnded(ctx context.Context, token string, out *Handover) error {
	if len(out.Ended) >= handoverRead {
		out.Untold++
		return nil
	}
	s, err := c.Record(ctx, token)
	if errors.Is(err, ErrRemoved) {
		out.Untold++
		return nil
	}
	if err != nil {
		return err
	}
	out.Ended = append(out.Ended, schema.Summarise(s))
	for _, text := range CareOf(s) {
		out.ToDo = append(out.ToDo, ToDo{Token: token, State: s.State, Text: text})
	}
	return nil
}

// CareOf gives what a request wants people to do after such an end.
func CareOf(s *schema.Status) []string {
	if !s.Terminal || s.Request == nil || s.Request.Aftercare == nil {
		return nil
	}
	switch s.State {
	case schema.Completed:
		return s.Request.Aftercare.Completed
	case schema.Failed:
		return s.Request.Aftercare.Failed
	}
	return nil
}

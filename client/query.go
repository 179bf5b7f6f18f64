package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// query asks a replica, and asks again while the one that answers is behind what this
// client has seen, for one call's time at most.
func query[T any](ctx context.Context, c *Client, nc *nats.Conn, doing, system, name string, msg any) (T, error) {
	var none T
	if c.invalid != nil {
		return none, fmt.Errorf("%s: %w", doing, c.invalid)
	}
	payload, err := schema.Encode(msg)
	if err != nil {
		return none, fmt.Errorf("%s: %w", doing, err)
	}
	end := time.Now().Add(c.o.Timeout)
	var said error // by a replica, when it was asked before
	for n := 0; ; n++ {
		m, _, err := c.once(ctx, nc, time.Until(end), doing, schema.SubjectQuery(system, name), payload)
		if err == nil {
			out, err := schema.Read[T](m.Data)
			if err != nil {
				return none, fmt.Errorf("%s: %w", doing, err)
			}
			return out, nil
		}
		if said != nil && errors.Is(err, ErrNoAnswer) && ctx.Err() == nil {
			// The call's time was over before it was answered once more.
			return none, said
		}
		said = err
		pause := c.pace.pause(n)
		if !passing(err) || time.Until(end) < 2*pause || sleep(ctx, pause) != nil || time.Until(end) <= 0 {
			return none, err
		}
	}
}

// Status gives a recovery as it now stands, by its token; the token's system is asked.
// One call, at most Options.Timeout long. It never shows less than what this client
// has already heard of.
//
// Errors: ErrUnknown, ErrRemoved, which are final; ErrBehind, ErrNoAnswer,
// ErrNoController, ErrNoBroker, after which asking again may help.
func (c *Client) Status(ctx context.Context, token string) (*schema.Status, error) {
	return c.status(ctx, c.nc, token)
}

// Record gives a recovery as it is kept, also where polls are no longer answered because
// all who asked have seen how it ended: for those who look back. Errors as of Status.
func (c *Client) Record(ctx context.Context, token string) (*schema.Status, error) {
	return c.recovery(ctx, c.nc, schema.StatusQuery{Token: token, Record: true})
}

func (c *Client) status(ctx context.Context, nc *nats.Conn, token string) (*schema.Status, error) {
	return c.recovery(ctx, nc, schema.StatusQuery{Token: token})
}

func (c *Client) recovery(ctx context.Context, nc *nats.Conn, q schema.StatusQuery) (*schema.Status, error) {
	doing := "asking for the status of " + q.Token
	system, err := c.systemOf(q.Token)
	if err != nil {
		return nil, &refusal{doing: doing, said: &schema.Error{Type: schema.Type(schema.KindError), Code: 400, Field: "token", Text: err.Error(), Reason: schema.CodeMalformed}}
	}
	return c.look(ctx, nc, doing, system, q)
}

// look asks for one recovery.
func (c *Client) look(ctx context.Context, nc *nats.Conn, doing, system string, q schema.StatusQuery) (*schema.Status, error) {
	q.Type = schema.Type(schema.KindStatusQuery)
	q.After = c.entry(system).Load()
	s, err := query[*schema.Status](ctx, c, nc, doing, system, schema.QueryStatus, q)
	if err != nil {
		return nil, err
	}
	if s == nil || s.Token == "" || (q.Token != "" && s.Token != q.Token) {
		return nil, fmt.Errorf("%s: what came back is no status of it", doing)
	}
	c.raise(system, s.Entry)
	return s, nil
}

// Find gives the recovery that a request led to, by the expert's name and the
// request's id; the newest one if the id was used again. Errors as of Status.
func (c *Client) Find(ctx context.Context, expert, id string) (*schema.Status, error) {
	return c.look(ctx, c.nc, fmt.Sprintf("looking for the request %s of %s", id, expert), c.o.System, schema.StatusQuery{Expert: expert, ID: id})
}

// FindProblem gives the newest recovery that covers a problem of an expert. Errors as
// of Status.
func (c *Client) FindProblem(ctx context.Context, expert, problem string) (*schema.Status, error) {
	return c.look(ctx, c.nc, fmt.Sprintf("looking for the problem %s of %s", problem, expert), c.o.System, schema.StatusQuery{Expert: expert, Problem: problem})
}

// Resolve follows a joined recovery to the one that covers its problem, so that exit
// codes and results are those of the recovery that counts. Others come back as given.
func (c *Client) Resolve(ctx context.Context, s *schema.Status) (*schema.Status, error) {
	for been := (trail{}); s != nil && s.State == schema.Joined; {
		if err := been.step(s); err != nil {
			return s, err
		}
		next, err := c.Status(ctx, s.Joined)
		if err != nil {
			return s, err
		}
		s = next
	}
	return s, nil
}

// trail are the tokens that were followed, so that a circle ends.
type trail map[string]bool

func (t trail) step(s *schema.Status) error {
	if s.Joined == "" || t[s.Token] {
		return fmt.Errorf("following %s: it joined %q, which leads nowhere: look at it with `expertcontroller show %s`", s.Token, s.Joined, s.Token)
	}
	t[s.Token] = true
	return nil
}

// Overview gives the system at a glance.
func (c *Client) Overview(ctx context.Context) (schema.Overview, error) {
	out, err := query[schema.Overview](ctx, c, c.nc, "asking for the overview", c.o.System, schema.QueryOverview, c.plain())
	c.raise(c.o.System, out.Entry)
	return out, err
}

// PolicyInForce gives the policy, as it was given and with its defaults.
func (c *Client) PolicyInForce(ctx context.Context) (schema.PolicyAnswer, error) {
	out, err := query[schema.PolicyAnswer](ctx, c, c.nc, "asking for the policy", c.o.System, schema.QueryPolicy, c.plain())
	c.raise(c.o.System, out.Entry)
	return out, err
}

// Actions gives what agents offer.
func (c *Client) Actions(ctx context.Context) (schema.Actions, error) {
	out, err := query[schema.Actions](ctx, c, c.nc, "asking for the actions", c.o.System, schema.QueryActions, c.plain())
	c.raise(c.o.System, out.Entry)
	return out, err
}

// Picture gives a page of what a dashboard shows of the system; from is the page before's
// Next, empty for the first.
func (c *Client) Picture(ctx context.Context, from string) (schema.Picture, error) {
	q := schema.PictureQuery{Type: schema.Type(schema.KindPictureQuery), From: from, After: c.Seen()}
	out, err := query[schema.Picture](ctx, c, c.nc, "asking for the picture", c.o.System, schema.QueryPicture, q)
	c.raise(c.o.System, out.Entry)
	return out, err
}

// Statistics gives figures over a time. A zero After is the highest entry seen.
func (c *Client) Statistics(ctx context.Context, q schema.StatisticsQuery) (schema.Statistics, error) {
	q.Type = schema.Type(schema.KindStatisticsQuery)
	q.After = max(q.After, c.Seen())
	out, err := query[schema.Statistics](ctx, c, c.nc, "asking for the statistics", c.o.System, schema.QueryStatistics, q)
	c.raise(c.o.System, out.Entry)
	return out, err
}

// History gives one page of the records, newest first. A zero After is the highest
// entry seen. The events of a token come with it where q.Token is set.
func (c *Client) History(ctx context.Context, q schema.HistoryQuery) (schema.History, error) {
	q.Type = schema.Type(schema.KindHistoryQuery)
	system := c.of(q.Token)
	q.After = max(q.After, c.entry(system).Load())
	out, err := query[schema.History](ctx, c, c.nc, "asking for the history", system, schema.QueryHistory, q)
	c.raise(system, out.Entry)
	return out, err
}

// HistoryAll gives all records that fit, page after page, newest first; q.Limit is a
// page's size. An error ends it.
func (c *Client) HistoryAll(ctx context.Context, q schema.HistoryQuery) iter.Seq2[schema.Summary, error] {
	return func(yield func(schema.Summary, error) bool) {
		for {
			page, err := c.History(ctx, q)
			if err == nil && page.Next != "" && page.Next == q.Cursor {
				err = errors.New("asking for the history: a page names itself as the next one")
			}
			if err != nil {
				yield(schema.Summary{}, err)
				return
			}
			for _, r := range page.Records {
				if !yield(r, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			q.Cursor = page.Next
		}
	}
}

// Entries gives entries of the log in order, from q.After+1, secrets redacted.
func (c *Client) Entries(ctx context.Context, q schema.EntriesQuery) (schema.Entries, error) {
	q.Type = schema.Type(schema.KindEntriesQuery)
	out, err := query[schema.Entries](ctx, c, c.nc, "asking for entries", c.o.System, schema.QueryEntries, q)
	c.raise(c.o.System, out.Last)
	return out, err
}

// Audit gives one page of the audit trail. A zero After is the highest entry seen.
func (c *Client) Audit(ctx context.Context, q schema.AuditQuery) (schema.Audit, error) {
	q.Type = schema.Type(schema.KindAuditQuery)
	system := c.of(q.Token)
	q.After = max(q.After, c.entry(system).Load())
	out, err := query[schema.Audit](ctx, c, c.nc, "asking for the audit trail", system, schema.QueryAudit, q)
	c.raise(system, out.Entry)
	return out, err
}

// Ping tells whether a controller answers for this system: nil, ErrNoBroker,
// ErrNoController, or ErrNoAnswer.
func (c *Client) Ping(ctx context.Context) error {
	q := schema.Query{Type: schema.Type(schema.KindQuery)}
	_, err := query[schema.PolicyAnswer](ctx, c, c.nc, "asking whether a controller is there", c.o.System, schema.QueryPolicy, q)
	return err
}

func (c *Client) plain() schema.Query {
	return schema.Query{Type: schema.Type(schema.KindQuery), After: c.Seen()}
}

// Trail gives all that happened to a recovery, the oldest first: of one that was tried
// again and again it takes several pages.
func (c *Client) Trail(ctx context.Context, token string) ([]schema.Event, error) {
	q := schema.AuditQuery{Token: token, Oldest: true, Limit: 1000}
	events := []schema.Event{}
	for {
		page, err := c.Audit(ctx, q)
		if err == nil && page.Next != "" && page.Next == q.Cursor {
			err = errors.New("asking for the audit trail: a page names itself as the next one")
		}
		if err != nil {
			return nil, err
		}
		events = append(events, page.Events...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return events, nil
		}
	}
}

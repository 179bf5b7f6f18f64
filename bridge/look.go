package bridge

import (
	"context"
	"strings"
	"sync"

	"expertcontroller/schema"
)

// ask asks a query for a route.
func ask[T any](c *call, query func(context.Context) (T, error)) (any, *schema.Error) {
	ctx, cancel := context.WithTimeout(c.r.Context(), callWithin)
	defer cancel()
	out, err := query(ctx)
	if err != nil {
		return nil, errorOf(err)
	}
	return out, nil
}

func (c *call) overview() (any, *schema.Error) { return ask(c, c.looking().Overview) }
func (c *call) policy() (any, *schema.Error)   { return ask(c, c.looking().PolicyInForce) }
func (c *call) actions() (any, *schema.Error)  { return ask(c, c.looking().Actions) }

func (c *call) mode() (any, *schema.Error) {
	return ask(c, func(ctx context.Context) (schema.ModeDocument, error) {
		o, err := c.looking().Overview(ctx)
		return o.Mode, err
	})
}

// systemAnswer is one system, or why it is not known.
type systemAnswer struct {
	System string        `json:"system"`
	Error  *schema.Error `json:"error"`
}

// systems asks for all at once: one that does not answer keeps no other waiting.
func (c *call) systems() (any, *schema.Error) {
	ctx, cancel := context.WithTimeout(c.r.Context(), pingPatience)
	defer cancel()
	out := make([]any, len(c.bridge.o.Systems))
	var all sync.WaitGroup
	for i, system := range c.bridge.o.Systems {
		all.Go(func() {
			o, err := c.bridge.o.Client.In(system).Overview(ctx)
			if err != nil {
				out[i] = systemAnswer{system, errorOf(err)}
				return
			}
			out[i] = o
		})
	}
	all.Wait()
	return map[string]any{"systems": out}, nil
}

func (c *call) recovery() (any, *schema.Error) {
	token, bad := c.token()
	if bad != nil {
		return nil, bad
	}
	return ask(c, func(ctx context.Context) (*schema.Status, error) { return c.looking().Record(ctx, token) })
}

func (c *call) statistics() (any, *schema.Error) {
	var q schema.StatisticsQuery
	var bad *schema.Error
	if q.Since, bad = c.when("since"); bad != nil {
		return nil, bad
	}
	if q.Until, bad = c.when("until"); bad != nil {
		return nil, bad
	}
	return ask(c, func(ctx context.Context) (schema.Statistics, error) { return c.looking().Statistics(ctx, q) })
}

func (c *call) entries() (any, *schema.Error) {
	after, bad := c.whole("after")
	if bad != nil {
		return nil, bad
	}
	limit, bad := c.whole("limit")
	if bad != nil {
		return nil, bad
	}
	return ask(c, func(ctx context.Context) (schema.Entries, error) {
		return c.looking().Entries(ctx, schema.EntriesQuery{After: uint64(after), Limit: limit})
	})
}

// historyQuery reads the filters.
func (c *call) historyQuery() (schema.HistoryQuery, *schema.Error) {
	v := c.r.URL.Query()
	q := schema.HistoryQuery{
		Type: schema.Type(schema.KindHistoryQuery), Problem: v.Get("problem"), Key: v.Get("key"), Expert: v.Get("expert"),
		Agent: v.Get("agent"), Operator: v.Get("operator"), Cursor: v.Get("after"),
	}
	for _, states := range v["state"] {
		for _, state := range strings.Split(states, ",") {
			if state = strings.TrimSpace(state); state != "" {
				q.State = append(q.State, state)
			}
		}
	}
	var bad *schema.Error
	if q.Since, bad = c.when("since"); bad != nil {
		return q, bad
	}
	if q.Until, bad = c.when("until"); bad != nil {
		return q, bad
	}
	if q.Limit, bad = c.whole("limit"); bad != nil {
		return q, bad
	}
	payload, err := schema.Encode(q)
	if err != nil {
		return q, malformed("", "%v", err)
	}
	_, bad = schema.Decode(schema.KindHistoryQuery, payload)
	return q, bad
}

func (c *call) recoveries() (any, *schema.Error) {
	answer, bad := c.records()
	if bad != nil && bad.Field == "cursor" { // which is called after here
		renamed := *bad
		renamed.Field, bad = "after", &renamed
	}
	return answer, bad
}

func (c *call) records() (any, *schema.Error) {
	format := c.r.URL.Query().Get("format")
	if format == "" && strings.HasPrefix(c.r.Header.Get("Accept"), "text/csv") {
		format = "csv"
	}
	if format == "csv" {
		return c.export()
	}
	if format != "" && format != "json" {
		return nil, malformed("format", "say json or csv")
	}
	q, bad := c.historyQuery()
	if bad != nil {
		return nil, bad
	}
	return ask(c, func(ctx context.Context) (schema.History, error) { return c.looking().History(ctx, q) })
}

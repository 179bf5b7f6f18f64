package client

import (
	"fmt"
	"log/slog"
	"testing"

	"expertcontroller/schema"
)

// Queries carry what was seen, and pages are followed to the end.
func TestQueries(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL())
	ctx := t.Context()
	s.set("cms-1", schema.Running)
	if o, err := c.Overview(ctx); err != nil || o.Lineage != "L1" || c.Seen() != 1 {
		t.Fatal(o, err)
	}
	if p, err := c.PolicyInForce(ctx); err != nil || p.Effective.Mode != schema.ModeApproval {
		t.Fatal(p, err)
	}
	if e, err := c.Entries(ctx, schema.EntriesQuery{Limit: 10}); err != nil || len(e.Entries) != 1 {
		t.Fatal(e, err)
	}
	if err := c.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	var asked []string
	s.with(func() {
		s.query = func(name string, data []byte) any {
			asked = append(asked, name+" "+string(data))
			switch name {
			case schema.QueryStatistics:
				return schema.Statistics{Entry: 3}
			case schema.QueryActions:
				return schema.Actions{Entry: 4}
			case schema.QueryHistory:
				q, err := schema.Read[schema.HistoryQuery](data)
				if err != nil {
					t.Error(err)
				}
				page := map[string]schema.History{
					"":  {Records: []schema.Summary{{Token: "cms-5"}, {Token: "cms-4"}}, Next: "a"},
					"a": {Records: []schema.Summary{{Token: "cms-3"}, {Token: "cms-2"}}, Next: "b"},
					"b": {Records: []schema.Summary{{Token: "cms-1"}}},
					"x": {Next: "x"},
				}[q.Cursor]
				page.Entry = 5
				return page
			case schema.QueryStatus:
				return schema.Status{Token: "cms-7", Entry: 6}
			}
			return nil
		}
	})
	if _, err := c.Statistics(ctx, schema.StatisticsQuery{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Actions(ctx); err != nil {
		t.Fatal(err)
	}
	tokens := ""
	for r, err := range c.HistoryAll(ctx, schema.HistoryQuery{Key: "FED*", Limit: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		tokens += r.Token + " "
	}
	if tokens != "cms-5 cms-4 cms-3 cms-2 cms-1 " {
		t.Fatal(tokens)
	}
	for r, err := range c.HistoryAll(ctx, schema.HistoryQuery{Cursor: "x"}) {
		if err == nil {
			t.Fatal("a page that names itself:", r)
		}
	}
	if st, err := c.FindProblem(ctx, "daqexpert", "101"); err != nil || st.Token != "cms-7" {
		t.Fatal(st, err)
	}
	if st, err := c.Status(ctx, "cms-8"); err == nil {
		t.Fatal("took another recovery's status", st)
	}
	for i, want := range []string{`statistics {"type":"recovery.v1.statistics_query","after":1}`, `actions {"type":"recovery.v1.query","after":3}`,
		`history {"type":"recovery.v1.history_query","key":"FED*","limit":2,"after":4}`, `history {"type":"recovery.v1.history_query","key":"FED*","limit":2,"cursor":"a","after":5}`} {
		if asked[i] != want {
			t.Errorf("asked %s, want %s", asked[i], want)
		}
	}
}

// What is seen of one system says nothing of another.
func TestSeenIsPerSystem(t *testing.T) {
	l := newLink(slog.New(slog.DiscardHandler))
	l.raise("cms", 7)
	l.raise("cms", 5)
	l.raise("ecal", 2)
	if got := fmt.Sprint(l.entry("cms").Load(), l.entry("ecal").Load(), l.entry("hcal").Load()); got != "7 2 0" {
		t.Fatal(got)
	}
}

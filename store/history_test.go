package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

func TestHistoryFilters(t *testing.T) {
	s, c := fresh(t), newChain("cms")
	title := func(text string) func(*schema.Status) {
		return func(s *schema.Status) { s.Problems[0].Title = text }
	}
	key := func(text string) func(*schema.Status) { return func(s *schema.Status) { s.Problems[0].Key = text } }
	agent := func(names ...string) func(*schema.Status) {
		return func(s *schema.Status) {
			for i, n := range names {
				s.Steps[0].Attempts = append(s.Steps[0].Attempts, schema.Attempt{Number: i + 1, Agent: n})
			}
		}
	}
	by := func(by schema.By) func(*schema.Status) { return func(s *schema.Status) { s.AskedBy = by } }
	apply(t, s,
		c.next(docs(
			inState(recovery("cms", 1, schema.Completed, title("100% busy_time"), key("dead*time"), agent("l0"))),
			inState(recovery("cms", 2, schema.Failed, title("[x] odd?"), key("FED stuck/GEM"), agent("l0", "l1"))),
			recorded(recovery("cms", 3, schema.RejectedState, by(schema.By{Role: schema.RoleExpert, Name: "other"}))),
			inState(recovery("cms", 4, schema.Running, by(operator("anna")), agent("simulator"))),
			inState(recovery("cms", 5, schema.AwaitingApproval, title("Dead time"), func(s *schema.Status) {
				s.Problems = append(s.Problems, schema.ProblemStatus{Expert: "other", ID: "x*y", Key: "late", Title: "A second problem"})
				s.Probes = []schema.Attempt{{Number: 1, Agent: "prober"}}
			})),
		),
			schema.Event{Kind: schema.EventDeclined, Token: "cms-2", By: operator("otto")},
			schema.Event{Kind: schema.EventNote, Token: "cms-3", By: operator("anna")},
			schema.Event{Kind: schema.EventGranted, Token: "cms-1", By: schema.By{Role: schema.RoleAgent, Name: "otto"}},
			schema.Event{Kind: schema.EventMode, By: operator("karl")},
		),
		// The status does not name its first problem any more; the history still does.
		c.next(docs(inState(recovery("cms", 5, schema.Running, func(s *schema.Status) { s.Problems[0].ID = "205"; s.Problems[0].Title = "Dead time" })))),
	)
	since := func(n int) *time.Time { return ptr(noon.Add(time.Duration(n) * time.Minute)) }
	zone := time.FixedZone("", -5*60*60)
	for _, test := range []struct {
		why  string
		q    schema.HistoryQuery
		want string
	}{
		{"no filter gives all, newest first", schema.HistoryQuery{}, "[5,4,3,2,1]"},
		{"a state", schema.HistoryQuery{State: []string{schema.Running}}, "[5,4]"},
		{"several states, one twice", schema.HistoryQuery{State: []string{schema.Failed, schema.Completed, schema.Failed, "nonsense"}}, "[2,1]"},
		{"a state that it was in", schema.HistoryQuery{State: []string{schema.AwaitingApproval}}, "[]"},
		{"an exact key", schema.HistoryQuery{Key: "FED stuck/HCAL"}, "[5,4,3]"},
		{"keys by their beginning", schema.HistoryQuery{Key: "FED*"}, "[5,4,3,2]"},
		{"keys by their end", schema.HistoryQuery{Key: "*GEM"}, "[2]"},
		{"keys by their middle", schema.HistoryQuery{Key: "*stuck*G*"}, "[2]"},
		{"case counts", schema.HistoryQuery{Key: "fed*"}, "[]"},
		{"a part is not the whole", schema.HistoryQuery{Key: "FED stuck"}, "[]"},
		{"a * matches a * too", schema.HistoryQuery{Key: "dead*time"}, "[1]"},
		{"% and _ are no wildcards", schema.HistoryQuery{Problem: "100%*"}, "[1]"},
		{"_ stands for itself", schema.HistoryQuery{Problem: "*busy_time"}, "[1]"},
		{"_ is not any character", schema.HistoryQuery{Problem: "*busy_tim_"}, "[]"},
		{"[ stands for itself", schema.HistoryQuery{Problem: "[x]*"}, "[2]"},
		{"? stands for itself", schema.HistoryQuery{Problem: "*odd?"}, "[2]"},
		{"? is not any character", schema.HistoryQuery{Problem: "*od??"}, "[]"},
		{"many wildcards", schema.HistoryQuery{Problem: "***F***D**stuck***"}, "[4,3]"},
		{"a problem's id", schema.HistoryQuery{Problem: "104"}, "[4]"},
		{"ids by their beginning", schema.HistoryQuery{Problem: "10*"}, "[5,4,3,2,1]"},
		{"an id that was replaced", schema.HistoryQuery{Problem: "105"}, "[5]"},
		{"the id that replaced it", schema.HistoryQuery{Problem: "205"}, "[5]"},
		{"a second problem's title", schema.HistoryQuery{Problem: "A second*"}, "[5]"},
		{"a second problem's key", schema.HistoryQuery{Key: "late"}, "[5]"},
		{"an expert that asked", schema.HistoryQuery{Expert: "other"}, "[3]"},
		{"experts by a wildcard", schema.HistoryQuery{Expert: "*"}, "[5,3,2,1]"},
		{"an agent of any attempt", schema.HistoryQuery{Agent: "l0"}, "[2,1]"},
		{"agents by a wildcard", schema.HistoryQuery{Agent: "*1"}, "[2]"},
		{"the agent of a probe", schema.HistoryQuery{Agent: "prober"}, "[5]"},
		{"an operator that asked, or did anything", schema.HistoryQuery{Operator: "anna"}, "[4,3]"},
		{"an agent of that name is no operator", schema.HistoryQuery{Operator: "otto"}, "[2]"},
		{"an operator of the system's events only", schema.HistoryQuery{Operator: "karl"}, "[]"},
		{"since is included", schema.HistoryQuery{Since: since(4)}, "[5,4]"},
		{"until is not", schema.HistoryQuery{Until: since(3)}, "[2,1]"},
		{"a time between", schema.HistoryQuery{Since: since(2), Until: since(4)}, "[3,2]"},
		{"a time of another zone", schema.HistoryQuery{Since: ptr(since(4).In(zone))}, "[5,4]"},
		{"before everything", schema.HistoryQuery{Until: since(-9999)}, "[]"},
		{"after everything", schema.HistoryQuery{Since: since(9999)}, "[]"},
		{"filters all have to fit", schema.HistoryQuery{Key: "FED*", Agent: "l0", State: []string{schema.Failed}, Operator: "o*"}, "[2]"},
		{"filters that don't meet", schema.HistoryQuery{Expert: "other", Agent: "l0"}, "[]"},
		{"a token", schema.HistoryQuery{Token: "cms-2"}, "[2]"},
		{"a token that nobody has", schema.HistoryQuery{Token: "cms-99"}, "[]"},
	} {
		if got := tokens(history(t, s, "cms", test.q)); got != test.want {
			t.Errorf("%s: %s, want %s", test.why, got, test.want)
		}
	}

	t.Run("A query for a token gives its audit trail, in order", func(t *testing.T) {
		h := history(t, s, "cms", schema.HistoryQuery{Token: "cms-2"})
		if len(h.Events) != 1 || h.Events[0].Kind != schema.EventDeclined || h.Events[0].Entry != 1 || h.Events[0].Token != "cms-2" || h.Entry != 2 {
			t.Fatalf("%+v", h)
		}
	})
	t.Run("A wrong query is refused with its field", func(t *testing.T) {
		for field, q := range map[string]schema.HistoryQuery{
			"cursor": {Cursor: "x"}, "token": {Token: "atlas-1"}, "until": {Since: since(2), Until: since(1)},
		} {
			_, err := s.History(context.Background(), "cms", q)
			var refused *schema.Error
			if !errors.As(err, &refused) || refused.Field != field || refused.Code != 400 {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
	t.Run("A system that nobody knows has no history", func(t *testing.T) {
		if h := history(t, s, "lhc", schema.HistoryQuery{}); len(h.Records) != 0 || h.Entry != 0 {
			t.Fatalf("%+v", h)
		}
	})
}

// The ways to find records (by a list of an index, or one by one) have to agree.
func TestManyTermsAndIds(t *testing.T) {
	s, c := fresh(t), newChain("cms")
	const records = 3000
	for n := uint64(1); n <= records; {
		var d []schema.Document
		for ; n <= records && len(d) < 500; n++ {
			d = append(d, recorded(recovery("cms", n, schema.RejectedState, func(s *schema.Status) {
				s.Problems[0].Title = fmt.Sprintf("title %d", n%500)
				s.Problems[0].ID = fmt.Sprintf("id-%d", n)
			})))
		}
		apply(t, s, c.next(d))
	}
	for _, test := range []struct {
		why, problem, want string
	}{
		{"more titles than are merged", "title *", "[3000,2999,2998]"},
		{"some titles", "title 49*", "[2999,2998,2997]"},
		{"one title", "title 7", "[2507,2007,1507]"},
		{"more ids than are listed", "id-*", "[3000,2999,2998]"},
		{"some ids", "id-12*", "[1299,1298,1297]"},
		{"ids by their end", "*-12", "[12]"},
		{"an id", "id-5", "[5]"},
		{"no id", "id-*x", "[]"},
	} {
		if got := tokens(history(t, s, "cms", schema.HistoryQuery{Problem: test.problem, Limit: 3})); got != test.want {
			t.Errorf("%s: %s, want %s", test.why, got, test.want)
		}
	}
}

// Pages stay where they are while new records arrive: together they give everything that
// was there when the first was read, once.
func TestPagesWhileNewOnesArrive(t *testing.T) {
	s, c := fresh(t), newChain("cms")
	n := uint64(0)
	arrive := func(count int) {
		for range count {
			n++
			state := schema.Completed
			if n%3 == 0 {
				state = schema.Failed
			}
			apply(t, s, c.next(docs(inState(recovery("cms", n, state)))))
		}
	}
	arrive(40)
	for _, q := range []schema.HistoryQuery{{Limit: 7}, {Limit: 4, State: []string{schema.Failed}}, {Limit: 7, Expert: "daq*", Key: "FED*"}} {
		start, seen, pages := n, []string{}, 0
		for more := true; more; pages++ {
			h := history(t, s, "cms", q)
			if len(h.Records) > q.Limit {
				t.Fatalf("a page of %d, asked for %d", len(h.Records), q.Limit)
			}
			for _, r := range h.Records {
				seen = append(seen, r.Token)
			}
			q.Cursor, more = h.Next, h.Next != ""
			arrive(3)
		}
		want := []string{}
		for i := start; i > 0; i-- {
			if len(q.State) == 0 || i%3 == 0 {
				want = append(want, schema.Token("cms", i))
			}
		}
		if strings.Join(seen, " ") != strings.Join(want, " ") {
			t.Errorf("%+v: %d pages gave %v, want %v", q, pages, seen, want)
		}
	}
	t.Run("A last page that is full has no next", func(t *testing.T) {
		if h := history(t, s, "cms", schema.HistoryQuery{Limit: 3, Cursor: "4"}); tokens(h) != "[3,2,1]" || h.Next != "" {
			t.Fatalf("%s %q", tokens(h), h.Next)
		}
	})
}

func TestFind(t *testing.T) {
	ctx := context.Background()
	s, c := fresh(t), newChain("cms")
	id := func(name, id, code string) func(*schema.Status) {
		return func(s *schema.Status) { s.AskedBy.Name, s.RequestID, s.Reason.Code = name, id, code }
	}
	apply(t, s, c.next(docs(
		inState(recovery("cms", 1, schema.Completed, id("a", "x", ""))),
		inState(recovery("cms", 2, schema.Running, id("a", "x", ""))),
		recorded(recovery("cms", 3, schema.RejectedState, id("a", "x", schema.CodeConflict))),
		recorded(recovery("cms", 4, schema.RejectedState, id("b", "x", schema.CodeBusy))),
		recorded(recovery("cms", 5, schema.RejectedState, id("c", "", ""), func(s *schema.Status) { s.Problems[0].ID = "102" })),
	)))
	for _, test := range []struct{ expert, id, want string }{
		{"a", "x", "cms-2"}, {"b", "x", "cms-4"}, {"c", "x", ""}, {"c", "", ""}, {"a", "y", ""},
	} {
		got, ok, err := s.FindByRequest(ctx, "cms", test.expert, test.id)
		if got != test.want || ok != (test.want != "") || err != nil {
			t.Errorf("request %s of %s: %q %v %v, want %q", test.id, test.expert, got, ok, err, test.want)
		}
	}
	for _, test := range []struct{ expert, problem, want string }{
		{"daqexpert", "101", "cms-1"}, {"daqexpert", "102", "cms-5"}, {"other", "102", ""}, {"daqexpert", "999", ""},
	} {
		got, ok, err := s.FindByProblem(ctx, "cms", test.expert, test.problem)
		if got != test.want || ok != (test.want != "") || err != nil {
			t.Errorf("problem %s of %s: %q %v %v, want %q", test.problem, test.expert, got, ok, err, test.want)
		}
	}
	for _, token := range []string{"cms-99", "atlas-1", "nonsense", ""} {
		if _, _, ok, err := s.Status(ctx, "cms", token); ok || err != nil {
			t.Errorf("status of %q: %v %v", token, ok, err)
		}
	}
}

func TestEvents(t *testing.T) {
	ctx := context.Background()
	s, c := fresh(t), newChain("cms")
	full := schema.Event{
		Kind: schema.EventApproved, At: noon.Add(123456789), By: schema.By{Role: "operator", Name: "anna", Via: "bridge", Auth: "subject"},
		Text: "Ärger: <b>\n\x00", Token: "cms-1", Step: 2, Attempt: 3, Prompt: "cms-1.p1", Code: "x",
	}
	apply(t, s,
		c.next(nil, full, schema.Event{Kind: "note", Token: "cms-1"}, schema.Event{Kind: "note", Token: "cms-1"}),
		c.next(nil, schema.Event{Kind: "mode"}, schema.Event{Kind: "note", Token: "cms-2"}, schema.Event{Kind: "late", Token: "nonsense"}),
		c.next(nil, schema.Event{Kind: "completed", Token: "cms-1"}))
	all, err := s.Events(ctx, "cms", "cms-1", 0, 0)
	full.Entry = 1
	if err != nil || len(all) != 4 || all[0] != full || all[3].Kind != "completed" || all[3].Entry != 3 {
		t.Fatalf("%+v %v", all, err)
	}
	t.Run("A page ends with a whole entry, and the next begins behind it", func(t *testing.T) {
		page, err := s.Events(ctx, "cms", "cms-1", 0, 2)
		if err != nil || len(page) != 3 {
			t.Fatalf("%+v %v", page, err)
		}
		if longer, err := s.Events(ctx, "cms", "cms-1", 0, 4); err != nil || len(longer) != 4 {
			t.Fatalf("%+v %v", longer, err)
		}
		page, err = s.Events(ctx, "cms", "cms-1", page[2].Entry, 2)
		if err != nil || len(page) != 1 || page[0].Entry != 3 {
			t.Fatalf("%+v %v", page, err)
		}
	})
	t.Run("What belongs to no recovery is the system's", func(t *testing.T) {
		got, err := s.Events(ctx, "cms", "", 0, 0)
		if err != nil || len(got) != 2 || got[0].Kind != "mode" || got[0].Token != "" || got[1].Token != "nonsense" {
			t.Fatalf("%+v %v", got, err)
		}
	})
}

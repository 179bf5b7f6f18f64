package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"expertcontroller/schema"
)

func TestOverview(t *testing.T) {
	ctx := context.Background()
	s, c := fresh(t), newChain("cms")
	waiting := func(code string, priority int, queued time.Duration) func(*schema.Status) {
		return func(s *schema.Status) {
			s.Reason.Code, s.Priority, s.Queued = code, priority, ptr(noon.Add(queued))
		}
	}
	ended := func(after time.Duration) func(*schema.Status) {
		return func(s *schema.Status) { s.Ended = ptr(noon.Add(after)) }
	}
	hold := func(key string, until time.Duration) schema.Document {
		return document(schema.KeyHold+"daqexpert/key/"+key, schema.HoldDocument{Expert: "daqexpert", Key: key, Until: noon.Add(until)})
	}
	apply(t, s,
		c.next(docs(
			inState(recovery("cms", 1, schema.Completed, ended(3*time.Hour))),
			inState(recovery("cms", 2, schema.Failed, ended(time.Hour))),
			inState(recovery("cms", 3, schema.Cancelled, ended(2*time.Hour))),
			recorded(recovery("cms", 4, schema.RejectedState, ended(9*time.Hour))),
			recorded(recovery("cms", 5, schema.Joined, ended(9*time.Hour))),
			inState(recovery("cms", 10, schema.Stopping)),
			inState(recovery("cms", 11, schema.Postponed, waiting(schema.CodeScheduled, 99, time.Minute))),
			inState(recovery("cms", 12, schema.Postponed, waiting(schema.CodeQueued, 0, 2*time.Minute))),
			inState(recovery("cms", 13, schema.Postponed, waiting(schema.CodePreempted, 0, time.Minute))),
			inState(recovery("cms", 14, schema.Postponed, waiting(schema.CodeQueued, 5, 3*time.Minute))),
			inState(recovery("cms", 15, schema.Postponed, waiting(schema.CodePreempting, -5, 4*time.Minute))),
			inState(recovery("cms", 16, schema.Postponed, waiting(schema.CodeQueued, 0, 2*time.Minute))),
			hold("a", time.Minute), hold("b", time.Hour), hold("c", 10*time.Minute),
			document(schema.KeyMode, schema.ModeDocument{Mode: schema.ModeAutomatic, By: operator("anna"), At: noon}),
			document(schema.KeyAgent+"l0", schema.AgentDocument{Name: "l0", Actions: []schema.Action{{Name: "recycle"}}}),
			document(schema.KeyPolicy, schema.PolicyDocument{By: operator("anna"), Entry: 1}),
		)),
		c.next(docs(schema.Document{Key: schema.KeyHold + "daqexpert/key/b"})),
	)
	o, err := s.Overview(ctx, "cms", 2, noon.Add(5*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	list := func(of []schema.Summary) (out []string) {
		for _, r := range of {
			out = append(out, r.Token)
		}
		return out
	}
	if o.UnderWay == nil || o.UnderWay.Token != "cms-10" {
		t.Errorf("under way: %+v", o.UnderWay)
	}
	if got := fmt.Sprint(list(o.Postponed)); got != "[cms-15 cms-14 cms-13 cms-12 cms-16 cms-11]" {
		t.Errorf("postponed: %s", got)
	}
	if got := fmt.Sprint(list(o.Recent)); got != "[cms-1 cms-3]" {
		t.Errorf("recent: %s", got)
	}
	if len(o.Holds) != 1 || o.Holds[0].Key != "c" {
		t.Errorf("holds: %+v", o.Holds)
	}
	if len(o.Agents) != 1 || o.Agents[0].Name != "l0" || o.Mode.Mode != schema.ModeAutomatic || o.Entry != 2 || o.Lineage != "lineage-cms" || o.Preferred != "r0" {
		t.Errorf("overview: %+v", o)
	}
	policy, entry, ok, err := s.Policy(ctx, "cms")
	if err != nil || !ok || entry != 2 || policy.Entry != 1 {
		t.Errorf("policy: %+v %d %v %v", policy, entry, ok, err)
	}
	agents, entry, err := s.Actions(ctx, "cms")
	if err != nil || entry != 2 || len(agents) != 1 || agents[0].Actions[0].Name != "recycle" {
		t.Errorf("actions: %+v %d %v", agents, entry, err)
	}
	t.Run("A system that nobody knows is empty, not an error", func(t *testing.T) {
		if o, err := s.Overview(ctx, "lhc", 2, noon); err != nil || o.UnderWay != nil || o.Postponed == nil || o.Entry != 0 {
			t.Fatalf("%+v %v", o, err)
		}
		if _, _, ok, err := s.Policy(ctx, "lhc"); ok || err != nil {
			t.Fatal(ok, err)
		}
	})
}

func TestStatistics(t *testing.T) {
	ctx := context.Background()
	s, c := fresh(t), newChain("cms")
	day := 24 * time.Hour
	at := func(created, took time.Duration, key, code string) func(*schema.Status) {
		return func(s *schema.Status) {
			s.Created = noon.Add(created)
			s.Problems[0].Key, s.Reason.Code = key, code
			if s.Terminal {
				s.Ended = ptr(s.Created.Add(took))
			}
		}
	}
	prompted := func(n int, after time.Duration) schema.Event {
		token := schema.Token("cms", uint64(n))
		return schema.Event{Kind: schema.EventPrompted, Token: token, Prompt: token + ".p1", At: noon.Add(after)}
	}
	approved := func(n int, after time.Duration) schema.Event {
		e := prompted(n, after)
		e.Kind, e.By = schema.EventApproved, operator("anna")
		return e
	}
	apply(t, s,
		c.next(docs(
			inState(recovery("cms", 1, schema.Completed, at(-40*day, time.Hour, "A", ""))), // too old
			inState(recovery("cms", 2, schema.Completed, at(-day, 10*time.Second, "A", ""))),
			inState(recovery("cms", 3, schema.Completed, at(-day, 30*time.Second, "A", ""))),
			inState(recovery("cms", 4, schema.Completed, at(-day, 20*time.Second, "B", ""))),
			inState(recovery("cms", 5, schema.Failed, at(-day, time.Hour, "A", schema.CodeNoEffect))),
			inState(recovery("cms", 6, schema.Cancelled, at(0, time.Hour, "A", schema.CodeApprovalTimeout))),
			recorded(recovery("cms", 7, schema.RejectedState, at(0, 0, "B", schema.CodeBusy))),
			inState(recovery("cms", 8, schema.Running, at(time.Minute, 0, "B", ""))),
			inState(recovery("cms", 9, schema.Completed, at(2*time.Hour, time.Second, "B", ""))), // too young
		),
			prompted(2, 0), prompted(3, 0), prompted(4, 0), prompted(6, 0), prompted(8, 0), prompted(1, 0)),
		c.next(nil, approved(2, 5*time.Second), approved(3, 7*time.Second), approved(1, time.Hour),
			schema.Event{Kind: schema.EventNote, Token: "cms-8", By: operator("otto")}),
		// A second approval is no news.
		c.next(nil, approved(2, time.Hour)))
	got, err := s.Statistics(ctx, "cms", schema.StatisticsQuery{}, noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if want := (schema.Spread{Count: 2, Median: schema.Duration(5 * time.Second), P90: schema.Duration(7 * time.Second)}); got.Approval != want {
		t.Errorf("approval: %+v", got.Approval)
	}
	if want := (schema.Spread{Count: 3, Median: schema.Duration(20 * time.Second), P90: schema.Duration(30 * time.Second)}); got.Duration != want {
		t.Errorf("duration: %+v", got.Duration)
	}
	if got.Expired != 1 || got.Unattended != 3 {
		t.Errorf("expired %d, unattended %d", got.Expired, got.Unattended)
	}
	if text := fmt.Sprint(got.Days); text != "[{2026-11-20 map[completed:3 failed:1]} {2026-11-21 map[cancelled:1 rejected:1 running:1]}]" {
		t.Errorf("days: %s", text)
	}
	if text := fmt.Sprint(got.States); text != "map[cancelled:1 completed:3 failed:1 rejected:1 running:1]" {
		t.Errorf("states: %s", text)
	}
	if text := fmt.Sprint(got.Problems); text != "[{A 4 2 1 1 10s} {B 3 1 0 0 20s}]" {
		t.Errorf("problems: %s", text)
	}
	if !got.Since.Equal(noon.Add(time.Hour-30*day)) || !got.Until.Equal(noon.Add(time.Hour)) || got.Entry != 3 {
		t.Errorf("%+v", got)
	}
	// The digest is read with the figures, and only where it is asked for.
	with, err := s.Statistics(ctx, "cms", schema.StatisticsQuery{Digest: true}, noon.Add(time.Hour))
	if err != nil || with.Digest != digest(t, s, "cms") || got.Digest != "" {
		t.Errorf("want the digest %s and none, got %q, %q, %v", digest(t, s, "cms"), with.Digest, got.Digest, err)
	}
	if got, err = s.Statistics(ctx, "cms", schema.StatisticsQuery{Since: ptr(noon.Add(-100 * day)), Until: ptr(noon.Add(-30 * day))}, noon); err != nil || got.States[schema.Completed] != 1 {
		t.Errorf("%+v %v", got, err)
	}
	if _, err = s.Statistics(ctx, "cms", schema.StatisticsQuery{Since: ptr(noon), Until: ptr(noon.Add(-day))}, noon); err == nil {
		t.Error("until before since was taken")
	}
}

package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

func TestPicture(t *testing.T) {
	ctx := context.Background()
	s, c := fresh(t), newChain("cms")
	ended := func(after time.Duration) func(*schema.Status) {
		return func(s *schema.Status) { s.Ended = ptr(noon.Add(after)) }
	}
	changes := []schema.Document{
		document(schema.KeyMode, schema.ModeDocument{Mode: schema.ModeManual}),
		document(schema.KeyPolicy, schema.PolicyDocument{Entry: 1}),
		document(schema.KeyAgent+"l0", schema.AgentDocument{Name: "l0"}),
		document(schema.KeyHold+"daqexpert/key/a", schema.HoldDocument{Expert: "daqexpert", Key: "a", Until: noon.Add(-time.Hour)}),
		document(schema.KeyExpert+"daqexpert", schema.ExpertDocument{SilentSince: noon}),
		document(schema.KeyBreaker, schema.BreakerDocument{}),
		document(schema.KeyCounter, schema.CounterDocument{Requests: 99}),
		document(schema.KeyClear+"daqexpert/101", schema.ClearedProblem{At: noon}),
		inState(recovery("cms", 1, schema.Completed, ended(3*time.Hour))),
		inState(recovery("cms", 20, schema.Postponed)),
		inState(recovery("cms", 21, schema.AwaitingApproval)),
	}
	// Ended within one millisecond: the greater number is the later one.
	for n := range uint64(7) {
		changes = append(changes, inState(recovery("cms", 2+n, schema.Failed, ended(time.Hour+time.Duration(100-n)*time.Microsecond))))
	}
	for n := range uint64(4) {
		changes = append(changes, recorded(recovery("cms", 10+2*n, schema.RejectedState, ended(9*time.Hour))), recorded(recovery("cms", 11+2*n, schema.Joined, ended(9*time.Hour))))
	}
	apply(t, s, c.next(docs(changes...)))
	t.Run("What is open, the last five that ended, the last five that never began, and the state that is shown", func(t *testing.T) {
		p, err := s.Picture(ctx, "cms", "")
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, d := range p.Documents {
			keys = append(keys, strings.TrimPrefix(d.Key, "recovery/"))
		}
		want := "[agent/l0 breaker expert/daqexpert hold/daqexpert/key/a mode policy cms-1 cms-13 cms-14 cms-15 cms-16 cms-17 cms-20 cms-21 cms-5 cms-6 cms-7 cms-8]"
		if got := fmt.Sprint(keys); got != want || p.Next != "" || p.Entry != 1 || p.Lineage != "lineage-cms" {
			t.Errorf("got %s, next %q, entry %d of %s;\nwant %s", got, p.Next, p.Entry, p.Lineage, want)
		}
	})
	t.Run("A large one comes in pages that hold everything once", func(t *testing.T) {
		var large []schema.Document
		for n := range uint64(20) {
			large = append(large, inState(recovery("cms", 30+n, schema.Postponed, func(s *schema.Status) { s.Problems[0].Description = strings.Repeat("x", 100<<10) })))
		}
		apply(t, s, c.next(docs(large...)))
		seen, pages := map[string]bool{}, 0
		for from := ""; ; pages++ {
			p, err := s.Picture(ctx, "cms", from)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range p.Documents {
				if seen[d.Key] {
					t.Errorf("%s comes twice", d.Key)
				}
				seen[d.Key] = true
			}
			if from = p.Next; from == "" {
				break
			}
		}
		if len(seen) != 38 || pages < 3 {
			t.Errorf("%d documents in %d pages", len(seen), pages+1)
		}
	})
	t.Run("A system that nobody knows is empty, not an error", func(t *testing.T) {
		p, err := s.Picture(ctx, "other", "")
		if err != nil || p.Entry != 0 || p.Documents == nil || len(p.Documents) != 0 {
			t.Errorf("got %+v, %v", p, err)
		}
	})
}

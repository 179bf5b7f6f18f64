package store_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"expertcontroller/schema"
	"expertcontroller/store"
)

// trimmed makes a log of recoveries that ended, with a checkpoint in between, and lets
// some go: everything that a database can meet.
type trimmed struct {
	*testing.T
	c   *chain
	log []store.Applied
}

func (l *trimmed) add(documents []schema.Document, events ...schema.Event) uint64 {
	l.log = append(l.log, l.c.next(documents, events...))
	return l.c.entry
}

// ended adds a recovery that begins, and ends.
func (l *trimmed) ended(n uint64, state string, at time.Time) {
	token := schema.Token("cms", n)
	l.add(docs(inState(recovery("cms", n, schema.Running))), schema.Event{Kind: schema.EventRequested, Token: token, At: at},
		schema.Event{Kind: schema.EventPrompted, Token: token, Prompt: token + ".p1", At: at})
	l.add(docs(inState(recovery("cms", n, state, func(s *schema.Status) { s.Ended = &at }))),
		schema.Event{Kind: schema.EventApproved, Token: token, Prompt: token + ".p1", By: operator("anna"), At: at},
		schema.Event{Kind: state, Token: token, At: at})
}

// checkpoint gives a part of a checkpoint.
func checkpoint(c *chain, part, of int, documents []schema.Document) store.Applied {
	before := *c
	a := c.next(documents)
	a.Entry.Checkpoint = &schema.CheckpointPart{Part: part, Of: of}
	*c = before
	return c.again(*a.Entry)
}

// again puts an entry that was changed where it would have stood.
func (c *chain) again(e schema.Entry) store.Applied {
	payload, err := schema.Encode(e)
	if err != nil {
		panic(err)
	}
	c.entry, c.sequence, c.at, c.hash = e.Entry, c.sequence+1, e.At, schema.HashEntry(payload)
	c.position = schema.Position{System: c.system, Created: noon, Sequence: c.sequence, At: c.sequence, Entry: c.entry, Hash: c.hash, Lineage: e.Lineage}
	return store.Applied{Position: c.position, Entry: &e, Payload: payload}
}

func (l *trimmed) trim(r schema.RetentionDocument, gone ...uint64) {
	r.Entry = l.c.entry + 1
	d := docs(document(schema.KeyRetention, r))
	for _, n := range gone {
		d = append(d, schema.Document{Key: schema.KeyRecovery + schema.Token("cms", n)})
	}
	l.add(d, schema.Event{Kind: schema.EventRemoved, Text: "removed"})
}

func (l *trimmed) apply(s *store.Store, log []store.Applied) string {
	l.Helper()
	if err := s.Apply(context.Background(), log); err != nil {
		l.Fatal(err)
	}
	digest, err := s.Digest(context.Background(), "cms")
	if err != nil {
		l.Fatal(err)
	}
	return digest
}

// What is let go is gone from every database alike: one that followed entry by entry, one
// that read it all at once, and one that begins with the checkpoint at the cut; also
// where somebody still says something about a record that is gone.
func TestLettingGoIsAFold(t *testing.T) {
	ctx := context.Background()
	l := &trimmed{T: t, c: newChain("cms")}
	for n := uint64(1); n <= 4; n++ {
		l.ended(n, schema.Completed, noon)
	}
	from := len(l.log)
	state := docs(inState(recovery("cms", 3, schema.Completed, func(s *schema.Status) { s.Ended = ptr(noon) })), inState(recovery("cms", 4, schema.Completed, func(s *schema.Status) { s.Ended = ptr(noon) })))
	for part := 1; part <= 2; part++ {
		a := checkpoint(l.c, part, 2, state[part-1:part])
		l.log = append(l.log, a)
	}
	at := l.log[from].Position
	l.ended(5, schema.Failed, noon)
	l.ended(6, schema.Completed, noon)
	first := schema.RetentionDocument{At: noon, Records: []schema.TokenRange{{From: 1, To: 4}}, Through: 4}
	l.trim(first, 1, 2, 3, 4)
	late := schema.Event{Kind: schema.EventDecisionRefused, Token: "cms-2", By: operator("bob"), Prompt: "cms-2.p1", Text: "too late"}
	l.add(nil, late)

	s := fresh(t)
	l.apply(s, l.log)
	cut, ok, err := s.Cut(ctx, "cms", 1, noon.Add(time.Hour))
	if err != nil || !ok || cut.Entry != at.Entry || cut.Sequence != at.At || cut.Hash != at.Hash {
		t.Fatalf("the cut is %+v %t %v, the checkpoint stands at %+v", cut, ok, err, at)
	}
	if _, ok, _ := s.Cut(ctx, "cms", 1, noon.Add(-time.Hour)); ok {
		t.Error("a checkpoint that is too young is a cut")
	}
	second := first
	second.Records, second.Cut = nil, &cut
	l.trim(second)
	l.add(nil, late)
	one := l.apply(s, l.log[len(l.log)-2:])

	for name, log := range map[string][]store.Applied{"all at once": l.log, "from the checkpoint": l.log[from:]} {
		if other := l.apply(fresh(t), log); other != one {
			t.Errorf("%s: another digest", name)
		}
	}
	each := fresh(t)
	for _, a := range l.log[:len(l.log)-1] {
		l.apply(each, []store.Applied{a})
	}
	if l.apply(each, l.log[len(l.log)-1:]) != one {
		t.Error("entry by entry: another digest")
	}
	if _, _, ok, _ := s.Status(ctx, "cms", "cms-4"); ok {
		t.Error("cms-4 is still there")
	}
	if _, _, ok, _ := s.Status(ctx, "cms", "cms-5"); !ok {
		t.Error("cms-5 is gone")
	}
	if _, ok, _ := s.Cut(ctx, "cms", cut.Entry, noon.Add(time.Hour)); ok {
		t.Error("the log may be cut where it begins already")
	}
}

// A log is never cut behind the first word about a record that is kept, nor within a
// checkpoint that is not whole.
func TestNoCutBehindWhatIsKept(t *testing.T) {
	ctx := context.Background()
	l := &trimmed{T: t, c: newChain("cms")}
	l.ended(1, schema.Failed, noon)
	l.log = append(l.log, checkpoint(l.c, 1, 1, docs(document(schema.KeyCounter, schema.CounterDocument{Requests: 1}))))
	s := fresh(t)
	l.apply(s, l.log)
	if cut, ok, err := s.Cut(ctx, "cms", 1, noon.Add(time.Hour)); ok || err != nil {
		t.Fatalf("cms-1 is kept, and the log is cut at %+v %v", cut, err)
	}
	l.trim(schema.RetentionDocument{At: noon, Records: []schema.TokenRange{{From: 1, To: 1}}, Through: 1}, 1)
	l.log = append(l.log, checkpoint(l.c, 1, 2, docs(document(schema.KeyCounter, schema.CounterDocument{Requests: 1}))))
	void := l.c.entry
	l.add(nil, schema.Event{Kind: schema.EventNote})
	l.apply(s, l.log)
	cut, ok, err := s.Cut(ctx, "cms", 1, noon.Add(time.Hour))
	if err != nil || !ok || cut.Entry >= void {
		t.Fatalf("the cut is %+v %t %v; the checkpoint at %d is void", cut, ok, err, void)
	}
}

// What may go is what ended, by age or by count, of each outcome for itself.
func TestRemovable(t *testing.T) {
	l := &trimmed{T: t, c: newChain("cms")}
	for n := uint64(1); n <= 9; n++ {
		state := schema.Completed
		if n%3 == 0 {
			state = schema.Failed
		}
		l.ended(n, state, noon.Add(time.Duration(n)*time.Hour))
	}
	l.add(docs(inState(recovery("cms", 10, schema.Running))), schema.Event{Kind: schema.EventRequested, Token: "cms-10"})
	s := fresh(t)
	l.apply(s, l.log)
	age, now := schema.Duration(4*time.Hour), noon.Add(9*time.Hour)
	for _, c := range []struct {
		keep *schema.Retention
		want string
	}{
		{nil, "[]"},
		{&schema.Retention{}, "[]"},
		{&schema.Retention{Completed: &schema.Keep{Age: &age}}, "[{1 2} {4 4}]"},
		{&schema.Retention{Completed: &schema.Keep{Count: ptr(2)}}, "[{1 2} {4 5}]"},
		{&schema.Retention{Completed: &schema.Keep{Count: ptr(0)}, Failed: &schema.Keep{Age: &age}}, "[{1 5} {7 8}]"},
		{&schema.Retention{Failed: &schema.Keep{Age: &age, Count: ptr(1)}}, "[{3 3} {6 6}]"},
	} {
		got, _, err := s.Removable(context.Background(), "cms", c.keep, now, 100)
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%+v lets %v go, not %s: %v", c.keep, got, c.want, err)
		}
	}
	if got, _, _ := s.Removable(context.Background(), "cms", &schema.Retention{Completed: &schema.Keep{Count: ptr(0)}}, now, 2); fmt.Sprint(got) != "[{1 2}]" {
		t.Errorf("a batch of two is %v", got)
	}
}

// The audit trail is found by who, how, what, when and where, newest or oldest first,
// page by page without a gap.
func TestAudit(t *testing.T) {
	ctx := context.Background()
	l := &trimmed{T: t, c: newChain("cms")}
	for n := uint64(1); n <= 5; n++ {
		l.ended(n, schema.Completed, noon.Add(time.Duration(n)*time.Hour))
	}
	l.add(nil, schema.Event{Kind: schema.EventMode, By: operator("karl"), Text: "mode manual: the plant is cold", At: noon})
	s := fresh(t)
	l.apply(s, l.log)
	for _, c := range []struct {
		q    schema.AuditQuery
		want int
	}{
		{schema.AuditQuery{}, 21}, {schema.AuditQuery{Who: "anna"}, 5}, {schema.AuditQuery{Who: "karl"}, 1}, {schema.AuditQuery{Kind: []string{schema.EventApproved, schema.EventMode}}, 6},
		{schema.AuditQuery{Token: "cms-3"}, 4}, {schema.AuditQuery{Entry: 2}, 2}, {schema.AuditQuery{Behind: 9}, 3}, {schema.AuditQuery{Text: "plant*cold"}, 1}, {schema.AuditQuery{Text: "cold*plant"}, 0},
		{schema.AuditQuery{Via: "nowhere"}, 0}, {schema.AuditQuery{Who: "anna", Token: "cms-2"}, 1},
	} {
		for _, oldest := range []bool{false, true} {
			c.q.Oldest, c.q.Limit = oldest, 2
			var all []schema.Event
			for {
				page, err := s.Audit(ctx, "cms", c.q)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, page.Events...)
				if c.q.Cursor = page.Next; page.Next == "" {
					break
				}
			}
			if len(all) != c.want {
				t.Errorf("%+v finds %d events, not %d", c.q, len(all), c.want)
			}
			for i := 1; i < len(all); i++ {
				if oldest != (all[i-1].Entry <= all[i].Entry) && all[i-1].Entry != all[i].Entry || reflect.DeepEqual(all[i-1], all[i]) {
					t.Errorf("%+v: %+v before %+v", c.q, all[i-1], all[i])
				}
			}
			c.q.Cursor = ""
		}
	}
	if _, err := s.Audit(ctx, "cms", schema.AuditQuery{Cursor: "x"}); err == nil {
		t.Error("any text is a cursor")
	}
}

// A record that was let go and comes back has all that it covers, wherever a batch ends.
func TestLetGoAndBack(t *testing.T) {
	l := &trimmed{T: t, c: newChain("cms")}
	l.ended(1, schema.Completed, noon)
	l.trim(schema.RetentionDocument{At: noon, Records: []schema.TokenRange{{From: 1, To: 1}}, Through: 1}, 1)
	l.ended(1, schema.Failed, noon)
	together, single := fresh(t), fresh(t)
	one := ""
	for _, a := range l.log {
		one = l.apply(single, []store.Applied{a})
	}
	if l.apply(together, l.log) != one {
		t.Error("together they have another digest than one after another")
	}
}

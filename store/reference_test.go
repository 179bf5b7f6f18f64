package store_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

// plain remembers recoveries as a list and goes through all of it: what the store's
// indexes have to agree with.
type plain struct {
	last      map[uint64]schema.Status
	problems  map[uint64][]schema.ProblemStatus
	agents    map[uint64][]string
	operators map[uint64][]string
	opened    map[uint64]time.Time
	approved  map[uint64]time.Time
}

// fits tells whether the text fits the pattern; none of them holds a slash or a special
// character but *.
func fits(pattern, text string) bool {
	ok, err := path.Match(pattern, text)
	return err == nil && ok
}

func (p *plain) history(q schema.HistoryQuery, before uint64) (out []uint64) {
	for n, s := range p.last {
		problem := func(text string, of func(schema.ProblemStatus) string) bool {
			return slices.ContainsFunc(p.problems[n], func(s schema.ProblemStatus) bool { return fits(text, of(s)) })
		}
		named := func(text string, names []string) bool {
			return slices.ContainsFunc(names, func(name string) bool { return fits(text, name) })
		}
		if n < before && (len(q.State) == 0 || slices.Contains(q.State, s.State)) &&
			(q.Problem == "" || problem(q.Problem, func(s schema.ProblemStatus) string { return s.Title }) || problem(q.Problem, func(s schema.ProblemStatus) string { return s.ID })) &&
			(q.Key == "" || problem(q.Key, func(s schema.ProblemStatus) string { return s.Key })) &&
			(q.Expert == "" || fits(q.Expert, s.AskedBy.Name)) &&
			(q.Agent == "" || named(q.Agent, p.agents[n])) && (q.Operator == "" || named(q.Operator, p.operators[n])) &&
			(q.Since == nil || !s.Created.Before(*q.Since)) && (q.Until == nil || s.Created.Before(*q.Until)) {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b uint64) int { return cmp.Compare(b, a) })
	return out[:min(len(out), q.Limit)]
}

func (p *plain) statistics(since, until time.Time) (out schema.Statistics) {
	days, took, problems := map[string]map[string]int{}, map[string][]int64{}, map[string]*schema.ProblemCount{}
	var all, open []int64
	out.States = map[string]int{}
	for n, s := range p.last {
		if s.Created.Before(since) || !s.Created.Before(until) {
			continue
		}
		day, key := s.Created.Format(time.DateOnly), s.Problems[0].Key
		if days[day] == nil {
			days[day] = map[string]int{}
		}
		days[day][s.State]++
		out.States[s.State]++
		if problems[key] == nil {
			problems[key] = &schema.ProblemCount{Key: key}
		}
		problems[key].Total++
		switch s.State {
		case schema.Completed:
			problems[key].Completed++
			took[key] = append(took[key], int64(s.Ended.Sub(s.Created)))
			all = append(all, int64(s.Ended.Sub(s.Created)))
		case schema.Failed:
			problems[key].Failed++
		case schema.Cancelled:
			problems[key].Cancelled++
		}
		if s.Reason.Code == schema.CodeApprovalTimeout {
			out.Expired++
		}
		if len(p.operators[n]) == 0 && slices.Contains([]string{schema.Completed, schema.Failed, schema.Cancelled}, s.State) {
			out.Unattended++
		}
		if at, ok := p.approved[n]; ok {
			open = append(open, int64(at.Sub(p.opened[n])))
		}
	}
	spread := func(of []int64) (s schema.Spread) {
		slices.Sort(of)
		if s.Count = len(of); s.Count > 0 {
			s.Median, s.P90 = schema.Duration(of[(s.Count*50+99)/100-1]), schema.Duration(of[(s.Count*90+99)/100-1])
		}
		return s
	}
	out.Approval, out.Duration = spread(open), spread(all)
	for day, states := range days {
		out.Days = append(out.Days, schema.DayCount{Day: day, States: states})
	}
	slices.SortFunc(out.Days, func(a, b schema.DayCount) int { return cmp.Compare(a.Day, b.Day) })
	for key, p := range problems {
		p.Median = spread(took[key]).Median
		out.Problems = append(out.Problems, *p)
	}
	slices.SortFunc(out.Problems, func(a, b schema.ProblemCount) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Key, b.Key))
	})
	out.Problems = out.Problems[:min(50, len(out.Problems))]
	return out
}

// Whatever is asked of the history, and of its figures, the answer is the one that going
// through everything gives; also where records are missing in between, or change later.
func TestAgreesWithGoingThroughEverything(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 1))
		s, c := fresh(t), newChain("cms")
		p := &plain{
			last: map[uint64]schema.Status{}, problems: map[uint64][]schema.ProblemStatus{}, agents: map[uint64][]string{},
			operators: map[uint64][]string{}, opened: map[uint64]time.Time{}, approved: map[uint64]time.Time{},
		}
		// The first begins before 1970 and ends behind it.
		began, apart := noon, 3*time.Minute
		if seed == 0 {
			began, apart = time.Unix(0, 0).Add(-20*24*time.Hour).UTC(), 3*time.Minute
		}
		const records = 1200
		kinds := []int{1, 30, 2000}[r.IntN(3)]
		step := []int{1, 60}[r.IntN(2)]
		var numbers []uint64
		for n := uint64(1); len(numbers) < records; n += uint64(1 + r.IntN(step)) {
			numbers = append(numbers, n)
		}
		highest := numbers[records-1]
		at := func(n uint64) time.Time { return began.Add(time.Duration(n) * apart / time.Duration(step)) }
		write := func(n uint64) (schema.Document, []schema.Event) {
			states := []string{schema.Completed, schema.Completed, schema.Failed, schema.Cancelled, schema.RejectedState, schema.Joined, schema.Running, schema.Postponed}
			if seed == 1 {
				states = append(states, "of\na \"later\" version, ärger")
			}
			var agents []string
			status := recovery("cms", n, pick(r, states...), func(s *schema.Status) {
				s.Created = at(n).Add(time.Duration(r.IntN(7000)) * time.Second) // their order is not that of their numbers
				s.AskedBy.Name = fmt.Sprint("expert", r.IntN(5))
				if was, ok := p.last[n]; ok {
					s.Created, s.AskedBy = was.Created, was.AskedBy
				}
				if s.Terminal {
					s.Ended = ptr(s.Created.Add(time.Duration(r.Int64N(1e12))))
				}
				kind := r.IntN(kinds)
				s.Problems[0] = schema.ProblemStatus{Expert: s.AskedBy.Name, ID: fmt.Sprint("id", 7*n+uint64(r.IntN(2))), Key: fmt.Sprint("key-", kind), Title: fmt.Sprint("title ", kind)}
				if r.IntN(20) == 0 {
					s.Problems = append(s.Problems, schema.ProblemStatus{Expert: "other", ID: "same", Key: "key-other", Title: "another title"})
				}
				if r.IntN(9) == 0 {
					s.Reason.Code = schema.CodeApprovalTimeout
				}
				for i := range r.IntN(3) {
					agents = append(agents, fmt.Sprint("agent", r.IntN(4)))
					s.Steps[0].Attempts = append(s.Steps[0].Attempts, schema.Attempt{Number: i + 1, Agent: agents[i]})
				}
			})
			p.last[n] = status
			p.problems[n] = append(p.problems[n], status.Problems...)
			p.agents[n] = append(p.agents[n], agents...)
			var events []schema.Event
			if _, ok := p.opened[n]; !ok && r.IntN(2) == 0 {
				p.opened[n] = at(n)
				events = append(events, schema.Event{Kind: schema.EventPrompted, Token: status.Token, Prompt: status.Token + ".p1", At: at(n)})
				if r.IntN(3) > 0 {
					who := operator(fmt.Sprint("operator", r.IntN(6)))
					p.approved[n] = at(n).Add(time.Duration(r.Int64N(1e11)))
					p.operators[n] = append(p.operators[n], who.Name)
					events = append(events, schema.Event{Kind: schema.EventApproved, Token: status.Token, Prompt: status.Token + ".p1", By: who, At: p.approved[n]})
				}
			}
			return inState(status), events
		}
		put := func(numbers []uint64) {
			for some := range slices.Chunk(numbers, 100) {
				var d []schema.Document
				var events []schema.Event
				for _, n := range some {
					document, more := write(n)
					d, events = append(d, document), append(events, more...)
				}
				// What nobody ever asked for is named, too.
				events = append(events, schema.Event{Kind: schema.EventNote, Token: schema.Token("cms", highest+1000), By: operator("operator1")})
				apply(t, s, c.next(d, events...))
			}
		}
		put(numbers)
		var again []uint64
		for _, n := range numbers {
			if r.IntN(6) == 0 {
				again = append(again, n)
			}
		}
		put(again)
		when := func() *time.Time {
			return ptr(at(uint64(r.Int64N(int64(highest)))).Add(time.Duration(r.IntN(3600)) * time.Second))
		}
		text := func(of string, most int) string {
			n := r.IntN(most)
			return pick(r, fmt.Sprint(of, n), fmt.Sprint(of, n, "*"), fmt.Sprint("*", n), fmt.Sprint("*", n, "*"), of+"*", fmt.Sprint("*e*", n%10, "*", n%7), "nothing", "*")
		}
		for range 150 {
			q := schema.HistoryQuery{Limit: pick(r, 1, 7, 50, 400)}
			before := highest + 1
			for range r.IntN(4) {
				switch r.IntN(9) {
				case 0:
					q.State = []string{pick(r, schema.Completed, schema.Failed, schema.Running), pick(r, schema.Failed, schema.Joined, "none")}
				case 1:
					q.Key = text("key-", kinds)
				case 2:
					q.Expert = text("expert", 6)
				case 3:
					q.Agent = text("agent", 5)
				case 4:
					q.Operator = text("operator", 7)
				case 5:
					q.Problem = text("title ", kinds)
				case 6:
					q.Problem = text("id", pick(r, 10, 100, int(8*highest)))
				case 7:
					if since, until := when(), when(); since.Before(*until) {
						q.Since, q.Until = since, until
					}
				case 8:
					before = 1 + r.Uint64N(highest)
				}
			}
			q.Cursor = fmt.Sprint(before)
			if got, want := tokens(history(t, s, "cms", q)), strings.Join(strings.Fields(fmt.Sprint(p.history(q, before))), ","); got != want {
				t.Fatalf("seed %d: %+v gives\n%s, want\n%s", seed, q, got, want)
			}
		}
		for range 15 {
			since, until := when(), when()
			if until.Before(*since) {
				since, until = until, since
			}
			got, err := s.Statistics(ctx, "cms", schema.StatisticsQuery{Since: since, Until: until}, noon)
			if err != nil {
				t.Fatal(err)
			}
			want := p.statistics(*since, *until)
			want.Type, want.System, want.Entry, want.Since, want.Until = got.Type, got.System, got.Entry, *since, *until
			if len(want.Days) == 0 {
				want.Days, want.Problems = got.Days, got.Problems
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: from %v to %v: %+v, want\n%+v", seed, since, until, got, want)
			}
		}
	}
}

package cmd

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"expertcontroller/schema"
)

var update = flag.Bool("update", false, "write the golden files anew; read the difference before committing it")

// golden compares a result with the file that says how it should look.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\n%s\nwant:\n%s", name, got, want)
	}
}

func TestTables(t *testing.T) {
	r := newResponder(t)
	anna := schema.By{Role: schema.RoleOperator, Name: "anna", Via: schema.ViaCall}
	completed := recovery("default-1", schema.Completed)
	completed.Reason = schema.Reason{Code: schema.CodeCured, Text: "all problems cleared"}
	completed.Step = 1
	completed.Steps[0].State = schema.StepDone
	completed.Steps[0].Attempts = []schema.Attempt{{Number: 1, Agent: "l0", State: schema.AttemptEnded, Outcome: schema.OutcomeDone, Text: "recycled",
		ExitStatus: new(int), Data: []byte(`{"partitions":4}`), Output: "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\ndone\x1b[2J\n"}}
	cleared := born.Add(time.Minute)
	completed.Problems[0].Cleared = &cleared
	completed.Request = &schema.Request{Steps: []schema.Step{{Parameters: []byte(`{"red":["HCAL"]}`)}, {}}, Aftercare: &schema.Aftercare{Completed: []string{"Make a log entry"}}}
	r.on("status", completed)
	events := []schema.Event{
		{Kind: schema.EventRequested, At: born, By: completed.AskedBy, Text: "FED stuck: accepted", Token: "default-1", Entry: 5},
		{Kind: schema.EventApproved, At: born.Add(time.Second), By: anna, Text: "step 0 approved", Token: "default-1", Entry: 6},
		{Kind: schema.EventCompleted, At: born.Add(90 * time.Second), By: schema.By{Role: schema.RoleController}, Text: "completed: all problems cleared", Token: "default-1", Entry: 7},
	}
	open := recovery("default-2", schema.Cancelled)
	open.Reason = schema.Reason{Code: schema.CodeDeclined}
	page := schema.History{System: "default", Records: []schema.Summary{schema.Summarise(open), schema.Summarise(completed)}, Next: "c1", Entry: 9}
	page.Records[0].Simulated = true
	r.on("history", page)
	r.on("audit", schema.Audit{System: "default", Events: events, Entry: 9})
	median := schema.Duration(90 * time.Second)
	r.on("statistics", schema.Statistics{System: "default", Since: born, Until: born.Add(48 * time.Hour),
		Days:     []schema.DayCount{{Day: "2026-11-21", States: map[string]int{"completed": 2, "failed": 1}}, {Day: "2026-11-22", States: map[string]int{"rejected": 1}}},
		States:   map[string]int{"completed": 2, "failed": 1, "rejected": 1},
		Approval: schema.Spread{Count: 3, Median: schema.Duration(12 * time.Second), P90: schema.Duration(time.Minute)}, Expired: 1,
		Duration: schema.Spread{Count: 2, Median: median, P90: median}, Unattended: 1,
		Problems: []schema.ProblemCount{{Key: "FED stuck/HCAL", Total: 3, Completed: 2, Failed: 1, Median: median}}})
	stops := true
	r.on("actions", schema.Actions{System: "default", Agents: []schema.AgentDocument{
		{Name: "l0", Presence: schema.Present, LastHeard: &born, Actions: []schema.Action{{Name: "recycle", Description: "Red and green recycle", Timeout: &median, Abortable: &stops, Parameters: []byte(`{"properties":{"red":{},"green":{}},"required":["red"]}`), Usual: &median}, {Name: "check", Harmless: true, CutOff: &median}}},
		{Name: "l1", Presence: schema.Away},
		{Name: "simulator", Simulated: true, Actions: []schema.Action{{Name: "*"}}},
	}})
	given := schema.PolicyDocument{Policy: schema.Policy{Mode: schema.ModeAutomatic}, By: anna, At: born, Entry: 3}
	r.on("policy", schema.PolicyAnswer{System: "default", Given: given, Effective: given.Policy.WithDefaults()})
	r.on("overview", schema.Overview{System: "default", Entry: 9, Mode: schema.ModeDocument{Mode: schema.ModeApproval},
		UnderWay:  &schema.Summary{Token: "default-3", State: schema.Unclear, Title: "FED stuck", Problems: []string{"101"}, Steps: 2, Prompt: &schema.Prompt{ID: "default-3.p2", Kind: schema.PromptClarify}},
		Postponed: []schema.Summary{{Token: "default-4", State: schema.Postponed, Reason: schema.Reason{Code: schema.CodeQueued}, Title: "Corrupted data", Problems: []string{"7", "8"}, Step: 1, Steps: 1}},
		Holds:     []schema.HoldDocument{{Expert: "daqexpert", Key: "FED stuck/HCAL", By: anna, Until: born, Why: "declined"}},
		Agents: []schema.AgentDocument{
			{Name: "l0", Presence: schema.Present, LastHeard: &born, Doubled: true}, {Name: "l1", Presence: schema.Away, LastHeard: &born},
			{Name: "simulator", Simulated: true, Presence: schema.PresenceUnknown}}})

	for name, args := range map[string][]string{
		"status.txt":     {"status", "default-1"},
		"overview.txt":   {"status"},
		"show.txt":       {"show", "default-1"},
		"history.txt":    {"history"},
		"history.csv":    {"history", "--format", "csv"},
		"statistics.txt": {"statistics"},
		"actions.txt":    {"actions"},
		"policy.yaml":    {"policy", "show"},
	} {
		g := r.run(args...)
		if g.code != 0 {
			t.Errorf("%v: exit code %d: %s", args, g.code, g.err)
		}
		golden(t, name, g.out)
	}
}

func TestHistoryFilters(t *testing.T) {
	r := newResponder(t)
	r.on("history", schema.History{System: "default"})
	r.run("history", "--state", "failed", "--state", "cancelled", "--problem", "FED*", "--key", "k", "--expert", "e", "--agent", "a", "--operator", "o",
		"--since", "2026-11-21", "--until", "2026-11-22T12:00:00Z", "--limit", "7", "--after", "c1").want(t, 0, "no recovery fits\n")
	_, q := r.last("history")
	for field, want := range map[string]any{"problem": "FED*", "key": "k", "expert": "e", "agent": "a", "operator": "o",
		"since": "2026-11-21T00:00:00Z", "until": "2026-11-22T12:00:00Z", "limit": 7.0, "cursor": "c1"} {
		if q[field] != want {
			t.Errorf("asked for %s %v, want %v", field, q[field], want)
		}
	}
	if states, _ := q["state"].([]any); len(states) != 2 {
		t.Errorf("asked for states %v", q["state"])
	}
	r.run("history", "--state", "borked").want(t, 2, "", "awaiting_approval")
}

// A table that is wider than the terminal wraps its widest columns, and loses nothing.
func TestTablesFitTheTerminal(t *testing.T) {
	s := prompted(schema.PromptApprove)
	s.Steps[0].Title = "Stop and start the run with red & green recycle of HCAL"
	c := newConsole(strings.NewReader(""), &lockedBuffer{}, &lockedBuffer{})
	c.colourOut = true
	for _, width := range []int{80, 100, 0, 20} {
		g := statusGrid()
		c.statusRow(g, s)
		out := g.render(width)
		for _, line := range strings.Split(out, "\n") {
			if n := text.StringWidthWithoutEscSequences(line); width >= 80 && n > width {
				t.Errorf("%d characters in a terminal of %d:\n%s", n, width, out)
				break
			}
		}
		if flat := strings.Join(strings.FieldsFunc(out, func(r rune) bool { return r == ' ' || r == '\n' || r == '│' }), ""); width == 0 &&
			!strings.Contains(flat, strings.ReplaceAll(s.Steps[0].Title, " ", "")) {
			t.Errorf("the title is not whole:\n%s", out)
		}
	}
}

func TestNextSaysWhoActs(t *testing.T) {
	c := newConsole(strings.NewReader(""), &lockedBuffer{}, &lockedBuffer{})
	s := recovery("default-1", schema.Running)
	at := born
	for want, a := range map[string]schema.Attempt{
		"offered to l0 since 2026-11-21 12:02:10":    {Agent: "l0", State: schema.AttemptOffered, Offered: &at},
		"l0 acts since 2026-11-21 12:02:10":          {Agent: "l0", State: schema.AttemptGranted, Granted: &at},
		"l0 was told to stop at 2026-11-21 12:02:10": {Agent: "l0", State: schema.AttemptGranted, Granted: &at, Stopped: &at},
		"": {Agent: "l0", State: schema.AttemptEnded},
	} {
		s.Steps[0].Attempts = []schema.Attempt{a}
		if got := c.next(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	s.Step = len(s.Steps)
	if got := stepOf(s); got != "none left" {
		t.Errorf("after the last step: %q", got)
	}
}

// A deadline means something else in each state, and the word beside it says what.
func TestNextSaysWhatADeadlineMeans(t *testing.T) {
	c := newConsole(strings.NewReader(""), &lockedBuffer{}, &lockedBuffer{})
	at := born
	for want, s := range map[string]schema.Status{
		"at most until":       {State: schema.Running},
		"watched until":       {State: schema.Observing},
		"to have stopped by":  {State: schema.Stopping},
		"waits at most until": {State: schema.Postponed, Reason: schema.Reason{Code: schema.CodeQueued}},
		"not before":          {State: schema.Postponed, Reason: schema.Reason{Code: schema.CodeScheduled}},
	} {
		s.Deadline = &at
		if got := c.next(&s); got != want+" 2026-11-21 12:02:10, now" {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A recovery that ended before a step began is not shown at that step.
func TestEndedIsAtNoSkippedStep(t *testing.T) {
	s := recovery("default-1", schema.Completed)
	for state, want := range map[string]string{schema.StepSkipped: "", schema.StepWaiting: "", schema.StepFailed: "0: "} {
		s.Steps[0].State = state
		if got := stepOf(s); (got == "") != (want == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", state, got)
		}
	}
}

// How long it is until a time that lies further away than a duration can say is told in years.
func TestHowLongUntil(t *testing.T) {
	c := newConsole(strings.NewReader(""), io.Discard, io.Discard)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	c.now = func() time.Time { return now }
	for want, at := range map[string]time.Time{
		"now":           now.Add(-time.Hour),
		"in 1h30m":      now.Add(90 * time.Minute),
		"in 7973 years": time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
	} {
		if got := c.left(at); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

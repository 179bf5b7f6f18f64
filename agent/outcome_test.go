package agent

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"expertcontroller/schema"
)

// runnerFunc is a Runner made of a function.
type runnerFunc func(ctx context.Context, job Job) Outcome

func (r runnerFunc) Actions() []schema.Action { return []schema.Action{{Name: "recycle"}} }

func (r runnerFunc) Simulated() bool { return false }

func (r runnerFunc) Run(ctx context.Context, job Job) Outcome { return r(ctx, job) }

// Ensures that whatever a Runner does, the outcome told is what is known.
func TestOutcomes(t *testing.T) {
	status := 3
	for name, c := range map[string]struct {
		run  runnerFunc
		want string
		text string
	}{
		"a panic": {func(context.Context, Job) Outcome { panic("oops") }, schema.OutcomeUnknown, "oops"},
		"nothing": {func(context.Context, Job) Outcome { return Outcome{} }, schema.OutcomeUnknown, "without saying how"},
		"unasked": {func(context.Context, Job) Outcome { return Outcome{Outcome: schema.OutcomeAborted, Text: "killed"} }, schema.OutcomeFailed, "nobody had asked"},
		"a failure": {func(context.Context, Job) Outcome {
			return Outcome{Outcome: schema.OutcomeFailed, Text: "no", ExitStatus: &status}
		}, schema.OutcomeFailed, "no"},
		"unknown": {func(context.Context, Job) Outcome { return Outcome{Outcome: schema.OutcomeUnknown, Text: "lost"} }, schema.OutcomeUnknown, "lost"},
		"no object": {func(context.Context, Job) Outcome {
			return Outcome{Outcome: schema.OutcomeDone, Data: json.RawMessage(`[1]`)}
		}, schema.OutcomeDone, "no JSON object"},
		"ten megabytes that are no text": {func(context.Context, Job) Outcome {
			return Outcome{Outcome: schema.OutcomeDone, Text: strings.Repeat("\xff", 1<<20), Output: strings.Repeat("\x00\xfe\"", 10<<20/3)}
		}, schema.OutcomeDone, ""},
		"ten megabytes reported": {func(_ context.Context, job Job) Outcome {
			for range 10 {
				job.Report("line", 200, strings.Repeat("x", 1<<20))
			}
			return Outcome{Outcome: schema.OutcomeDone}
		}, schema.OutcomeDone, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(offer("cms-1", ""))
				start(t, f, c.run, journalIn(t))
				until(t, "the result", told(f))
				r := one(t, f)
				if r.Outcome != c.want || !strings.Contains(r.Text, c.text) {
					t.Fatalf("%s: %s", r.Outcome, r.Text)
				}
				b, err := schema.Encode(r)
				if err != nil || len(b) > schema.MaxInput || len(r.Output) > schema.MaxOutput || len(r.Text) > maxText {
					t.Fatalf("%d bytes, output %d, text %d, %v", len(b), len(r.Output), len(r.Text), err)
				}
				if strings.HasPrefix(name, "ten") && !strings.Contains(r.Output, "were cut") {
					t.Fatal("nothing says that the output was cut")
				}
			})
		})
	}
}

// Ensures that a result that the door refuses for its form is told without its
// output, and that one that is refused even so doesn't keep the agent from working.
func TestResultRefusedAtTheDoor(t *testing.T) {
	for name, always := range map[string]bool{"the output was it": false, "whatever is left out": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, d := newFake(offer("cms-1", ""), offer("cms-2", "")), newCounting()
				f.answer = func(r schema.Result, answer schema.Answer) (schema.Answer, error) {
					if r.Output != "" || always && r.Token == "cms-1" {
						return answer, &schema.Error{Code: 400, Text: "output: too long"}
					}
					return answer, nil
				}
				start(t, f, NewSimulator(1, 1, d), journalIn(t))
				until(t, "the second is told", func() bool {
					r := f.results()
					return len(r) > 0 && r[len(r)-1].Token == "cms-2"
				})
				if d.total() != 2 {
					t.Fatalf("device %d", d.total())
				}
			})
		})
	}
}

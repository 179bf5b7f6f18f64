package cmd

import (
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

// What is told of times goes by the controller's clock: an operator's own may be wrong.
func TestAnOperatorsClockThatIsWrong(t *testing.T) {
	for _, off := range []time.Duration{time.Hour, -time.Hour} {
		r := newResponder(t)
		server := time.Now().UTC().Add(off)
		expires := server.Add(10*time.Minute + 50*time.Second)
		s := prompted(schema.PromptApprove)
		s.Prompt.Expires, s.Updated = &expires, server
		r.on("status", s)
		r.on("overview", schema.Overview{System: "default", At: server, UnderWay: &schema.Summary{Token: "default-1", State: s.State, Prompt: s.Prompt, Steps: 2}})
		r.on("history", schema.History{})
		r.on("statistics", schema.Statistics{})
		r.on("audit", schema.Audit{})
		r.on("policy", schema.PolicyAnswer{})
		wrong := "this machine's clock is 1h behind the controller's"
		if off < 0 {
			wrong = "this machine's clock is 1h ahead of the controller's"
		}
		for _, args := range [][]string{{"status"}, {"status", "default-1"}, {"wait", "default-1", "--count", "1"}, {"approve", "default-1"}, {"handover"}} {
			got := r.run(args...)
			if told := got.out + got.err; !strings.Contains(told, "in 10m") && args[0] != "handover" {
				t.Errorf("%v, with a clock that is %s off: the prompt expires in 10m, told is:\n%s", args, off, told)
			}
			if !strings.Contains(got.err, wrong) {
				t.Errorf("%v: nobody is told that the clock is %s off:\n%s", args, off, got.err)
			}
		}
		for kind, args := range map[string][]string{
			"history": {"history", "--since", "30m"}, "statistics": {"statistics", "--since", "30m"},
			"audit": {"audit", "--since", "30m"},
		} {
			r.run(args...)
			_, asked := r.last(kind)
			since, err := time.Parse(time.RFC3339, asked["since"].(string))
			if err != nil || since.Sub(server.Add(-30*time.Minute)).Abs() > longest {
				t.Errorf("%v, with a clock that is %s off: asked for what was since %v, %v; the controller's time is %v", args, off, asked["since"], err, server)
			}
		}
		r.run("handover", "--since", "30m")
		_, asked := r.last("audit")
		if since, err := time.Parse(time.RFC3339, asked["since"].(string)); err != nil || since.Sub(server.Add(-30*time.Minute)).Abs() > longest {
			t.Errorf("handover, with a clock that is %s off: asked for what was since %v, %v; the controller's time is %v", off, asked["since"], err, server)
		}
		if line := r.run("wait", "default-1", "--count", "1").err; !strings.Contains(line, server.Format(time.TimeOnly)+" default-1 awaiting_approval") {
			t.Errorf("a wait's lines tell when something happened, not when it was seen:\n%s", line)
		}
	}
}

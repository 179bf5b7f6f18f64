package cmd

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// acted is a recovery in its second step, on its second attempt.
func acted() *schema.Status {
	at := func(s int) *time.Time { t := born.Add(time.Duration(s) * time.Second); return &t }
	s := recovery("cms-37", schema.Running)
	s.Step = 1
	s.Steps = []schema.StepStatus{
		{Index: 0, Title: "TTC hard reset", Action: "reset", State: schema.StepFailed, Attempts: []schema.Attempt{
			{Number: 1, Agent: "l0", State: schema.AttemptEnded, Granted: at(1), Ended: at(4), Outcome: "failed"}}},
		{Index: 1, Title: "Stop and start the run", Action: "recycle", State: schema.StepOpen, Attempts: []schema.Attempt{
			{Number: 1, Agent: "l0", State: schema.AttemptEnded, Granted: at(5), Ended: at(9), Outcome: "timed_out"},
			{Number: 2, Agent: "l0", State: schema.AttemptGranted, Granted: at(10)}}},
		{Index: 2, Title: "Call the expert on call", ByHand: true, State: schema.StepWaiting},
	}
	s.Event = schema.Event{At: *at(10), Text: "l0 begins step 1"}
	return s
}

func pictured(t *testing.T, colour bool, seconds int) (*live, *console) {
	t.Helper()
	c := newConsole(strings.NewReader(""), &lockedBuffer{}, &lockedBuffer{})
	c.colourErr = colour
	c.now = func() time.Time { return born.Add(time.Duration(seconds) * time.Second) }
	return &live{c: c, tokens: []string{"cms-37"}, seen: map[string]*schema.Status{}, silent: map[string]silence{}}, c
}

// The picture says in words how each step stands, and for how long.
func TestPicture(t *testing.T) {
	l, c := pictured(t, false, 30)
	if got := strings.Join(l.picture(80, 24), "\n"); got != "cms-37  asking" {
		t.Errorf("before the first answer: %q", got)
	}
	l.see(client.Poll{Token: "cms-37", Status: acted()})
	got := strings.Join(l.picture(0, 0), "\n")
	want := strings.Join([]string{
		"cms-37  running  FED stuck",
		"  [!] failed   step 0, took 3s: TTC hard reset",
		"  [>] open     step 1, attempt 2, l0 acts (20s): Stop and start the run",
		"  [ ] waiting  step 2: Call the expert on call",
		"  12:02:20 l0 begins step 1",
	}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}

	t.Run("nobody answers: it says for how long, and counts on", func(t *testing.T) {
		l.see(client.Poll{Token: "cms-37", Err: client.ErrNoController, Silence: 5 * time.Second, Next: time.Second})
		now := c.now()
		c.now = func() time.Time { return now.Add(35 * time.Second) }
		if got := strings.Join(l.picture(0, 0), "\n"); !strings.Contains(got, "no controller has answered for 40s; waiting on") {
			t.Error(got)
		}
		l.see(client.Poll{Token: "cms-37", Status: acted()})
		if got := strings.Join(l.picture(0, 0), "\n"); strings.Contains(got, "no controller") {
			t.Error(got)
		}
	})
	t.Run("a prompt says what to type, a joined one is followed", func(t *testing.T) {
		joined := recovery("cms-37", schema.Joined)
		joined.Joined = "cms-35"
		l.see(client.Poll{Token: "cms-37", Status: joined})
		other := recovery("cms-35", schema.AwaitingApproval)
		other.Prompt = &schema.Prompt{ID: "cms-35.p1", Kind: schema.PromptApprove}
		l.see(client.Poll{Token: "cms-35", Status: other})
		got := strings.Join(l.picture(0, 0), "\n")
		if !strings.Contains(got, "cms-37 joined cms-35  awaiting_approval") || !strings.Contains(got, "approve cms-35    or    decline cms-35") {
			t.Error(got)
		}
	})
}

// No line is wider than the terminal, no picture higher, with colours and without.
func TestPictureFits(t *testing.T) {
	for _, colour := range []bool{false, true} {
		l, _ := pictured(t, colour, 30)
		l.tokens = nil
		for n := range 30 {
			token := schema.Token("cms", uint64(n+1))
			s := acted()
			s.Token = token
			s.Problems[0].Title = strings.Repeat("wide ", 40) + "\x1b[2J"
			l.tokens = append(l.tokens, token)
			l.see(client.Poll{Token: token, Status: s})
		}
		for _, size := range [][2]int{{80, 200}, {80, 31}, {80, 10}, {20, 5}, {1, 2}} {
			lines := l.picture(size[0], size[1])
			if len(lines) > size[1] {
				t.Errorf("%v: %d lines", size, len(lines))
			}
			for _, line := range lines {
				if size[0] > 1 && text.StringWidthWithoutEscSequences(line) >= size[0] {
					t.Errorf("%v: %q", size, line)
				}
				if strings.Contains(line, "\x1b[2J") {
					t.Errorf("a text from outside moves the cursor: %q", line)
				}
			}
		}
		if got := l.picture(80, 10)[9]; got != "and 21 more" {
			t.Error(got)
		}
	}
}

// Each picture is drawn over the one before.
func TestPicturesAreDrawnOver(t *testing.T) {
	l, c := pictured(t, false, 30)
	l.see(client.Poll{Token: "cms-37", Status: acted()})
	l.see(client.Poll{Token: "cms-37", Err: errors.New("x"), Next: time.Second})
	got := c.err.(*lockedBuffer).String()
	if strings.Count(got, "\x1b[5A\r\x1b[J") != 1 {
		t.Errorf("%q", got)
	}
}

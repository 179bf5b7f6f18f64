package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// redraw is how often a view counts on while nothing happens.
const redraw = time.Second

// live is a picture of recoveries on a terminal, which is drawn over itself.
type live struct {
	c    *console
	stop context.CancelFunc
	over chan struct{}

	mu     sync.Mutex
	tokens []string
	seen   map[string]*schema.Status
	// silent is since when nobody has answered about a token, and why.
	silent map[string]silence
	// drawn is how many lines the last picture has.
	drawn int
	// cut says that the last picture has not all that there is to say.
	cut bool
}

// silence is since when nobody has answered, and what was met instead.
type silence struct {
	since time.Time
	why   string
}

// live draws a picture until its end is called.
func (c *console) live(ctx context.Context, tokens []string) *live {
	ctx, stop := context.WithCancel(ctx)
	l := &live{c: c, stop: stop, over: make(chan struct{}), tokens: tokens, seen: map[string]*schema.Status{}, silent: map[string]silence{}}
	go l.run(ctx)
	return l
}

func (l *live) moves() bool { return true }

func (l *live) told() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.cut
}

func (l *live) run(ctx context.Context) {
	defer close(l.over)
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.mu.Lock()
			l.draw()
			l.mu.Unlock()
		}
	}
}

// end draws once more, so that what stays on the terminal is the last that was seen.
func (l *live) end() {
	l.stop()
	<-l.over
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draw()
}

func (l *live) see(p client.Poll) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case p.Status != nil:
		delete(l.silent, p.Token)
		l.seen[p.Token] = p.Status
	case p.Silence >= time.Second:
		l.silent[p.Token] = silence{l.c.now().Add(-p.Silence), p.Err.Error()}
	}
	l.draw()
}

// draw draws the picture over the last one, in one write, so that nothing flickers.
func (l *live) draw() {
	width, height := sizeOf(l.c.err)
	picture := l.picture(width, height-1)
	var out strings.Builder
	if l.drawn > 0 {
		fmt.Fprintf(&out, "\x1b[%dA", l.drawn)
	}
	out.WriteString("\r\x1b[J")
	for _, line := range picture {
		out.WriteString(line + "\n")
	}
	l.drawn = len(picture)
	// That a terminal is gone is no reason to end a wait.
	_, _ = io.WriteString(l.c.err, out.String())
}

// picture gives the lines, none wider than the terminal; where they are too many, a line
// for each recovery, and where those are, the first of them.
func (l *live) picture(width, height int) []string {
	whole, short := []string{}, []string{}
	for _, token := range l.tokens {
		lines := l.recovery(token)
		whole = append(whole, lines...)
		short = append(short, lines[0])
	}
	out := whole
	l.cut = height > 0 && len(out) > height
	if l.cut {
		out = short
	}
	if height > 1 && len(out) > height {
		out = append(out[:height-1:height-1], fmt.Sprintf("and %d more", len(short)-height+1))
	}
	for i, line := range out {
		if width > 1 && text.StringWidthWithoutEscSequences(line) >= width {
			l.cut = true
			out[i] = text.Trim(line, width-1)
		}
	}
	return out
}

// recovery gives the lines of one recovery, and of the one that it joined.
func (l *live) recovery(token string) []string {
	c := l.c
	s := l.seen[token]
	at := token
	for been := map[string]bool{}; s != nil && s.Joined != "" && !been[at]; {
		been[at] = true
		at = s.Joined
		if l.seen[at] == nil {
			break
		}
		s = l.seen[at]
	}
	if s == nil {
		return append([]string{clean(token) + "  asking"}, l.quiet(token)...)
	}
	head := clean(token)
	if at != token {
		head += " joined " + clean(at)
	}
	head += "  " + paint(c.colourErr, stateColours[s.State], clean(s.State)) + paren(s.Reason.Code) + "  " + clean(problemOf(s))
	out := []string{head}
	for _, step := range s.Steps {
		out = append(out, "  "+c.liveStep(s, step))
	}
	switch {
	case s.Terminal && s.Reason.Text != "":
		out = append(out, "  "+clean(s.Reason.Text))
	case !s.Terminal && s.Event.Text != "":
		out = append(out, "  "+s.Event.At.UTC().Format(time.TimeOnly)+" "+clean(s.Event.Text))
	}
	if next := c.next(s); next != "" && s.State != schema.Running {
		out = append(out, "  "+next)
	}
	if s.Prompt != nil && !s.Terminal {
		out = append(out, c.hint(s.Token, s.Prompt))
	}
	return append(out, l.quiet(at)...)
}

// quiet is the line that says that nobody answers.
func (l *live) quiet(token string) []string {
	s, is := l.silent[token]
	if !is {
		return nil
	}
	line := fmt.Sprintf("  no controller has answered for %s; waiting on", span(l.c.now().Sub(s.since).Round(time.Second)))
	return []string{paint(l.c.colourErr, yellow, line), "  " + clean(s.why)}
}

// marks stand before a step; the word that follows says the same.
var marks = map[string]string{
	schema.StepWaiting: "[ ]", schema.StepOpen: "[>]", schema.StepDone: "[x]", schema.StepFailed: "[!]", schema.StepSkipped: "[-]",
}

var stepColours = map[string]string{schema.StepOpen: cyan, schema.StepDone: green, schema.StepFailed: red, schema.StepSkipped: faint, schema.StepWaiting: faint}

// liveStep writes a step in a line: what it is, how it stands, how long it has taken.
func (c *console) liveStep(s *schema.Status, step schema.StepStatus) string {
	mark := marks[step.State]
	if mark == "" {
		mark = "[?]"
	}
	word := paint(c.colourErr, stepColours[step.State], mark+" "+clean(step.State))
	pad := strings.Repeat(" ", max(0, len(schema.StepSkipped)-len(step.State)))
	return fmt.Sprintf("%s%s  step %d%s: %s", word, pad, step.Index, c.tries(s, step), schema.Shorten(clean(step.Title), widest))
}

// tries says what became of a step's attempts; it stands before the title, which may be
// clipped.
func (c *console) tries(s *schema.Status, step schema.StepStatus) string {
	if len(step.Attempts) == 0 {
		return ""
	}
	out := ""
	if n := len(step.Attempts) + step.Earlier; n > 1 {
		out = fmt.Sprintf(", attempt %d", n)
	}
	a := step.Attempts[len(step.Attempts)-1]
	if !s.Terminal && step.Index == s.Step && a.Ended == nil {
		out += c.goingOn(a)
		if a.Percent != nil {
			out += fmt.Sprintf(", %d%%", *a.Percent)
		}
		return out
	}
	if a.Outcome != "" && a.Outcome != step.State {
		out += ", " + clean(a.Outcome)
	}
	if a.Granted != nil && a.Ended != nil {
		out += ", took " + span(a.Ended.Sub(*a.Granted))
	}
	return out
}

// goingOn says who is at an attempt, and for how long.
func (c *console) goingOn(a schema.Attempt) string {
	since, doing := a.Offered, "offered to "+clean(a.Agent)
	switch {
	case a.State == schema.AttemptByHand:
		return ", by hand"
	case a.Stopped != nil:
		since, doing = a.Stopped, clean(a.Agent)+" was told to stop"
	case a.Granted != nil:
		since, doing = a.Granted, clean(a.Agent)+" acts"
	}
	if since == nil {
		return ""
	}
	return fmt.Sprintf(", %s (%s)", doing, span(c.now().Sub(*since).Round(time.Second)))
}

package cmd

import (
	"context"
	"time"

	"expertcontroller/client"
)

// view shows on stderr what a wait sees.
type view interface {
	// see hears of each poll, of one after the other.
	see(client.Poll)
	// end shows the last state, and is called once.
	end()
	// moves tells whether what it shows is overwritten.
	moves() bool
	// told tells whether its last picture, once it has ended, says how each recovery
	// stands, and nothing of that was cut off.
	told() bool
}

// view gives what fits stderr: a picture that moves on a terminal, else plain lines, or
// nothing where nothing is wanted.
func (c *console) view(ctx context.Context, tokens []string) view {
	switch {
	case c.quiet:
		return unseen{}
	case c.terminalErr:
		return c.live(ctx, tokens)
	}
	return &lines{c: c, revisions: map[string]int{}, silent: map[string]time.Time{}}
}

// unseen shows nothing.
type unseen struct{}

func (unseen) see(client.Poll) {}
func (unseen) end()            {}
func (unseen) moves() bool     { return false }
func (unseen) told() bool      { return false }

// sayAgain is how often a wait says that no controller answers.
const sayAgain = 10 * time.Second

// lines says each change in a line, and when nobody answers.
type lines struct {
	c         *console
	revisions map[string]int
	silent    map[string]time.Time
}

func (l *lines) end()        {}
func (l *lines) moves() bool { return false }
func (l *lines) told() bool  { return false }

func (l *lines) see(p client.Poll) {
	c := l.c
	if p.Status != nil {
		if _, was := l.silent[p.Token]; was {
			delete(l.silent, p.Token)
			c.say("%s: a controller answers again", clean(p.Token))
		}
		if l.revisions[p.Token] != p.Status.Revision {
			l.revisions[p.Token] = p.Status.Revision
			c.say("%s %s", p.Status.Updated.UTC().Format(time.TimeOnly), c.line(p.Status, c.colourErr))
		}
		return
	}
	if p.Next == 0 {
		return // the last one: whoever waits says why
	}
	if last, was := l.silent[p.Token]; !was || c.now().Sub(last) >= sayAgain {
		l.silent[p.Token] = c.now()
		c.say("%s; waiting on", clean(p.String()))
	}
}

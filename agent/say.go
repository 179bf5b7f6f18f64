package agent

import (
	"context"
	"time"

	"expertcontroller/schema"
)

// report is what an attempt has told so far.
type report struct {
	text    string
	percent int
	recent  tail
	all     tail
}

func newReport() report {
	return report{percent: -1, recent: tail{max: maxProgressOutput - 64}, all: tail{max: schema.MaxOutput - 64}}
}

// report takes what a Runner tells. It never blocks: say sends it when it is time.
func (c *attempt) report(text string, percent int, output string) {
	c.mu.Lock()
	if text != "" {
		c.said.text = text
	}
	c.said.percent = min(percent, 100)
	c.said.recent.add(output)
	c.said.all.add(output)
	c.mu.Unlock()
	select {
	case c.news <- struct{}{}:
	default:
	}
}

func (c *attempt) printed() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said.all.String()
}

func (c *attempt) progress() schema.Progress {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := schema.Progress{Type: schema.Type(schema.KindProgress), Work: c.work, Claim: c.claim, Text: c.said.text}
	if c.stop != nil {
		p.Text = "told to stop, still running: " + p.Text
	}
	p.Text = firstPart(p.Text, maxProgressText)
	if c.said.percent >= 0 {
		percent := c.said.percent
		p.Percent = &percent
	}
	p.Output = lastPart(c.said.recent.String(), maxProgressOutput)
	return p
}

// sayAtMostEvery bounds how often progress is sent when there is much to tell.
const sayAtMostEvery = time.Second

// say sends signs of life until ctx is done, and obeys the answers. An action that
// does not stop when it is told goes on being reported: it is still acting.
func (a *Agent) say(ctx context.Context, c *attempt, every time.Duration) {
	last := time.Now()
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-c.news:
			if wait := min(sayAtMostEvery, every) - time.Since(last); wait > 0 {
				timer.Reset(wait)
				continue
			}
		}
		call, done := context.WithTimeout(ctx, a.CallTimeout)
		instruction, err := a.Controller.Progress(call, c.progress())
		done()
		a.heardFrom(err)
		last = time.Now()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			// The action goes on; the next sign of life is tried soon.
			timer.Reset(min(sayAtMostEvery, every))
			continue
		case instruction.Abort != nil:
			a.abort(*instruction.Abort)
		case instruction.Unknown:
			c.halt(schema.Abort{
				Work: c.work, Claim: c.claim,
				Reason: schema.Reason{Code: schema.CodeUnknown, Text: "the controller knows no such granted attempt"},
				By:     schema.By{Role: schema.RoleController, Name: "controller", Via: schema.ViaController},
			})
		}
		timer.Reset(every)
	}
}

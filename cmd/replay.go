package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"expertcontroller/controller"
	"expertcontroller/schema"
)

type replayCmd struct {
	File string `arg:"" help:"A recorded log: entries, or the pages of query.entries, one JSON document per line; - reads it from stdin."`
}

// Help shows how it is used.
func (*replayCmd) Help() string {
	return `Decides every recorded entry once more by the rules of this build, on the state that stood before it, and lists what differs. Exit code 0: nothing does; 1: something does. No broker is needed.

` + examples(`expertcontroller replay cms.jsonl`, `nats req recovery.cms.query.entries '{"limit":1000}' --raw | expertcontroller replay -`)
}

// Run replays.
func (r *replayCmd) Run(ctx context.Context, c *console) error {
	p := replay{}
	if err := recordedEntries(ctx, c.in, r.File, p.take); err != nil {
		return fmt.Errorf("replaying %s: %w", r.File, err)
	}
	if err := p.nothing(); err != nil {
		return fmt.Errorf("replaying %s: %w", r.File, err)
	}
	if err := c.replayed(&p); err != nil {
		return err
	}
	if len(p.differences) > 0 {
		return exit(exitError)
	}
	return nil
}

// replay decides the entries of a log once more.
type replay struct {
	state *controller.State
	// policy stands for the recorded ones; nil: those count.
	policy *schema.Policy
	// first is the entry with which the log begins, last the entry before.
	first, last uint64
	// complete tells whether the state is whole: from the first entry on, or a checkpoint,
	// of which part was the last part seen, if all before it were.
	complete bool
	part     int

	entries, decided, skipped int
	differences               []difference
}

// take decides the next entry, and goes on from what is recorded, so that one difference
// is not told again in every entry that follows.
func (p *replay) take(e *schema.Entry) error {
	if p.state == nil {
		p.state, p.first, p.last = controller.NewState(e.System), e.Entry, e.Entry-1
		p.complete = e.Entry == 1
	}
	switch {
	case e.System != p.state.System:
		return fmt.Errorf("entry %d is of system %s, those before are of %s: replay one log", e.Entry, e.System, p.state.System)
	case e.Entry != p.last+1:
		return fmt.Errorf("entry %d follows entry %d: what is between is missing", e.Entry, p.last)
	}
	p.last = e.Entry
	p.entries++
	if p.policy != nil {
		if err := p.put(p.policy, e.At); err != nil {
			return err
		}
	}
	if !p.complete {
		p.skipped++
		switch {
		case e.Checkpoint != nil && e.Checkpoint.Part == p.part+1:
			p.part++
			p.complete = p.part == e.Checkpoint.Of
		case e.Checkpoint != nil && e.Checkpoint.Part == 1:
			p.part = 1
			p.complete = e.Checkpoint.Of == 1
		default:
			p.part = 0
		}
	} else {
		made, decided, err := controller.Again(p.state, e)
		if err != nil {
			return err
		}
		if decided {
			p.decided++
			p.differences = append(p.differences, differencesOf(e, &made, p.policy != nil)...)
		} else {
			p.skipped++
		}
	}
	return p.state.FoldEntry(e)
}

// nothing says why there was nothing to replay; nil: there was something.
func (p *replay) nothing() error {
	switch {
	case p.entries == 0:
		return errors.New("there is nothing to replay: it is empty; `expertcontroller audit export` writes a recorded log")
	case !p.complete:
		return fmt.Errorf("there is nothing to replay: it begins with entry %d, and no checkpoint in it tells how all stood before; record the log from entry 1, or from a checkpoint on", p.first)
	}
	return nil
}

// put puts a policy in force.
func (p *replay) put(policy *schema.Policy, at time.Time) error {
	value, err := schema.Encode(schema.PolicyDocument{Policy: *policy, At: at})
	if err != nil {
		return err
	}
	return p.state.Fold(schema.Document{Key: schema.KeyPolicy, Value: value})
}

// recordedEntries reads a recorded log: entries, or pages of them, one after the other.
func recordedEntries(ctx context.Context, in io.Reader, name string, take func(*schema.Entry) error) error {
	if name != fromStdin {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	documents := json.NewDecoder(in)
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		var raw json.RawMessage
		err := documents.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("document %d: %w; a recorded log is one JSON document per line", n, err)
		}
		page := schema.Entries{}
		if err := json.Unmarshal(raw, &page); err != nil || page.Type != schema.Type(schema.KindEntries) {
			page.Entries = make([]schema.Entry, 1)
			if err := json.Unmarshal(raw, &page.Entries[0]); err != nil || page.Entries[0].Type != schema.Type(schema.KindEntry) {
				return fmt.Errorf("document %d is neither an entry of a log nor a page of entries", n)
			}
		}
		for i := range page.Entries {
			if err := take(&page.Entries[i]); err != nil {
				return err
			}
		}
	}
}

// replayed prints what a replay found.
func (c *console) replayed(p *replay) error {
	if c.json {
		return c.printJSON(struct {
			Entries     int          `json:"entries"`
			Decided     int          `json:"decided"`
			Skipped     int          `json:"skipped"`
			Differences []difference `json:"differences"`
		}{p.entries, p.decided, p.skipped, append([]difference{}, p.differences...)})
	}
	g := newGrid("", "Entry", "At", "Token", "What", "Recorded", "Now")
	for _, d := range p.differences {
		g.row(fmt.Sprint(d.Entry), moment(d.At), clean(d.Token), clean(d.What), clean(d.Was), clean(d.Now))
	}
	c.grid(g, "nothing would be decided otherwise")
	c.say("%d entries, %d decided again, %d that no rule made, or before the first state", p.entries, p.decided, p.skipped)
	return nil
}

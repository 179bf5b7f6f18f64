package cmd

import (
	"context"
	"fmt"

	"expertcontroller/client"
	"expertcontroller/schema"
)

type policyTestCmd struct {
	File string `arg:"" help:"The policy as YAML; - reads it from stdin."`
	Log  string `placeholder:"FILE" help:"A recorded log, as for replay (default: the system's own, as far as it is kept)."`
}

// Help shows how it is used.
func (*policyTestCmd) Help() string {
	return `Which of the recorded decisions the policy of the file would have decided otherwise: each entry is decided once more on the state that is recorded before it. What would have come of a difference later is not guessed. Nothing is applied.

` + examples(`expertcontroller policy test policy.yaml`, `expertcontroller policy test policy.yaml --log cms.jsonl --json`)
}

// Run tests the policy.
func (t *policyTestCmd) Run(ctx context.Context, c *console, f *connection) error {
	text, err := readFile(c.in, t.File)
	if err != nil {
		return fmt.Errorf("reading the policy: %w", err)
	}
	policy, err := parsePolicy(t.File, text)
	if err != nil {
		return err
	}
	p := replay{policy: &policy}
	if t.Log != "" {
		if err := recordedEntries(ctx, c.in, t.Log, p.take); err != nil {
			return fmt.Errorf("replaying %s: %w", t.Log, err)
		}
		if err := p.nothing(); err != nil {
			return fmt.Errorf("replaying %s: %w", t.Log, err)
		}
		return c.replayed(&p)
	}
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	if err := keptEntries(ctx, cl, p.take); err != nil {
		return fmt.Errorf("replaying the log of %s: %w", cl.System(), err)
	}
	return c.replayed(&p)
}

// keptEntries asks for all entries that are kept, in order.
func keptEntries(ctx context.Context, cl *client.Client, take func(*schema.Entry) error) error {
	for after := uint64(0); ; {
		page, err := cl.Entries(ctx, schema.EntriesQuery{After: after, Limit: 500})
		if err != nil {
			return err
		}
		for i := range page.Entries {
			if err := take(&page.Entries[i]); err != nil {
				return err
			}
			after = page.Entries[i].Entry
		}
		if len(page.Entries) == 0 || after >= page.Last {
			return nil
		}
	}
}

package controller

import (
	"fmt"

	"expertcontroller/schema"
)

// heardRecord folds what following the log brought. What is behind the position is
// known already; what doesn't follow it makes the loop read the log itself.
func (a *Actor) heardRecord(r schema.Record) error {
	at := a.state.Position
	switch {
	case r.Sequence < at.Sequence:
		return nil
	case r.Sequence == at.Sequence:
		if r.Entry != nil && r.Position.Hash != at.Hash {
			return fmt.Errorf("following the log of %s: %w: entry %d reads otherwise than it was folded: compare the stream at sequence %d with this replica's database", a.config.System, schema.ErrBroken, r.Entry.Entry, r.Sequence)
		}
		return nil
	case r.Entry != nil && !follows(at, r.Entry):
		a.loop.behind = true
		return nil
	}
	return a.fold(r)
}

// follows tells whether an entry stands right behind a position. A checkpoint's first
// part begins a log that was trimmed.
func follows(at schema.Position, e *schema.Entry) bool {
	if at.Entry == 0 && e.Checkpoint != nil && e.Checkpoint.Part == 1 {
		return true
	}
	return e.Entry == at.Entry+1 && e.Previous == at.Hash
}

// fold brings the state one record further. Records come in the log's order, checked
// by whoever read them.
func (a *Actor) fold(r schema.Record) error {
	if r.Sequence <= a.state.Position.Sequence {
		return nil
	}
	if r.Entry == nil {
		a.counts.skipped.Add(1)
		a.log.Warn("a message in the log is no valid entry and is skipped: only controllers may publish there", "sequence", r.Sequence, "why", r.Skipped)
		a.mu.Lock()
		a.state.Position = r.Position
		a.mu.Unlock()
		return a.project(r)
	}
	if !follows(a.state.Position, r.Entry) {
		return fmt.Errorf("folding the log of %s: %w: entry %d does not follow entry %d", a.config.System, schema.ErrBroken, r.Entry.Entry, a.state.Position.Entry)
	}
	a.mu.Lock()
	err := a.state.FoldEntry(r.Entry)
	if err == nil {
		a.state.Position = r.Position
	}
	a.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%w: %w: a newer build wrote it, or it was altered", schema.ErrBroken, err)
	}
	a.folded(r)
	if own := a.loop.doubts[r.Entry.ID]; own != nil {
		a.act(own)
	} else if r.Entry.Replica != a.config.Replica {
		a.peers.hear(r.Entry.Replica, a.now())
	}
	// Whatever else may have been sent named a place that is taken now.
	clear(a.loop.doubts)
	return a.project(r)
}

// folded is what follows every fold, of one's own entries and of others'.
func (a *Actor) folded(r schema.Record) {
	a.counts.folded.Add(1)
	a.entry.Store(r.Position.Entry)
	a.prefer(r.Entry.Replica)
	a.checkRules(r.Entry)
	a.loop.checkpoint.saw(r)
	a.config.Failpoint("folded")
}

func (a *Actor) prefer(replica string) {
	if p := a.preferred.Load(); p == nil || *p != replica {
		a.preferred.Store(&replica)
		a.heard.listen(a.now()) // from now on everything comes here, or nothing does
	}
}

func (a *Actor) checkRules(e *schema.Entry) {
	if e.Rules > schema.RulesVersion && a.rules.Swap(int64(e.Rules)) == 0 {
		a.log.Error("the log holds decisions by rules that this build does not know: it answers queries and decides no more; run the newer build", "entry", e.Entry, "rules", e.Rules, "known", schema.RulesVersion, "decided_by", e.Replica)
	}
}

func (a *Actor) project(r schema.Record) error {
	if err := a.config.Projection.Enqueue(r); err != nil {
		return fmt.Errorf("handing entry %d of %s to the database: %w", r.Position.Entry, a.config.System, err)
	}
	return nil
}

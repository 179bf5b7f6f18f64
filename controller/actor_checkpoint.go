package controller

import (
	"context"
	"fmt"
	"time"

	"expertcontroller/schema"
)

// checkpointing is how far the last checkpoint is behind.
type checkpointing struct {
	// since is the entry from which on is counted, bytes the log since then.
	since uint64
	bytes int
	// part is the last part of a checkpoint that is being folded; 0: none is.
	part int
	// after is the entry before which none is tried again.
	after uint64
}

// saw counts an entry that was folded. A checkpoint is one when all its parts follow
// each other with nothing between.
func (c *checkpointing) saw(r schema.Record) {
	c.bytes += len(r.Payload)
	p := r.Entry.Checkpoint
	switch {
	case p == nil || p.Part != 1 && p.Part != c.part+1:
		c.part = 0
		return
	default:
		c.part = p.Part
	}
	if p.Part == p.Of {
		c.since, c.bytes, c.part = r.Entry.Entry, 0, 0
	}
}

func (a *Actor) checkpointDue() bool {
	c := &a.loop.checkpoint
	at := a.state.Position.Entry
	if !a.deciding() || !a.mine() || a.stopping.Load() || at < c.after {
		return false
	}
	n, size := a.config.CheckpointEntries, a.config.CheckpointBytes
	return n > 0 && at >= c.since+uint64(n) || size > 0 && c.bytes >= size
}

// checkpoint appends all documents of the state, in numbered parts, so that a log can
// be trimmed in front of them. Nothing else is decided in between; an entry of somebody
// else makes it void, and it is tried again later.
func (a *Actor) checkpoint(ctx context.Context) (did bool, err error) {
	if !a.checkpointDue() {
		return false, nil
	}
	c := &a.loop.checkpoint
	c.after = a.state.Position.Entry + uint64(max(a.config.CheckpointEntries/10, 10))
	docs, err := encodeDocuments(a.state.Documents())
	if err != nil {
		return false, fmt.Errorf("making a checkpoint: %w", err)
	}
	parts := inParts(docs, schema.MaxBatch)
	if len(parts) == 0 {
		return false, nil
	}
	began := time.Now()
	for i, part := range parts {
		ok, err := a.appendPart(ctx, part, i+1, len(parts), len(docs))
		if err != nil {
			return true, err
		}
		if !ok {
			a.log.Info("a checkpoint is void: its parts could not follow one another; it is made again later", "part", i+1, "of", len(parts))
			return true, nil
		}
	}
	a.counts.checkpoints.Add(1)
	a.log.Info("checkpoint", "entry", a.state.Position.Entry, "documents", len(docs), "parts", len(parts), "took", time.Since(began).Round(time.Millisecond).String())
	return true, nil
}

func (a *Actor) appendPart(ctx context.Context, docs []schema.Document, part, of, all int) (bool, error) {
	at := a.now()
	if at.Before(a.state.At) {
		at = a.state.At
	}
	p := &proposal{expect: a.state.Position.Sequence, decision: Decision{At: at}}
	e := a.newEntry(at)
	e.Documents, e.Checkpoint = docs, &schema.CheckpointPart{Part: part, Of: of}
	if part == 1 {
		e.Events = []schema.Event{{Kind: schema.EventCheckpoint, At: at, By: a.by(), Text: fmt.Sprintf("a checkpoint of %d documents in %d parts begins", all, of)}}
	}
	if err := p.put(e); err != nil {
		return false, fmt.Errorf("making a checkpoint: %w", err)
	}
	return a.append(ctx, p)
}

// inParts splits documents so that each part fits an entry.
func inParts(docs []schema.Document, most int) [][]schema.Document {
	var out [][]schema.Document
	size, from := 0, 0
	for i, d := range docs {
		n := len(d.Key) + len(d.Value) + 32
		if i > from && size+n > most {
			out = append(out, docs[from:i])
			size, from = 0, i
		}
		size += n
	}
	if from < len(docs) {
		out = append(out, docs[from:])
	}
	return out
}

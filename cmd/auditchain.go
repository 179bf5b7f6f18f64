package cmd

import (
	"fmt"

	"expertcontroller/schema"
)

// mismatch says at which entry something is not what it should be.
type mismatch struct {
	entry uint64
	text  string
}

func (d *mismatch) Error() string { return fmt.Sprintf("entry %d: %s", d.entry, d.text) }

// chainWalk follows a hash chain entry by entry, with nothing but the bytes.
type chainWalk struct {
	system string
	// first and last are the numbers of the entries seen, hash is the last one's.
	first, last   uint64
	hash, lineage string
	skipped       int
	// signed are the checkpoints that entries are compared with, by number.
	signed map[uint64][]schema.SignedCheckpoint
	met    int
}

// step takes the next message; the error is a *mismatch where it does not fit.
func (w *chainWalk) step(payload []byte) (*schema.Entry, error) {
	e, err := schema.Read[schema.Entry](payload)
	if err != nil || e.Type != schema.Type(schema.KindEntry) || e.System != w.system || e.Entry == 0 || e.ID == "" || e.Lineage == "" || w.last > 0 && e.Entry <= w.last {
		w.skipped++ // only controllers may write there; what is no entry is passed over by all of them
		return nil, nil
	}
	switch {
	case w.last == 0:
		if e.Entry > 1 && (e.Checkpoint == nil || e.Checkpoint.Part != 1) {
			return nil, &mismatch{e.Entry, "the log begins with it, and it is neither entry 1 nor a checkpoint: what stood before is missing"}
		}
		w.first, w.lineage = e.Entry, e.Lineage
	case e.Entry != w.last+1:
		return nil, &mismatch{w.last + 1, fmt.Sprintf("it is missing: entry %d follows entry %d", e.Entry, w.last)}
	case e.Lineage != w.lineage:
		return nil, &mismatch{e.Entry, fmt.Sprintf("it is of another log: its lineage is %s, not %s", e.Lineage, w.lineage)}
	case e.Previous != w.hash:
		return nil, &mismatch{w.last, fmt.Sprintf("its bytes are not those that were written: they have the hash %s, and entry %d names %s", w.hash, e.Entry, e.Previous)}
	}
	w.last, w.hash = e.Entry, schema.HashEntry(payload)
	for _, s := range w.signed[e.Entry] {
		w.met++
		if s.Lineage != e.Lineage {
			return nil, &mismatch{e.Entry, fmt.Sprintf("another log was signed at %s: its lineage was %s, this one's is %s", moment(s.At), s.Lineage, e.Lineage)}
		}
		if s.Hash != w.hash {
			return nil, &mismatch{e.Entry, fmt.Sprintf("it, or one before it, is not what was signed at %s: the hash was %s and is %s", moment(s.At), s.Hash, w.hash)}
		}
	}
	return &e, nil
}

// unmet finds what was signed and is not there.
func (w *chainWalk) unmet() (before int, err error) {
	var worst *mismatch
	for entry, all := range w.signed {
		switch {
		case entry < w.first:
			before += len(all)
		case entry > w.last && (worst == nil || entry < worst.entry):
			worst = &mismatch{entry, fmt.Sprintf("it was signed at %s, and the log ends with entry %d: it was cut off, or replaced", moment(all[0].At), w.last)}
		}
	}
	if worst != nil {
		return before, worst
	}
	return before, nil
}

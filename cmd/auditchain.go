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
	// after is the entry behind which the walk begins; 0: at the log's beginning. before is
	// the hash that the first entry names for it.
	after  uint64
	before string
	// missing is what to do where the beginning is missing.
	missing string
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
	case w.last == 0 && w.after > 0:
		if e.Entry != w.after+1 {
			return nil, &mismatch{w.after + 1, fmt.Sprintf("it is missing: the export begins with entry %d, not behind entry %d", e.Entry, w.after)}
		}
		w.first, w.lineage, w.before = e.Entry, e.Lineage, e.Previous
		if err := w.compare(w.after, e.Lineage, w.before); err != nil {
			return nil, err
		}
	case w.last == 0:
		if e.Entry > 1 && (e.Checkpoint == nil || e.Checkpoint.Part != 1) {
			return nil, &mismatch{e.Entry, "the log begins with it, and it is neither entry 1 nor a checkpoint: what stood before is missing" + w.missing}
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
	if err := w.compare(e.Entry, e.Lineage, w.hash); err != nil {
		return nil, err
	}
	return &e, nil
}

// compare holds an entry's hash against what was signed.
func (w *chainWalk) compare(entry uint64, lineage, hash string) error {
	for _, s := range w.signed[entry] {
		w.met++
		if s.Lineage != lineage {
			return &mismatch{entry, fmt.Sprintf("another log was signed at %s: its lineage was %s, this one's is %s", moment(s.At), s.Lineage, lineage)}
		}
		if s.Hash != hash {
			return &mismatch{entry, fmt.Sprintf("it, or one before it, is not what was signed at %s: the hash was %s and is %s", moment(s.At), s.Hash, hash)}
		}
	}
	return nil
}

// unmet finds what was signed and is not there: before counts those of entries that stood
// before the first.
func (w *chainWalk) unmet() (before int, err error) {
	var worst *mismatch
	for entry, all := range w.signed {
		switch {
		case entry < w.first && entry != w.after:
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

// vouched says who tells that the entry before the first had the hash that it names.
func (w *chainWalk) vouched() string {
	if len(w.signed[w.after]) > 0 {
		return ", as was signed"
	}
	return "; hold that against the last hash of what was exported before"
}

package broker

import (
	"fmt"

	"expertcontroller/schema"
)

// chain checks that entries follow one another: number, hash and lineage.
type chain struct {
	subject string
	at      schema.Position
}

// next gives the record of the next message. What is no entry that could stand here is
// skipped: the position's sequence moves, its entry doesn't.
func (c *chain) next(sequence uint64, payload []byte) (Record, error) {
	return c.place(sequence, payload, examine(c.at.System, payload))
}

// examined is a message by itself, whatever stands before it.
type examined struct {
	entry *schema.Entry
	// skipped says why it is no entry, hash is its hash if it is one.
	skipped, hash string
}

func examine(system string, payload []byte) (x examined) {
	if x.entry, x.skipped = readEntry(system, payload); x.entry != nil {
		x.hash = schema.HashEntry(payload)
	}
	return x
}

// place is next for a message that was examined before.
func (c *chain) place(sequence uint64, payload []byte, x examined) (Record, error) {
	r := Record{Sequence: sequence, Payload: payload}
	e, skipped := x.entry, x.skipped
	switch {
	case e == nil:
	case c.at.Entry == 0 && e.Checkpoint != nil && e.Checkpoint.Part == 1:
		// The log was trimmed up to here; the checkpoint repeats what stood before.
	case e.Entry <= c.at.Entry:
		skipped = fmt.Sprintf("it says that it is entry %d, which is there already", e.Entry)
		e = nil
	default:
		if err := c.fits(sequence, e); err != nil {
			return Record{}, err
		}
	}
	c.at.Sequence = sequence
	if e != nil {
		c.at.At, c.at.Entry, c.at.Lineage = sequence, e.Entry, e.Lineage
		c.at.Hash = x.hash
	}
	r.Entry, r.Skipped, r.Position = e, skipped, c.at
	return r, nil
}

// passes goes to a position whose entry was read before, if these are its bytes and it
// is the next one.
func (c *chain) passes(at schema.Position, d delivery) bool {
	if at.Sequence != d.sequence || at.At != d.sequence || at.Entry != c.at.Entry+1 || at.Lineage != c.at.Lineage || at.Hash != schema.HashEntry(d.payload) {
		return false
	}
	at.System, at.Created = c.at.System, c.at.Created
	c.at = at
	return true
}

func (c *chain) fits(sequence uint64, e *schema.Entry) error {
	broken := func(format string, v ...any) error {
		return fmt.Errorf("reading %s at %d: %w: %s: nothing is decided on such a log: nats stream get %s %d shows what stands there; restore the stream from its backup", c.subject, sequence, ErrBroken, fmt.Sprintf(format, v...), schema.StreamLog, sequence)
	}
	switch {
	case e.Entry > c.at.Entry+1 && c.at.Entry > 0 && e.Lineage == c.at.Lineage && e.Checkpoint != nil && e.Checkpoint.Part == 1:
		// Check tells whether the log begins here, or has a hole in front of a checkpoint.
		return fmt.Errorf("reading %s at %d: %w: entry %d, a checkpoint, follows entry %d", c.subject, sequence, ErrTrimmed, e.Entry, c.at.Entry)
	case e.Entry > c.at.Entry+1:
		return broken("entry %d follows entry %d: what lay between is missing", e.Entry, c.at.Entry)
	case c.at.Entry > 0 && e.Lineage != c.at.Lineage:
		return broken("entry %d is of lineage %s, the log is of lineage %s: another log was mixed in", e.Entry, e.Lineage, c.at.Lineage)
	case e.Previous != c.at.Hash:
		return broken("entry %d names %q as the hash of the one before, which is %q: one of them was altered", e.Entry, e.Previous, c.at.Hash)
	}
	return nil
}

// readEntry reads a valid entry of the system, or says why it is none.
func readEntry(system string, payload []byte) (*schema.Entry, string) {
	e, err := schema.Read[schema.Entry](payload)
	if err != nil {
		return nil, fmt.Sprintf("it is no entry: %v", err)
	}
	switch {
	case e.Type != schema.Type(schema.KindEntry):
		return nil, fmt.Sprintf("its type is %q, an entry's is %q", clip(e.Type), schema.Type(schema.KindEntry))
	case e.System != system:
		return nil, fmt.Sprintf("it is of system %q", clip(e.System))
	case e.Entry == 0:
		return nil, "it has no number"
	case e.ID == "" || e.Lineage == "":
		return nil, "it has no id or no lineage"
	}
	return &e, ""
}

// clip shortens a word of somebody else's to what a sentence can hold.
func clip(s string) string { return schema.Shorten(s, 80) }

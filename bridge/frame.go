package bridge

import (
	"bytes"
	"sync"
	"time"

	"expertcontroller/schema"
)

// part is what one entry means to a dashboard, encoded once.
type part struct {
	entry   uint64
	at      time.Time
	changes []*change
	// events are encoded, separated by commas.
	events []byte
	size   int
}

// partOf reads an entry. A checkpoint repeats documents and changes none.
func partOf(e *schema.Entry) (*part, error) {
	p := &part{entry: e.Entry, at: e.At}
	if e.Checkpoint == nil {
		for _, d := range worthTelling(e.Documents) {
			c, err := changeOf(d)
			if err != nil {
				return nil, err
			}
			if c != nil {
				p.changes = append(p.changes, c)
			}
		}
		for _, c := range p.changes {
			if err := c.encode(); err != nil {
				return nil, err
			}
			p.size += len(c.body)
		}
	}
	for i, ev := range e.Events {
		ev.Entry = e.Entry
		b, err := schema.Encode(ev)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			p.events = append(p.events, ',')
		}
		p.events = append(p.events, b...)
	}
	p.size += len(p.events)
	return p, nil
}

// frame holds the entries that were flushed together.
type frame struct {
	previous, entry uint64
	parts           []*part
	size            int
	body            []byte
}

func newFrame(system string, previous uint64, parts []*part) *frame {
	f := &frame{previous: previous, entry: parts[len(parts)-1].entry, parts: parts, body: deltaOf(system, previous, parts)}
	f.size = len(f.body)
	return f
}

// deltaOf encodes what takes a picture from previous to the last part's entry: a key
// stands in it once, as it is at the end; events are all there.
func deltaOf(system string, previous uint64, parts []*part) []byte {
	last := map[string]*change{}
	size := 256
	for _, p := range parts {
		size += p.size
		for _, c := range p.changes {
			last[c.key] = c
		}
	}
	b := bytes.NewBuffer(make([]byte, 0, size))
	end := parts[len(parts)-1]
	b.WriteString(`{"type":"recovery.v1.delta","system":"`)
	b.WriteString(system) // a name needs no escape
	b.WriteString(`","entry":`)
	writeNumber(b, end.entry)
	b.WriteString(`,"previous":`)
	writeNumber(b, previous)
	b.WriteString(`,"at":"`)
	writeTime(b, end.at)
	b.WriteString(`","changes":[`)
	comma := false
	for _, p := range parts {
		for _, c := range p.changes {
			if last[c.key] != c {
				continue
			}
			if comma {
				b.WriteByte(',')
			}
			comma = true
			b.Write(c.body)
		}
	}
	b.WriteString(`],"events":[`)
	comma = false
	for _, p := range parts {
		if len(p.events) == 0 {
			continue
		}
		if comma {
			b.WriteByte(',')
		}
		comma = true
		b.Write(p.events)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// snapshotOf encodes a picture whole.
func snapshotOf(system, lineage string, entry uint64, at time.Time, p *picture) []byte {
	keys := p.keys()
	b := &bytes.Buffer{}
	b.WriteString(`{"type":"recovery.v1.snapshot","system":"`)
	b.WriteString(system)
	b.WriteString(`","lineage":`)
	b.Write(mustEncode(lineage))
	b.WriteString(`,"entry":`)
	writeNumber(b, entry)
	b.WriteString(`,"at":"`)
	writeTime(b, at)
	b.WriteString(`","documents":[`)
	for i, key := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(p.documents[key].change)
	}
	b.WriteString(`],"simulated":`)
	if p.simulated() {
		b.WriteString("true}")
	} else {
		b.WriteString("false}")
	}
	return b.Bytes()
}

// view is what a feed shows at one moment; it never changes, so that any number of
// clients may look at it.
type view struct {
	system, lineage string
	entry           uint64
	// frames are without a gap; the last one ends at entry. There may be none.
	frames []*frame

	mu sync.Mutex
	// merged are those that were asked for, by the entry they begin after; together they
	// are no larger than keepSize.
	merged     map[uint64][]byte
	mergedSize int
}

// first gives the index of the first frame that holds something after the entry; -1:
// what follows the entry is no longer there.
func (v *view) first(after uint64) int {
	low, high := 0, len(v.frames)
	for low < high {
		if mid := (low + high) / 2; v.frames[mid].entry > after {
			high = mid
		} else {
			low = mid + 1
		}
	}
	if low == len(v.frames) || v.frames[low].previous > after {
		return -1
	}
	return low
}

// delta gives what leads from the entry, which frame number first follows, to the end;
// whoever stands at the same entry shares it.
func (v *view) delta(first int, after uint64) []byte {
	if f := v.frames[first]; first == len(v.frames)-1 && f.previous == after {
		return f.body
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if body, ok := v.merged[after]; ok {
		return body
	}
	var parts []*part
	for _, f := range v.frames[first:] {
		for _, p := range f.parts {
			if p.entry > after {
				parts = append(parts, p)
			}
		}
	}
	body := deltaOf(v.system, after, parts)
	// A client may name any entry: who comes from many of them must not fill the memory.
	if v.mergedSize += len(body); v.merged == nil || v.mergedSize > keepSize {
		v.merged, v.mergedSize = map[uint64][]byte{}, len(body)
	}
	v.merged[after] = body
	return body
}

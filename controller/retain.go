package controller

import (
	"fmt"
	"strconv"

	"expertcontroller/schema"
)

// Retention is what was let go last, or nil. It must not be changed.
func (s *State) Retention() *schema.RetentionDocument { return s.retention }

// trim takes in what a controller found may go. It says so first, in this entry; what is
// open stays, whatever was found.
func (d *draft) trim(in *Input, m *schema.Trim) schema.Answer {
	r := schema.RetentionDocument{At: d.now, Entry: d.entry}
	if was := d.retention(); was != nil {
		r.Through, r.Cut = was.Through, was.Cut
	}
	gone := uint64(0)
	for _, numbers := range m.Records {
		if numbers.To < numbers.From || numbers.To > d.requests() || d.anyOpen(numbers) {
			return refusal("", schema.CodeNotFitting, fmt.Sprintf("records %d to %d of this system can't go: not all of them have ended", numbers.From, numbers.To))
		}
		gone += numbers.To - numbers.From + 1
		r.Through = max(r.Through, numbers.To)
	}
	if c := m.Cut; c != nil {
		if c.Entry >= d.entry || r.Cut != nil && c.Entry <= r.Cut.Entry {
			return refusal("", schema.CodeNotFitting, fmt.Sprintf("the log can't begin with entry %d", c.Entry))
		}
		r.Cut = c
	}
	r.Records = m.Records
	for _, e := range d.base.ended {
		if _, n, err := schema.ParseToken(e.token); err == nil && within(m.Records, n) {
			d.put(schema.KeyRecovery, e.token, nil)
		}
	}
	d.put(schema.KeyRetention, "", &r)
	d.size += 64*len(m.Records) + 300
	if gone > 0 {
		d.event(schema.EventRemoved, nil, in.By, rangesText(d.base.System, m.Records, gone)+" kept no longer: "+m.Why)
	}
	if m.Cut != nil {
		d.event(schema.EventTrimmed, nil, in.By, "the log begins with entry "+strconv.FormatUint(m.Cut.Entry, 10)+" from now on: nothing before it is about a record that is kept")
	}
	return schema.Answer{Verdict: schema.Recorded}
}

func (d *draft) retention() *schema.RetentionDocument {
	if v, changed := d.look(schema.KeyRetention, ""); changed {
		return v.(*schema.RetentionDocument)
	}
	return d.base.retention
}

func (d *draft) anyOpen(numbers schema.TokenRange) bool {
	for _, token := range d.open {
		if _, n, err := schema.ParseToken(token); err != nil || n >= numbers.From && n <= numbers.To {
			return true
		}
	}
	return false
}

func within(ranges []schema.TokenRange, n uint64) bool {
	for _, r := range ranges {
		if n >= r.From && n <= r.To {
			return true
		}
	}
	return false
}

func rangesText(system string, ranges []schema.TokenRange, count uint64) string {
	first, last := ranges[0].From, ranges[len(ranges)-1].To
	if count == 1 {
		return schema.Token(system, first) + " is"
	}
	text := fmt.Sprintf("%d records, %s to %s,", count, schema.Token(system, first), schema.Token(system, last))
	if len(ranges) > 1 {
		text = fmt.Sprintf("%d records between %s and %s", count, schema.Token(system, first), schema.Token(system, last))
	}
	return text + " are"
}

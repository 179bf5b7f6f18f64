package controller

import "slices"

// changed finds again, by kind and name, the documents that a draft has changed. It knows
// where in Decision.Changes they stand.
type changed struct {
	// kinds are those of which any has changed: most are not looked up for nothing then.
	kinds []string
	at    []int
	// index finds them once they are many.
	index map[documentName]int
}

// documentName is a document's key in its two parts, as a Change has it.
type documentName struct{ kind, name string }

// indexFrom is how many changes are looked through one by one: a map for each input
// costs more than it saves.
const indexFrom = 12

func (c *changed) reset() { c.kinds, c.at, c.index = c.kinds[:0], c.at[:0], nil }

// any tells whether any document of a kind has changed.
func (c *changed) any(kind string) bool { return slices.Contains(c.kinds, kind) }

// find gives the position of a changed document, or -1.
func (c *changed) find(kind, name string, changes []Change) int {
	if !c.any(kind) {
		return -1
	}
	if c.index != nil {
		if i, ok := c.index[documentName{kind, name}]; ok {
			return i
		}
		return -1
	}
	for _, i := range c.at {
		if is := &changes[i]; is.Name == name && is.Kind == kind {
			return i
		}
	}
	return -1
}

// add remembers where a document stands that has not changed before.
func (c *changed) add(kind, name string, changes []Change) {
	at := len(changes) - 1
	if !c.any(kind) {
		c.kinds = append(c.kinds, kind)
	}
	c.at = append(c.at, at)
	switch {
	case c.index != nil:
		c.index[documentName{kind, name}] = at
	case len(c.at) == indexFrom:
		c.index = make(map[documentName]int, 8*indexFrom)
		for _, i := range c.at {
			c.index[documentName{changes[i].Kind, changes[i].Name}] = i
		}
	}
}

// put changes a document that is found again by its kind and name; nil removes it.
func (d *draft) put(kind, name string, v any) {
	if i := d.changed.find(kind, name, d.dec.Changes); i >= 0 {
		d.dec.Changes[i].Value = v
		return
	}
	d.change(kind, name, v)
	d.changed.add(kind, name, d.dec.Changes)
}

// change adds a document that nothing looks up again by its name.
func (d *draft) change(kind, name string, v any) {
	d.dec.Changes = append(d.dec.Changes, Change{kind, name, v})
}

// look gives a document as it stands in this draft: changed, removed (nil, true) or
// untouched (nil, false).
func (d *draft) look(kind, name string) (any, bool) {
	if i := d.changed.find(kind, name, d.dec.Changes); i >= 0 {
		return d.dec.Changes[i].Value, true
	}
	return nil, false
}

// get gives a document as it stands in this draft, or nil; base are the state's.
func get[T any](d *draft, kind, name string, base map[string]*T) *T {
	if v, changed := d.look(kind, name); changed {
		if v == nil {
			return nil
		}
		return v.(*T)
	}
	return base[name]
}

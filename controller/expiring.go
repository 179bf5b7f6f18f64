package controller

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"
)

// expiring lists keys by the time at which they are forgotten. Keys are added in
// that order, nearly always; a removed or renewed key is dropped when it comes up.
type expiring struct {
	keys  []string
	times []time.Time
	// loose: keys come in any order, as from a database, and are put in order at the end.
	loose bool
}

func (e *expiring) add(key string, t time.Time) {
	i := len(e.times)
	if e.loose {
		e.keys, e.times = append(e.keys, key), append(e.times, t)
		return
	}
	for i > 0 && e.behind(i-1, key, t) {
		i--
	}
	e.keys = slices.Insert(e.keys, i, key)
	e.times = slices.Insert(e.times, i, t)
}

// behind tells whether what stands at i is forgotten after the key. What is forgotten at
// the same time is so by name: whoever read it from a database knows no other order.
func (e *expiring) behind(i int, key string, t time.Time) bool {
	return cmp.Or(e.times[i].Compare(t), strings.Compare(e.keys[i], key)) > 0
}

func (e *expiring) drop(gone func(string, time.Time) bool) {
	n := 0
	for n < len(e.keys) && gone(e.keys[n], e.times[n]) {
		n++
	}
	e.keys, e.times = e.keys[n:], e.times[n:]
}

// settle puts in order what was added in any.
func (e *expiring) settle() {
	e.loose = false
	sort.Sort(byTime{e})
}

type byTime struct{ *expiring }

func (e byTime) Len() int           { return len(e.keys) }
func (e byTime) Less(i, j int) bool { return e.behind(j, e.keys[i], e.times[i]) }
func (e byTime) Swap(i, j int) {
	e.keys[i], e.keys[j] = e.keys[j], e.keys[i]
	e.times[i], e.times[j] = e.times[j], e.times[i]
}

// due lists at most n keys that are to be forgotten by now.
func (e *expiring) due(now time.Time, n int) []string {
	i := 0
	for i < len(e.keys) && i < n && !e.times[i].After(now) {
		i++
	}
	return e.keys[:i]
}

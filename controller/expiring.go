package controller

import (
	"slices"
	"sort"
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
	for i > 0 && e.times[i-1].After(t) {
		i--
	}
	e.keys = slices.Insert(e.keys, i, key)
	e.times = slices.Insert(e.times, i, t)
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
	sort.Stable(byTime{e})
}

type byTime struct{ *expiring }

func (e byTime) Len() int           { return len(e.keys) }
func (e byTime) Less(i, j int) bool { return e.times[i].Before(e.times[j]) }
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

package controller

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"
)

// expiring lists keys by the time at which they are forgotten. Keys are added in that
// order, nearly always; a removed or renewed key is dropped when it comes up. What is
// forgotten at the same time is so by name: whoever read it from a database knows no other
// order. As thousands of keys may share a time, that order is made only once it is due.
type expiring struct {
	keys  []string
	times []time.Time
	// loose: keys come in any order, as from a database, and are put in order at the end.
	loose bool
	// ordered is how many, from the first on, stand by name within their time.
	ordered int
}

// outlived tells whether a key was removed or renewed since it was added.
type outlived func(key string, t time.Time) bool

func (e *expiring) add(key string, t time.Time) {
	if e.loose {
		e.keys, e.times = append(e.keys, key), append(e.times, t)
		return
	}
	i := len(e.times)
	for i > 0 && e.times[i-1].After(t) {
		i--
	}
	e.keys = slices.Insert(e.keys, i, key)
	e.times = slices.Insert(e.times, i, t)
	e.ordered = min(e.ordered, i)
}

// drop lets those go that are outlived and stand first, and puts in order what comes next
// if it is due by now.
func (e *expiring) drop(now time.Time, gone outlived) {
	n := 0
	for n < len(e.keys) && gone(e.keys[n], e.times[n]) {
		n++
	}
	e.keys, e.times, e.ordered = e.keys[n:], e.times[n:], max(e.ordered-n, 0)
	if e.ordered == 0 && len(e.keys) > 0 && !e.times[0].After(now) {
		e.ordered = e.sameTime(0)
		slices.Sort(e.keys[:e.ordered])
	}
}

// sameTime gives the end of those that are forgotten together with the one at i.
func (e *expiring) sameTime(i int) int {
	end := i
	for end < len(e.times) && e.times[end].Equal(e.times[i]) {
		end++
	}
	return end
}

// settle puts in order what was added in any.
func (e *expiring) settle() {
	e.loose = false
	sort.Sort(byTime{e})
	e.ordered = len(e.keys)
}

type byTime struct{ *expiring }

func (e byTime) Len() int { return len(e.keys) }
func (e byTime) Less(i, j int) bool {
	return cmp.Or(e.times[i].Compare(e.times[j]), strings.Compare(e.keys[i], e.keys[j])) < 0
}
func (e byTime) Swap(i, j int) {
	e.keys[i], e.keys[j] = e.keys[j], e.keys[i]
	e.times[i], e.times[j] = e.times[j], e.times[i]
}

// due lists at most n keys that are to be forgotten by now. It changes nothing: others may
// read at the same time.
func (e *expiring) due(now time.Time, n int, gone outlived) (out []string) {
	for i, end := 0, 0; i < len(e.keys) && len(out) < n && !e.times[i].After(now); i = end {
		end = i + 1
		keys := e.keys[i:end]
		if i >= e.ordered {
			end = e.sameTime(i)
			keys = slices.Sorted(slices.Values(e.keys[i:end]))
		}
		for _, key := range keys {
			if len(out) < n && !gone(key, e.times[i]) {
				out = append(out, key)
			}
		}
	}
	return out
}

package controller

import (
	"slices"
	"time"
)

// expiring lists keys by the time at which they are forgotten. Keys are added in
// that order, nearly always; a removed or renewed key is dropped when it comes up.
type expiring struct {
	keys  []string
	times []time.Time
}

func (e *expiring) add(key string, t time.Time) {
	i := len(e.times)
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

// due lists at most n keys that are to be forgotten by now.
func (e *expiring) due(now time.Time, n int) []string {
	i := 0
	for i < len(e.keys) && i < n && !e.times[i].After(now) {
		i++
	}
	return e.keys[:i]
}

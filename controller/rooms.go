package controller

import (
	"slices"

	"expertcontroller/schema"
)

// rooms are where decisions of one input get their lists from: several decisions, one
// after another, take their parts of the same room. Lists allocated for each of them took
// as long as the rules take to decide, and more than they held. What a decision got stays
// its own: the next one begins behind it, and appending to it moves it elsewhere.
type rooms struct {
	answers room[schema.Answer]
	order   room[int]
	events  room[schema.Event]
	changes room[Change]
	rulings room[Ruling]
	own     bool // a batch has lists of its own, as long as it will need them
}

// room is what is left of a list that was allocated at once.
type room[T any] struct{ rest []T }

// begin gives an empty list that may grow to all that is left, at least to so many.
func (r *room[T]) begin(least, many int) []T {
	if cap(r.rest) < least {
		r.rest = make([]T, 0, many)
	}
	return r.rest[:0]
}

// end keeps what a list did not take. One that grew beyond the room has left it.
func (r *room[T]) end(list []T) []T {
	if cap(list) == cap(r.rest) {
		r.rest = list[len(list):]
	}
	return slices.Clip(list)
}

// begin gives a decision its empty lists. How many fit a room is what fills 4 KiB, or less.
func (r *rooms) begin(d *Decision, inputs int) {
	if r.own = inputs > 1; r.own {
		d.Answers, d.Order = make([]schema.Answer, inputs), make([]int, 0, inputs)
		d.Events, d.Changes = make([]schema.Event, 0, inputs+inputs/2+2), make([]Change, 0, inputs+inputs+3)
		d.Rulings = make([]Ruling, 0, inputs/2+2)
		return
	}
	d.Answers, d.Order = r.answers.begin(1, 31)[:inputs], r.order.begin(1, 64)
	clear(d.Answers) // a decision that panicked may have left something
	d.Events, d.Changes, d.Rulings = r.events.begin(2, 21), r.changes.begin(4, 42), r.rulings.begin(1, 42)
}

// end lets the next decision begin behind this one.
func (r *rooms) end(d *Decision) {
	if r.own {
		return
	}
	d.Answers, d.Order = r.answers.end(d.Answers), r.order.end(d.Order)
	d.Events, d.Changes, d.Rulings = r.events.end(d.Events), r.changes.end(d.Changes), r.rulings.end(d.Rulings)
}

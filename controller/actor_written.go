package controller

import (
	"sync"

	"expertcontroller/schema"
)

// written remembers where the last entries that this actor appended and folded stand,
// so that following the log need not read them again.
type written struct {
	mu   sync.Mutex
	last [256]schema.Position
	n    int
}

func (w *written) add(p schema.Position) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last[w.n%len(w.last)] = p
	w.n++
}

// Known tells the position behind the message at a sequence, if it is one that this
// actor appended a short while ago, and has folded.
func (a *Actor) Known(sequence uint64) (schema.Position, bool) {
	w := &a.wrote
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.last {
		if p := &w.last[i]; p.Sequence == sequence && sequence > 0 {
			return *p, true
		}
	}
	return schema.Position{}, false
}

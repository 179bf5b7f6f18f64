package bridge

import (
	"sync"
	"time"
)

const (
	// What one person, or one address, may ask: looking, and changing something.
	looksPerSecond, looksAtOnce     = 50, 200
	changesPerSecond, changesAtOnce = 10, 50
	// Logins are guesses.
	loginsPerSecond, loginsAtOnce = 1, 10
	// pacesMost is how many are remembered; then all begin anew.
	pacesMost = 10_000
)

// paces are how fast everybody asks.
type paces struct {
	mu  sync.Mutex
	all map[string]*pace
}

func newPaces() *paces { return &paces{all: map[string]*pace{}} }

// take tells whether somebody may ask one more time, and if not, when.
func (p *paces) take(kind, who string, perSecond float64, burst int) (bool, time.Duration) {
	key := kind + " " + who
	p.mu.Lock()
	one := p.all[key]
	if one == nil {
		if len(p.all) >= pacesMost {
			clear(p.all)
		}
		one = newPace(perSecond, burst)
		p.all[key] = one
	}
	p.mu.Unlock()
	return one.take(time.Now())
}

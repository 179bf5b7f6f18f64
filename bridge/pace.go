package bridge

import (
	"sync"
	"time"
)

// pace lets so much through a second, and a burst at once.
type pace struct {
	every time.Duration
	burst int

	mu   sync.Mutex
	next time.Time
}

func newPace(perSecond float64, burst int) *pace {
	return &pace{every: time.Duration(float64(time.Second) / perSecond), burst: burst}
}

// take tells whether one more may pass, and if not, when.
func (p *pace) take(now time.Time) (ok bool, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next.Before(now) {
		p.next = now
	}
	if ahead := p.next.Sub(now); ahead > time.Duration(p.burst-1)*p.every {
		return false, ahead - time.Duration(p.burst-1)*p.every
	}
	p.next = p.next.Add(p.every)
	return true, 0
}

package bridge

import (
	"errors"
	"time"
)

const (
	// queueFrames and queueSize are how far a client may be behind; beyond that it gets
	// a snapshot in place of what it missed.
	queueFrames = 64
	queueSize   = 256 << 10
	// resumeFrames and resumeSize are how far one that comes back may be behind.
	resumeFrames = keepFrames
	resumeSize   = 1 << 20
	// overflowAgain: a client that is too slow again within this time is closed.
	overflowAgain = time.Minute
)

// errOverflow: the client was too slow twice.
var errOverflow = errors.New("the client is too slow")

// follower is where one client stands in one system. It has no queue of its own: what it
// has not yet been sent are the feed's frames after its entry.
type follower struct {
	feed    *feed
	lineage string
	at      uint64
	// known: the client has the picture at the entry.
	known bool
	// resumed: nothing was sent since the client came.
	resumed    bool
	overflowed time.Time
	overflows  int
}

// follower makes a client's follower; it may name what it has.
func (f *feed) follower(has *position) *follower {
	w := &follower{feed: f, resumed: true}
	if has != nil && has.Lineage != "" {
		w.lineage, w.at, w.known = has.Lineage, has.Entry, true
	}
	return w
}

// next gives the frame that the client gets next; nil: it has all.
func (w *follower) next(now time.Time) ([]byte, error) {
	v := w.feed.shown.Load()
	if v == nil {
		return nil, nil
	}
	if w.known && w.lineage == v.lineage {
		if w.at >= v.entry {
			return nil, nil // it may come from a bridge that was further
		}
		if first := v.first(w.at); first >= 0 {
			if w.fits(v, first) {
				body := v.delta(first, w.at)
				w.at, w.resumed = v.entry, false
				return body, nil
			}
			if !w.resumed {
				if w.overflows++; w.overflows > 1 && now.Sub(w.overflowed) < overflowAgain {
					return nil, errOverflow
				}
				w.overflowed = now
			}
		}
	}
	body, lineage, entry, ok := w.feed.whole()
	if !ok {
		return nil, nil
	}
	w.lineage, w.at, w.known, w.resumed = lineage, entry, true, false
	return body, nil
}

// fits tells whether what is left to send may still wait in the queue.
func (w *follower) fits(v *view, first int) bool {
	frames, size := queueFrames, queueSize
	if w.resumed {
		frames, size = resumeFrames, resumeSize
	}
	if len(v.frames)-first > frames {
		return false
	}
	if first == len(v.frames)-1 {
		return true // one frame always does
	}
	total := 0
	for _, f := range v.frames[first:] {
		if total += f.size; total > size {
			return false
		}
	}
	return true
}
